"""Asks each trunk's gateway now and then whether it is there: OPTIONS, RFC 3261 §11."""

import asyncio
from typing import Final

import structlog

from calls.settings import TrunkSettings
from events.agents import TrunkDown, TrunkUp
from events.ids import TrunkName
from sentral.composition import Parts
from sip.address import Target

_log = structlog.get_logger(__name__)

_AWAY: Final = frozenset({408, 503})
"""Any other final answer, a refusal included, shows that somebody is there."""


class TrunkProbe:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._up: dict[TrunkName, bool] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for name, trunk in self._parts.trunks.settings.items():
            if trunk.gateway is not None and trunk.probe_s is not None:
                self._tasks.append(asyncio.create_task(self._watch(name, trunk)))
            else:
                self._found(name, up=True)  # it calls us: nothing to ask

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, name: TrunkName, trunk: TrunkSettings) -> None:
        assert trunk.gateway is not None
        assert trunk.probe_s is not None
        while True:
            status = await self._parts.user_agent.options(Target(trunk.gateway))
            self._found(name, up=status not in _AWAY)
            await asyncio.sleep(trunk.probe_s)

    def _found(self, name: TrunkName, *, up: bool) -> None:
        if self._up.get(name) is up:
            return
        self._up[name] = up
        event = TrunkUp(name) if up else TrunkDown(name, "no answer to OPTIONS")
        self._parts.centre.services.feed.append(event)
