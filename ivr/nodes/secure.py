"""secure: ask for digits that nobody may hear, record, log or trace, such as a card's."""

from typing import ClassVar, Literal

from ivr.caller import Caller, CallerGone, RecordingWish
from ivr.node import Exit
from ivr.nodes.collect import Collect


class Secure(Collect):
    """As `collect`, but the recording has silence in its place, and the variable is never written:
    not into events, traces or logs, and not across a restart, after which it is null. Only the
    `body` of `http`, conditions of `branch`, and the `confirm` of this node may use it.
    """

    kind: Literal["secure"] = "secure"  # type: ignore[assignment]  # another kind of collect

    secret_places: ClassVar[frozenset[str]] = frozenset({"confirm"})

    def secret(self) -> str | None:
        return str(self.into)

    async def run(self, caller: Caller) -> Exit:
        caller.secrets.add(str(self.into))
        paused = await caller.wish_recording(RecordingWish.PAUSE)
        try:
            left = await super().run(caller)
        except CallerGone:
            raise
        except Exception:
            await self._resume(caller, paused=paused)
            raise
        await self._resume(caller, paused=paused)
        return left

    async def _resume(self, caller: Caller, *, paused: bool) -> None:
        if paused:
            await caller.wish_recording(RecordingWish.RESUME)
