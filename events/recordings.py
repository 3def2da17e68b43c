"""What is kept of what people said. A recording is a file; its name says nothing of anybody."""

from dataclasses import dataclass
from enum import StrEnum

from events.event import Event
from events.ids import AgentId, CallId, PartyId, QueueName, RecordingId


class Purpose(StrEnum):
    CALL = "call"  # a conversation: the caller left, whom they speak with right
    MESSAGE = "message"  # what the caller alone said: voicemail
    COMMENT = "comment"  # the same, as the answer to a question of a survey


class Mark(StrEnum):
    """What begins at a place of a recording."""

    TALK = "talk"  # with `leg`, and `agent` if it is one
    HOLD = "hold"
    ALONE = "alone"  # nobody speaks with the caller any more


@dataclass(frozen=True, slots=True)
class RecordingPermitted(Event):
    """The caller was told of the recording, or agreed to it. `basis`: "announced", "consented"."""

    call: CallId
    basis: str


@dataclass(frozen=True, slots=True)
class RecordingRefused(Event):
    """The caller does not want to be recorded: from here on this call is not."""

    call: CallId


@dataclass(frozen=True, slots=True)
class RecordingAsked(Event):
    """Somebody wants this call recorded, or not, whatever the policy says. `by`: "flow", "api"."""

    call: CallId
    on: bool
    by: str


@dataclass(frozen=True, slots=True)
class RecordingStarted(Event):
    """A file was begun.

    Attributes:
        file: within the folder for recordings, without its ending.
        reason: why: "queue", "agent", "default", "flow", "api", "restart".
        label: what the flow calls it: the mailbox of a message, "survey/question" of a comment.
        caller: whose message or comment it is.
    """

    call: CallId
    recording: RecordingId
    purpose: Purpose
    file: str
    reason: str = ""
    queue: QueueName | None = None
    agent: AgentId | None = None
    label: str = ""
    caller: PartyId | None = None


@dataclass(frozen=True, slots=True)
class RecordingMarked(Event):
    """Another part begins `at_s` seconds into the file."""

    call: CallId
    recording: RecordingId
    at_s: float
    mark: Mark
    leg: str = ""
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class RecordingPaused(Event):
    """From `at_s` on silence stands in the place of what is said: card data, say."""

    call: CallId
    recording: RecordingId
    at_s: float
    by: str


@dataclass(frozen=True, slots=True)
class RecordingResumed(Event):
    call: CallId
    recording: RecordingId
    at_s: float
    by: str


@dataclass(frozen=True, slots=True)
class RecordingStopped(Event):
    """The file is whole. `recovered`: its process died; what was written till then is there."""

    call: CallId
    recording: RecordingId
    duration_s: float
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class RecordingFailed(Event):
    """It could not be begun, or the disk was full; the call goes on without."""

    call: CallId
    recording: RecordingId
    problem: str


@dataclass(frozen=True, slots=True)
class RecordingStored(Event):
    """It has its final form. `form`: "wav", "opus", "mp3"; `file` has its ending."""

    call: CallId
    recording: RecordingId
    file: str
    form: str
    size_bytes: int
    sealed: bool = False
    """Encrypted at rest."""


@dataclass(frozen=True, slots=True)
class RecordingDeleted(Event):
    """The file is gone. `by`: "retention", or who asked."""

    call: CallId
    recording: RecordingId
    by: str
