"""Queues and agents that change while calls go on: the configuration file, read again when asked.

It is checked whole, with the flows, before anything is taken over. What else differs in the file is
told as needing a restart and stays as it is.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

import structlog

from config.consistency import inconsistencies
from config.loader import ConfigError
from config.settings import Settings
from events.centre import ConfigurationReplaced
from ivr.loader import FlowErrors
from ivr.mistakes import dotted
from media.errors import MediaError
from sentral.composition import Parts, configuration_of, queues_of, schedules_in
from sentral.flow_reloading import FlowReloader
from sentral.reloaded import Reloaded

_log = structlog.get_logger(__name__)

TAKEN_OVER: Final = ("queues", "agents", "shifts", "dated_shifts", "schedule")
"""Fields of the configuration that hold at once; of `recording` also the rules of queues and
agents."""

_UNUSABLE: Final = (ConfigError, FlowErrors, MediaError, OSError)


class Reloader:
    """One per process. What is broken, or does not fit what is in force, changes nothing."""

    def __init__(
        self,
        parts: Parts,
        flows: FlowReloader,
        read: Callable[[], Settings],
        keep: Callable[[], None],
    ) -> None:
        """`read` the file again, in a thread; raises ConfigError. `keep`: take a snapshot."""
        self._parts = parts
        self._flows = flows
        self._read = read
        self._keep = keep
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._serve(), name="reloads")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    def ask(self) -> None:
        """Reload soon; for a signal's handler."""
        self._asked.set()

    async def reload(self, reason: str) -> Reloaded:
        """Configuration and flows. `reason` is a word for the log: "signal", "api"."""
        if self._task is None:
            return Reloaded(problems=("the centre does not serve yet, or no more",))
        async with self._flows.busy:
            was = self._parts.settings
            try:
                written = await asyncio.to_thread(self._read)
                newer = in_force(was, written)
                problems = misfits(newer)
                read = None if problems else await self._flows.read(newer)
            except _UNUSABLE as error:
                problems, read = tuple(str(error).splitlines()), None
            if read is None:
                _log.error("configuration_not_replaced", reason=reason, problems=problems)
                return Reloaded(problems=problems)
            queues, agents = (_changed(was, newer, name) for name in ("queues", "agents"))
            restart = tuple(sorted(differences(newer, written)))
            if newer != was:
                self._keep()  # so that a start after this one tells no earlier event again
                take_over(self._parts, newer, reason)
            flows = self._flows.take(read, reason)
            _log.info(
                "configuration_reloaded",
                reason=reason,
                queues=queues,
                agents=agents,
                needs_restart=restart,
            )
            return Reloaded(queues=queues, agents=agents, flows=flows, restart=restart)

    async def _serve(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload("signal")


def in_force(now: Settings, written: Settings) -> Settings:
    """What would be: of `written` what can be taken over, of `now` the rest."""
    recording = replace(
        now.recording, queues=written.recording.queues, agents=written.recording.agents
    )
    taken = {name: getattr(written, name) for name in TAKEN_OVER}
    return now.model_copy(update={**taken, "recording": recording})


def take_over(parts: Parts, newer: Settings, reason: str) -> None:
    """Let everybody go by settings that `in_force` has made; callers who wait feel them at once."""
    configuration, services, was = configuration_of(newer), parts.centre.services, parts.settings
    parts.settings = newer
    services.recordings.settings = newer.recording
    services.presentation.take(queues_of(newer))
    parts.desk.take(configuration.agents)
    services.feed.reconfigure(
        ConfigurationReplaced(newer.content_hash(), reason),
        configuration.queues,
        configuration.agents,
    )
    services.opening.take(queues_of(newer))
    if _scheduled(was) != _scheduled(newer):
        services.schedules.take(schedules_in(newer))


def _scheduled(settings: Settings) -> tuple[object, ...]:
    """All that agents' schedules are made of."""
    shifts = {name: agent.shift for name, agent in settings.agents.items()}
    return shifts, settings.shifts, settings.dated_shifts


def misfits(settings: Settings) -> tuple[str, ...]:
    """The file fits together, so it is what only a restart takes over that does not fit."""
    return tuple(
        f"{dotted(place)}: {text}; only a restart can change this"
        for place, text in inconsistencies(settings)
    )


def _changed(was: Settings, newer: Settings, name: str) -> tuple[str, ...]:
    """Entries that are new, changed or gone."""
    return tuple(sorted(_unequal(getattr(was, name), getattr(newer, name))))


def differences(one: Settings, other: Settings) -> Iterator[str]:
    """Where they differ: a field, or an entry or field of one, as in "sip.port"."""
    for name in Settings.model_fields:
        if name == "warnings":
            continue
        mine, others = getattr(one, name), getattr(other, name)
        if mine == others:
            continue
        parts = list(_unequal(_inside(mine), _inside(others)))
        yield from (f"{name}.{part}" for part in parts) if parts else (name,)


def _inside(value: Any) -> Mapping[str, Any]:
    """What it is made of, by name; empty for what has no names."""
    if isinstance(value, Mapping):
        return value
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return {}


def _unequal(mine: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[str]:
    for name in {**mine, **others}:
        if (name in mine) != (name in others) or mine.get(name) != others.get(name):
            yield name
