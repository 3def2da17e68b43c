"""Who may supervise, on which call, and from which phone: by feature code or by the API."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from calls.desk import Desk
from calls.dialler import Dialler, Dialling
from calls.leg import Leg, Party
from calls.problems import Refused
from calls.settings import CallsSettings
from calls.state import CallState
from calls.supervision.rung import RungSupervisor
from calls.supervision.supervision import Conference, Supervised, Supervision
from events.ids import CallId, PhoneId
from events.supervision import Mode

DISPLAY: Final = "Supervision"


class Conferences(Protocol):
    """`media.service.MediaService`."""

    def conference(self) -> Conference: ...


class CallInProgress(Supervised, Protocol):
    """`calls.call.Call`."""

    state: CallState

    @property
    def party(self) -> Party: ...
    def next_leg(self) -> str: ...


class Supervisors:
    """One per process. A call has one supervisor at a time."""

    def __init__(
        self,
        calls: Callable[[], Iterable[CallInProgress]],
        desk: Desk,
        dialler: Dialler,
        media: Conferences,
        settings: CallsSettings,
    ) -> None:
        """`calls`: those that go on."""
        self._calls = calls
        self._desk = desk
        self._dialler = dialler
        self._media = media
        self._settings = settings
        self._going_on: dict[CallId, Supervision] = {}

    def call_with(self, whom: str) -> CallInProgress:
        """The call in which this agent, or whoever is at this phone, talks.

        Raises:
            Refused: there is none.
        """
        for call in self._calls():
            if whom in _talkers(call):
                return call
        raise Refused(f"agent or phone {whom} talks with nobody")

    def join(
        self,
        call: Supervised,
        leg: Leg,
        mode: Mode,
        phone: PhoneId,
        *,
        on_over: Callable[[str], None] = lambda _: None,
    ) -> Supervision:
        """Let a supervisor, whose leg is answered, hear the call; `on_over` is told why it ends.

        Raises:
            Refused: the phone may not, the call is over or supervised already.
        """
        self._require(self._call(call.id), phone)

        def over(cause: str) -> None:
            del self._going_on[call.id]
            on_over(cause)

        if leg is call.leg or (call.conversation is not None and leg is call.conversation.other):
            raise Refused("nobody supervises their own call")
        supervision = Supervision(
            call,
            leg,
            self._media.conference(),
            mode,
            phone=phone,
            agent=self._desk.agent_at(phone),
            on_over=over,
        )
        self._going_on[call.id] = supervision
        supervision.begin()
        return supervision

    def voice_on(self, call_id: CallId) -> tuple[Leg, Mode] | None:
        """The supervisor on a call, and who hears them."""
        going_on = self._going_on.get(call_id)
        if going_on is None or going_on.is_over:
            return None
        return going_on.leg, going_on.mode

    def ring(self, call_id: CallId, phone: PhoneId, mode: Mode) -> None:
        """Ring a supervisor's phone and let it join when it answers; switch one who is there.

        Raises:
            Refused: no such call, or the phone may not, is busy or not to be reached.
        """
        going_on = self._going_on.get(call_id)
        if going_on is not None and going_on.phone == phone:
            going_on.switch(mode)
            return
        call = self._call(call_id)
        self._require(call, phone)
        if self._desk.is_busy(phone):
            raise Refused(f"phone {phone} is busy")
        dialling = Dialling(call.id, call.next_leg(), call.party.number, DISPLAY)
        rung = RungSupervisor(self, call, phone, mode)
        leg = self._dialler.phone(dialling, phone, rung)
        if leg is None:
            raise Refused(f"phone {phone} cannot be reached")
        rung.wait(leg, self._settings.ring_phone_s)

    def leave(self, call_id: CallId) -> None:
        """End the supervision of a call.

        Raises:
            Refused: there is none.
        """
        going_on = self._going_on.get(call_id)
        if going_on is None:
            raise Refused(f"nobody supervises call {call_id}")
        going_on.end("api")

    def _call(self, call_id: CallId) -> CallInProgress:
        for call in self._calls():
            if call.id == call_id:
                return call
        raise Refused(f"there is no call {call_id} going on")

    def _require(self, call: Supervised, phone: PhoneId) -> None:
        if self._desk.permissions(phone) not in self._settings.supervisors:
            raise Refused(f"phone {phone} may not supervise")
        if call.id in self._going_on:
            raise Refused(f"call {call.id} is supervised already")


def _talkers(call: CallInProgress) -> set[str]:
    """Agents and phones that talk on the call."""
    talk = call.conversation
    if talk is None:
        return set()
    kind, name = talk.other.line
    found = {talk.agent, call.state.agent, call.state.phone, name if kind == "phone" else None}
    return {str(each) for each in found if each}
