"""One supervisor on one call: who hears whom, and until when."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from calls.conversation import Conversation
from calls.leg import Leg
from events.calls import CallBridged, CallEnded, CallUnbridged
from events.event import Event
from events.ids import AgentId, CallId, PhoneId
from events.supervision import Mode, SupervisionBegan, SupervisionEnded, SupervisionSwitched
from media.hearing import Hears, barging, listening, whispering

KEYS: Final[Mapping[str, Mode]] = {"4": Mode.LISTEN, "5": Mode.WHISPER, "6": Mode.BARGE}
"""What a supervisor presses to change the mode."""

_MATRIX: Final[Mapping[Mode, Callable[[Any, Any, Any], Hears[Any]]]] = {
    Mode.LISTEN: listening,
    Mode.WHISPER: whispering,
    Mode.BARGE: barging,
}


class Conference(Protocol):
    """`media.conference.Conference`."""

    def arrange(self, hears: Mapping[Any, Sequence[Any]]) -> None: ...
    def close(self) -> None: ...


class Supervised(Protocol):
    """`calls.call.Call`."""

    leg: Leg
    conversation: Conversation | None
    watchers: list[Callable[[Event], None]]

    @property
    def id(self) -> CallId: ...
    def happened(self, event: Event) -> None: ...


class Supervision:
    """Goes with the call from agent to agent; where nobody speaks with the caller, it is silent.

    It ends with the call, or when the supervisor hangs up; the call never notices.
    """

    def __init__(
        self,
        call: Supervised,
        leg: Leg,
        conference: Conference,
        mode: Mode,
        *,
        phone: PhoneId,
        agent: AgentId | None,
        on_over: Callable[[str], None],
    ) -> None:
        """`leg` is the supervisor's, who hears us already; it stays with its owner."""
        self.call = call
        self.phone = phone
        self.mode = mode
        self.leg = leg
        self._conference = conference
        self._on_over = on_over
        self._over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._agent = agent

    def begin(self) -> None:
        self.call.watchers.append(self._follow)
        self.call.happened(SupervisionBegan(self.call.id, self.phone, self.mode, self._agent))
        self._arrange()

    @property
    def is_over(self) -> bool:
        return self._over.done()

    def switch(self, mode: Mode) -> None:
        if mode is not self.mode and not self._over.done():
            self.mode = mode
            self._arrange()
            self.call.happened(SupervisionSwitched(self.call.id, self.phone, mode))

    def press(self, key: str) -> None:
        """A key of the supervisor's phone; others than those of `KEYS` mean nothing."""
        if key in KEYS:
            self.switch(KEYS[key])

    def end(self, cause: str) -> None:
        """Leave the two as they were. Harmless when it is over already."""
        if self._over.done():
            return
        self._over.set_result(cause)
        self.call.watchers.remove(self._follow)
        self._conference.close()
        if self.call.conversation is not None:
            self.call.conversation.on_join = lambda: None
            self.call.conversation.rejoin()
        self.call.happened(SupervisionEnded(self.call.id, self.phone, cause))
        self._on_over(cause)

    async def over(self) -> str:
        """Wait for its end; why."""
        return await asyncio.shield(self._over)

    def _follow(self, event: Event) -> None:
        match event:
            case CallBridged() | CallUnbridged():
                self._arrange()
            case CallEnded():
                self.end("call_ended")

    def _arrange(self) -> None:
        talk = self.call.conversation
        if talk is not None:
            talk.on_join = self._arrange
        if talk is None or not talk.is_joined:
            self._conference.close()
            return
        matrix = _MATRIX[self.mode]
        parties = (self.leg.media, self.call.leg.media, talk.other.media)
        self._conference.arrange(matrix(*parties))
