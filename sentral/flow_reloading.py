"""Flows that change while calls go on: by a signal, by the API, or because their files changed."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from config.settings import Settings
from events.centre import FlowsReplaced
from ivr.loader import FlowErrors
from media.errors import MediaError
from media.service import MediaService
from sentral.composition import Parts, flows_of
from sentral.prompt_book import library_of, load_book

_log = structlog.get_logger(__name__)

LOOK_S: Final = 2.0
"""How often the files are looked at; they are read once they were left alone for as long."""

MAX_FILES: Final = 10_000

Stamps = tuple[tuple[str, int, int], ...]
"""Path, time of the last change and size of each file."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of it. With `problems`, everything is as it was before."""

    changed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


class FlowReloader:
    """New calls take the new flows, calls in progress end on theirs; broken ones change nothing."""

    def __init__(self, settings: Settings, parts: Parts, media: MediaService) -> None:
        self._settings = settings
        self._services = parts.centre.services
        self._media = media
        self._asked = asyncio.Event()
        self._busy = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="flows")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def ask(self) -> None:
        """Reload soon; for a signal's handler."""
        self._asked.set()

    def versions(self) -> dict[str, str]:
        return self._services.flows.versions()

    async def reload(self, reason: str) -> Reloaded:
        """Read, check and replace. `reason` is a word for the log: "signal", "api", "files"."""
        async with self._busy:
            try:
                newer = await asyncio.to_thread(flows_of, self._settings)
                library = library_of(self._settings)
                sounds = await load_book(self._settings, library, self._media)
            except (FlowErrors, MediaError, OSError) as error:
                problems = tuple(str(error).splitlines())
                _log.error("flows_not_replaced", reason=reason, problems=problems)
                return Reloaded(problems=problems)
            self._services.sounds.take(sounds)
            changed = self._services.flows.replace(newer)
            if changed:
                versions = self._services.flows.versions()
                self._services.feed.append(FlowsReplaced(versions, reason))
            _log.info("flows_reloaded", reason=reason, changed=changed)
            return Reloaded(changed=changed)

    async def _watch(self) -> None:
        read = last = await asyncio.to_thread(self._stamps)
        while True:
            if await self._asked_within(LOOK_S):
                read = last = await asyncio.to_thread(self._stamps)
                await self.reload("signal")
                continue
            now = await asyncio.to_thread(self._stamps)
            if now == last != read:  # changed, and left alone since
                read = now
                await self.reload("files")
            last = now

    async def _asked_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    def _stamps(self) -> Stamps:
        """Blocking."""
        return tuple(sorted(_stamps_in(self._folders())))[:MAX_FILES]

    def _folders(self) -> Iterator[Path]:
        folders = (self._settings.flows_folder(), self._settings.prompts_folder())
        yield from (folder for folder in folders if isinstance(folder, Path))
        yield Path(self._settings.calls.rendered_prompts)


def _stamps_in(folders: Iterator[Path]) -> Iterator[tuple[str, int, int]]:
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                found = path.stat()
            except OSError:  # gone between the two looks
                continue
            yield str(path), found.st_mtime_ns, found.st_size
