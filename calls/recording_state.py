"""What is known of a call's recordings: part of its state, so that it outlives the process."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from events.event import Event
from events.ids import RecordingId
from events.recordings import (
    Purpose,
    RecordingAsked,
    RecordingFailed,
    RecordingPaused,
    RecordingPermitted,
    RecordingRefused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RecordingState:
    """A frozen value that each event of the call moves on.

    Attributes:
        made: how many were begun, those that failed included.
        open: files that are being written, by recording.
        conversation: the one of the conversation; None if there is none.
        paused: silence stands in the place of what is said, as `paused_by` wanted.
        asked: whether somebody (`asked_by`) wants this call recorded; None: the policy decides.
        basis: "", "announced", "consented" or "refused".
        failed: no further one is tried on this call.
    """

    made: int = 0
    open: Mapping[str, str] = field(default_factory=dict)
    conversation: RecordingId | None = None
    paused: bool = False
    paused_by: str = ""
    asked: bool | None = None
    asked_by: str = ""
    basis: str = ""
    failed: bool = False


def advance_recording(state: RecordingState, event: Event) -> RecordingState:
    """The state after an event of the call."""
    match event:
        case RecordingPermitted(basis=basis):
            return replace(state, basis=basis)
        case RecordingRefused():
            return replace(state, basis=REFUSED)
        case RecordingAsked(on=on, by=by):
            return replace(state, asked=on, asked_by=by)
        case RecordingStarted() as started:
            return _begun(state, started)
        case RecordingPaused(by=by):
            return replace(state, paused=True, paused_by=by)
        case RecordingResumed():
            return replace(state, paused=False, paused_by="")
        case RecordingStopped(recording=recording):
            return _over(state, recording)
        case RecordingFailed(recording=recording):
            return replace(_over(state, recording), failed=True)
        case _:
            return state


def _begun(state: RecordingState, started: RecordingStarted) -> RecordingState:
    is_conversation = started.purpose is Purpose.CALL
    if is_conversation:
        state = replace(state, paused=False, paused_by="")  # a pause is one file's
    return replace(
        state,
        made=state.made + 1,
        open={**state.open, started.recording: started.file},
        conversation=started.recording if is_conversation else state.conversation,
    )


def _over(state: RecordingState, recording: RecordingId) -> RecordingState:
    return replace(
        state,
        open={name: file for name, file in state.open.items() if name != recording},
        conversation=None if state.conversation == recording else state.conversation,
    )
