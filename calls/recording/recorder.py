"""A call's recording: begun by policy or by wish, and following the call from agent to agent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from calls.leg import Leg
from calls.recording.policy import is_permitted, reason_to_record
from calls.recording.recordings import Recordings, Take
from calls.state import CallState
from events.calls import (
    CallBridged,
    CallEnded,
    CallerReplaced,
    CallHeld,
    CallResumed,
    CallUnbridged,
    Direction,
)
from events.event import Event
from events.ids import AgentId, RecordingId
from events.recordings import (
    Mark,
    Purpose,
    RecordingAsked,
    RecordingFailed,
    RecordingMarked,
    RecordingPaused,
    RecordingPermitted,
    RecordingRefused,
    RecordingResumed,
    RecordingStarted,
)
from events.secure_entry import SecureEntryBegan, SecureEntryEnded
from events.supervision import Mode, SupervisionBegan, SupervisionEnded, SupervisionSwitched

RESTART: Final = "restart"
_GUESTS: Final[Mapping[str, tuple[Mode, ...]]] = {
    "none": (),
    "barge": (Mode.BARGE,),
    "all": (Mode.BARGE, Mode.WHISPER),
}
"""Which supervisors are in a recording; who only listens is heard by nobody."""
SECURE: Final = "secure_entry"
"""Who pauses while a caller types what nobody may know; nobody ends that pause before."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the recorder needs of its call.

    Attributes:
        caller, other: who speaks with whom now.
        guest: a supervisor on the call, and who hears them.
        clock: steady seconds.
    """

    caller: Callable[[], Leg]
    other: Callable[[], Leg | None]
    state: Callable[[], CallState]
    append: Callable[[Event], None]
    clock: Callable[[], float]
    guest: Callable[[], tuple[Leg, Mode] | None] = lambda: None


class Recorder:
    """One per call. Follows the call's events; whoever wants something of it asks by a method.

    The caller is left, whom they speak with right. A recording goes on over several
    conversations, and what lies between them, hold and queues, is left out of the file.
    """

    def __init__(self, recordings: Recordings, around: Surroundings) -> None:
        self._recordings = recordings
        self._around = around
        self._take: Take | None = None
        self._rolled_s = 0.0
        self._rolls_since: float | None = None

    @property
    def is_recording(self) -> bool:
        return self._take is not None

    # Wishes

    def ask(self, on: bool, by: str) -> bool:
        """Record from here on, or do not, whatever the policy says; whether that can be done.

        With `on`, the caller is recorded while nobody speaks with them, too.
        """
        around = self._around
        if on and not is_permitted(self._recordings.settings, around.state().recording):
            return False
        around.append(RecordingAsked(around.state().call, on, by))
        return True

    def permit(self, basis: str) -> None:
        """The caller heard that calls are recorded ("announced"), or agreed ("consented")."""
        self._around.append(RecordingPermitted(self._around.state().call, basis))

    def refuse(self) -> None:
        """The caller does not want to be recorded."""
        self._around.append(RecordingRefused(self._around.state().call))

    def pause(self, by: str) -> bool:
        """Silence in the place of what is said, at once; false if nothing is recorded."""
        if self._take is None:
            return False
        if not self._around.state().recording.paused:
            self._pause(self._take, by)
        return True

    def resume(self, by: str) -> bool:
        """Record what is said again; false if nothing is recorded, or that may not be yet."""
        if self._take is None or self._around.state().secure_entry:
            return False
        if self._around.state().recording.paused:
            self._take.file.resume()
            self._around.append(
                RecordingResumed(self._take.call, self._take.recording, self._position_s(), by)
            )
        return True

    # What happens on the call

    def follow(self, event: Event) -> None:
        """One of the call's events; its state has moved on."""
        match event:
            case CallBridged(agent=agent):
                self._begin_if_wanted(agent)
                self._heard_from_here(Mark.TALK)
            case CallHeld():
                self._heard_from_here(Mark.HOLD)
            case CallResumed() if not self._holds:
                self._heard_from_here(Mark.TALK)
            case CallUnbridged():
                self._heard_from_here(Mark.ALONE)
            case RecordingAsked(on=True) if self._take is None:
                self._begin_if_wanted(None)
                self._heard_from_here(Mark.TALK if self._bridged else Mark.ALONE)
            case CallerReplaced():
                self._hear_newcomer()
            case SupervisionBegan() | SupervisionSwitched() | SupervisionEnded():
                self._roll()
            case RecordingAsked(on=False) | RecordingRefused() | CallEnded():
                self._stop()
            case RecordingFailed(recording=recording) if self._is_taken(recording):
                self._take = None
            case SecureEntryBegan():
                self.pause(SECURE)
            case SecureEntryEnded() if self._around.state().recording.paused_by == SECURE:
                self.resume(SECURE)

    def go_on(self) -> None:
        """After a restart: what the ended process wrote is told, and another file begun."""
        state = self._around.state()
        was_on, paused_by = state.recording.conversation is not None, state.recording.paused_by
        was_paused = state.recording.paused
        self._recordings.recover(state.call, state.recording.open)
        if not was_on:
            return
        self._begin(RESTART, state.bridge.agent if state.bridge else None)
        if self._take is not None and was_paused and not state.secure_entry:
            self._pause(self._take, paused_by)
        self._heard_from_here(Mark.TALK if self._bridged else Mark.ALONE)

    def _hear_newcomer(self) -> None:
        """Whoever is on the line now was not asked with the one who left it."""
        if is_permitted(self._recordings.settings, self._around.state().recording):
            self._roll()
        else:
            self._stop()

    def heard_again(self) -> None:
        """A leg was heard in another recording meanwhile, and is free."""
        self._roll()

    def _begin_if_wanted(self, agent: AgentId | None) -> None:
        if self._take is not None:
            return
        state = self._around.state()
        reason = reason_to_record(
            self._recordings.settings,
            state.recording,
            call=state.call,
            queue=state.entry.queue if state.entry else None,
            agent=agent or state.agent,
        )
        if reason is not None and not self._is_left_out(state):
            self._begin(reason, agent)

    def _is_left_out(self, state: CallState) -> bool:
        """A call among colleagues, unless somebody asked for it."""
        among_phones = state.direction is Direction.INTERNAL and state.route_kind == "phone"
        wanted = self._recordings.settings.internal or state.recording.asked
        return among_phones and not wanted

    def _begin(self, reason: str, agent: AgentId | None) -> None:
        state = self._around.state()
        queue = state.entry.queue if state.entry else None

        def started(recording: RecordingId, file: str) -> RecordingStarted:
            return RecordingStarted(
                state.call, recording, Purpose.CALL, file, reason, queue, agent or state.agent
            )

        self._rolled_s, self._rolls_since = 0.0, None
        talking = (self._around.caller(), self._around.other())
        self._take = self._recordings.begin(
            state.recording,
            started,
            state.call,
            rate_hz=max(leg.media.recorded_hz for leg in talking if leg is not None),
        )
        if self._take is not None and state.secure_entry:
            self._pause(self._take, SECURE)

    def _pause(self, take: Take, by: str) -> None:
        take.file.pause()
        self._around.append(RecordingPaused(take.call, take.recording, self._position_s(), by))

    def _heard_from_here(self, mark: Mark) -> None:
        if self._take is None:
            return
        state = self._around.state()
        at_s = self._position_s()
        self._roll()
        leg, agent = (state.bridge.leg, state.bridge.agent) if state.bridge else ("", None)
        self._around.append(
            RecordingMarked(state.call, self._take.recording, at_s, mark, leg, agent)
        )

    def _roll(self) -> None:
        """Let those be heard who are to be heard now; the file grows while there is somebody."""
        if self._take is None:
            return
        around, now = self._around, self._around.clock()
        self._rolled_s, self._rolls_since = self._position_s(), None
        talks = self._bridged and (not self._holds or self._recordings.settings.during_hold)
        alone = not self._bridged and around.state().recording.asked is True
        other = around.other() if talks else None
        caller = around.caller().media if talks or alone else None
        guest, mode = (around.guest() if talks else None) or (None, None)
        heard = mode is not None and mode in _GUESTS[self._recordings.settings.supervisor]
        self._take.file.assign(
            left=caller,
            right=other.media if other else None,
            guest=guest.media if guest is not None and heard else None,
            guest_in_both=mode is Mode.BARGE,
        )
        self._take.file.suspend(caller is None)
        if caller is not None:
            self._rolls_since = now

    def _stop(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take.file.stop()

    @property
    def _bridged(self) -> bool:
        return self._around.state().bridge is not None

    @property
    def _holds(self) -> bool:
        bridge = self._around.state().bridge
        return bridge is not None and bool(bridge.holders)

    def _is_taken(self, recording: RecordingId) -> bool:
        return self._take is not None and self._take.recording == recording

    def _position_s(self) -> float:
        """Length of the file by now."""
        if self._rolls_since is None:
            return self._rolled_s
        return self._rolled_s + self._around.clock() - self._rolls_since
