"""Flows that change while calls go on: by the API, because their files changed, or with the
configuration."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from calls.sounds import SoundBook
from config.settings import Settings
from events.centre import FlowsReplaced
from ivr.flow import Flows
from ivr.loader import FlowErrors
from media.errors import MediaError
from media.service import MediaService
from sentral.composition import Parts, flows_of
from sentral.prompt_book import library_of, load_book
from sentral.reloaded import Reloaded

_log = structlog.get_logger(__name__)

LOOK_S: Final = 2.0
"""How often the files are looked at; they are read once they were left alone for as long."""

MAX_FILES: Final = 10_000

Stamps = tuple[tuple[str, int, int], ...]
"""Path, time of the last change and size of each file."""


@dataclass(frozen=True, slots=True)
class ReadFlows:
    """Read and checked, not yet in force."""

    flows: Flows
    sounds: SoundBook


class FlowReloader:
    """New calls take the new flows, calls in progress end on theirs; broken ones change nothing."""

    def __init__(self, parts: Parts, media: MediaService) -> None:
        self._parts = parts
        self._services = parts.centre.services
        self._media = media
        self.busy = asyncio.Lock()
        """Held by whoever reads and replaces."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name="flows")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def versions(self) -> dict[str, str]:
        return self._services.flows.versions()

    async def reload(self, reason: str) -> Reloaded:
        """Read, check and replace. `reason` is a word for the log: "api", "files"."""
        async with self.busy:
            try:
                newer = await self.read(self._parts.settings)
            except (FlowErrors, MediaError, OSError) as error:
                problems = tuple(str(error).splitlines())
                _log.error("flows_not_replaced", reason=reason, problems=problems)
                return Reloaded(problems=problems)
            return Reloaded(flows=self.take(newer, reason))

    async def read(self, settings: Settings) -> ReadFlows:
        """As these settings have them. Raises FlowErrors, MediaError, OSError."""
        flows = await asyncio.to_thread(flows_of, settings)
        return ReadFlows(flows, await load_book(settings, library_of(settings), self._media))

    def take(self, read: ReadFlows, reason: str) -> tuple[str, ...]:
        """Put them in force; the names of those that changed."""
        self._services.sounds.take(read.sounds)
        changed = self._services.flows.replace(read.flows)
        if changed:
            self._services.feed.append(FlowsReplaced(self.versions(), reason))
        _log.info("flows_reloaded", reason=reason, changed=changed)
        return changed

    async def _watch(self) -> None:
        read = last = await asyncio.to_thread(self._stamps)
        while True:
            await asyncio.sleep(LOOK_S)
            now = await asyncio.to_thread(self._stamps)
            if now == last != read:  # changed, and left alone since
                read = now
                await self.reload("files")
            last = now

    def _stamps(self) -> Stamps:
        """Blocking."""
        return tuple(sorted(_stamps_in(self._folders())))[:MAX_FILES]

    def _folders(self) -> Iterator[Path]:
        folders = (self._parts.settings.flows_folder(), self._parts.settings.prompts_folder())
        yield from (folder for folder in folders if isinstance(folder, Path))
        yield Path(self._parts.settings.calls.rendered_prompts)


def _stamps_in(folders: Iterator[Path]) -> Iterator[tuple[str, int, int]]:
    for folder in folders:
        for path in folder.rglob("*"):
            try:
                found = path.stat()
            except OSError:  # gone between the two looks
                continue
            yield str(path), found.st_mtime_ns, found.st_size
