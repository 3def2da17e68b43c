"""A caller without a phone: presses what a test says, and remembers what was asked of the call."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from events.recordings import Purpose
from ivr.caller import (
    CallBackOutcome,
    CallerGone,
    QueueOutcome,
    QueueRequest,
    Recorded,
    RecordingWish,
    Served,
    TransferOutcome,
    Treatment,
)
from ivr.controls import KEYS, Controls
from ivr.rehearsal.caller import understood
from ivr.spoken import Utterable
from ivr.utterances import Utterance
from tests.ivr.fake_world import FakeWorld

HANG_UP = "hang up"
"""As a key: the caller hangs up instead of pressing one."""


class FakeCaller:
    """Presses the given keys, one string for each read; "" is a caller who says nothing.

    Attributes:
        typed: keys pressed already; read before `keys`, as a real call does.
        heard: every prompt played, in order.
        did: what else was asked of the call, in order.
        says: what each recording is, in turn; then it goes on to the end of its time.
        unwished: what the call does not do of what is wished of its recording.
    """

    meanwhile: Callable[[str], Awaitable[str]]

    def __init__(
        self,
        *keys: str,
        typed: str = "",
        queue: Sequence[QueueOutcome] = (),
        transfers: Sequence[TransferOutcome] = (),
        world: FakeWorld | None = None,
        **variables: Any,
    ) -> None:
        self.variables: dict[str, Any] = {"customer": {"vip": False}, **variables}
        self.world = world or FakeWorld()
        self.language = "en"
        self.secrets: set[str] = set()
        self.heard: list[str] = []
        self.did: list[str] = []
        self.requests: list[tuple[QueueRequest, Treatment]] = []
        self.wishes: list[QueueRequest] = []  # to be called back
        self.typed = typed
        self.says: list[Recorded] = []
        self.ended = ""
        self._keys = list(keys)
        self._queue = list(queue)
        self._transfers = list(transfers)
        self.unwished: set[RecordingWish] = set()
        self._hears_us = False
        self.stands: dict[str, Any] = {}
        self.callback = CallBackOutcome.ACCEPTED

    @property
    def hears_us(self) -> bool:
        return self._hears_us

    async def ring(self) -> None:
        self.did.append("ring")

    async def progress(self) -> None:
        self.did.append("progress")
        self._hears_us = True

    async def answer(self) -> None:
        if "answer" not in self.did:
            self.did.append("answer")
        self._hears_us = True

    async def play(self, prompts: Sequence[Utterable], *, stop_on_digit: bool) -> None:
        if not (stop_on_digit and self.typed):
            self.heard += prompts

    async def play_controlled(self, prompts: Sequence[Utterable], controls: Controls) -> None:
        self.did.append(f"may press {[getattr(controls, name) for name in KEYS]}")
        await self.play(prompts, stop_on_digit=True)

    async def digits(
        self, *, at_most: int, first_within_s: float, between_s: float = 3.0, terminator: str = ""
    ) -> str:
        if not self.typed:
            pressed = self._keys.pop(0) if self._keys else ""
            if pressed == HANG_UP:
                raise CallerGone
            self.typed = pressed
        end = next((n for n, key in enumerate(self.typed) if key in terminator), None)
        if end is not None and end <= at_most:
            read, self.typed = self.typed[:end], self.typed[end + 1 :]
        else:
            read, self.typed = self.typed[:at_most], self.typed[at_most:]
        return read

    async def utterance(
        self,
        *,
        phrases: Sequence[str],
        first_within_s: float,
        at_most_s: float,
        beep: bool = False,
    ) -> Utterance:
        """A key, or after "say " what is said: understood if it is one of the phrases."""
        pressed = self._keys.pop(0) if self._keys else ""
        if pressed == HANG_UP:
            raise CallerGone
        if beep:
            self.did.append("beep")
        if pressed.startswith("say "):
            return understood(pressed.removeprefix("say "), phrases)
        return Utterance(keys=pressed)

    def forget_digits(self) -> None:
        self.typed = ""

    async def echo(self, *, at_most_s: float) -> None:
        self.did.append(f"echo {at_most_s:g}")

    async def record(
        self,
        *,
        at_most_s: float,
        silence_s: float = 0.0,
        stop_keys: str = "#",
        beep: bool = True,
        label: str = "",
        purpose: Purpose = Purpose.MESSAGE,
    ) -> Recorded:
        self.did.append(f"record {at_most_s:g} {silence_s:g} {stop_keys} {label}".strip())
        recorded = self.says.pop(0) if self.says else Recorded("recorded", at_most_s, "limit")
        if label and purpose is Purpose.MESSAGE:
            self.world.messages.taken(recorded.name, label, recorded.seconds)
        return recorded

    async def play_recording(self, name: str) -> None:
        self.did.append(f"play {name}")

    async def wish_recording(self, wish: RecordingWish) -> bool:
        self.did.append(f"recording {wish.value}")
        return wish not in self.unwished

    async def wait_in_queue(self, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
        self.requests.append((request, treatment))
        return self._queue.pop(0) if self._queue else Served()

    def place(self) -> dict[str, Any]:
        return self.stands

    def call_back(self, request: QueueRequest, number: str, first: str) -> CallBackOutcome:
        self.wishes.append(request)
        self.did.append(f"call back {number} {request.queue} {first}".strip())
        return self.callback

    async def transfer(self, target: str) -> TransferOutcome:
        self.did.append(f"transfer {target}")
        return self._transfers.pop(0) if self._transfers else TransferOutcome.ANSWERED

    async def transfer_to_agent(self, agent: str) -> TransferOutcome:
        return await self.transfer(f"to agent {agent}")

    async def hang_up(self, cause: str = "normal") -> None:
        assert not self.ended, "a call ends once"
        self.ended = cause
