"""The one task of a call: it tells the caller's stories one after the other, and then tidies up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import structlog

from calls.scope import PassedOn, Scope, within
from events.ids import CallId
from ivr.caller import CallerGone

Story: TypeAlias = Callable[[], Awaitable[None]]

_log = structlog.get_logger(__name__)


class Told(Protocol):
    """Whose story it is: `calls.call.Call`."""

    @property
    def id(self) -> CallId: ...

    def pass_on(self, passed: PassedOn) -> Story:
        """The caller is somebody else's now: the story that follows."""

    def fail(self) -> None:
        """End it: a promise of our own is broken."""

    def finish(self) -> None:
        """Tell the end. No story runs any more."""


class Telling:
    """One per call. A hang-up ends the scope of the story that runs, and nothing else."""

    def __init__(self, told: Told, hang_up_s: float, on_over: Callable[[CallId], None]) -> None:
        """`hang_up_s` is how long a story may still do what it wants to do without a caller."""
        self.after_hang_up: Callable[[], Awaitable[None]] | None = None
        self._told = told
        self._hang_up_s = hang_up_s
        self._on_over = on_over
        self._scope = Scope()
        self.task: asyncio.Task[None] | None = None

    def begin(self, story: Story) -> None:
        self.task = asyncio.create_task(self._tell(story), name=f"call {self._told.id}")

    def leave(self) -> None:
        """The caller is gone, or must go."""
        self._scope.leave()

    async def over(self) -> None:
        """Wait until the call has told its end."""
        if self.task is not None:
            await asyncio.wait({self.task})

    async def _tell(self, story: Story) -> None:
        try:
            await self._one_after_the_other(story)
        except CallerGone:
            await self._tidy_up()
        except Exception:  # our own broken promise ends this call, never the process
            _log.exception("call_failed", call=self._told.id)
            self._told.fail()
        finally:
            try:
                self._told.finish()
            finally:
                self._on_over(self._told.id)

    async def _one_after_the_other(self, story: Story) -> None:
        while True:
            try:
                return await self._scope.run(story())
            except PassedOn as passed:
                self.after_hang_up = None
                story = self._told.pass_on(passed)

    async def _tidy_up(self) -> None:
        """What the story still wants to do without a caller, in a scope and a time of its own."""
        if self.after_hang_up is None:
            return
        try:
            if not await within(self._hang_up_s, self.after_hang_up):
                _log.warning("after_hang_up_took_too_long", call=self._told.id)
        except Exception:
            _log.exception("after_hang_up_failed", call=self._told.id)
