"""What the store is asked for and answers with: past calls and recordings. No database in here, so
that whoever only names these types need not import one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from events.event import Recorded
from events.ids import CallId, PartyId, RecordingId


class DatabaseAway(Exception):
    """It cannot be read just now."""


class LookupFailed(Exception):
    """No rows came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls. None and "" leave a thing open.

    Attributes:
        number: the caller's, exactly.
        arrived_from, arrived_to: seconds since 1970; the first included, the second not.
        before: only calls whose `first_seq` is smaller: the next page.
    """

    queue: str | None = None
    agent: str | None = None
    trunk: str | None = None
    direction: str | None = None
    outcome: str | None = None
    number: str | None = None
    arrived_from: float | None = None
    arrived_to: float | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call, as its row says. Instants are seconds since 1970, None if it never came to that."""

    id: CallId
    first_seq: int
    last_seq: int
    direction: str
    caller: PartyId
    caller_number: str
    caller_name: str
    dialled: str
    sip_call_id: str
    trunk: str | None
    phone: str | None
    target_kind: str
    target: str
    queue: str | None
    agent: str | None
    outcome: str | None
    hung_up_by: str | None
    cause: str | None
    status: int | None
    arrived_at: float
    answered_at: float | None
    bridged_at: float | None
    ended_at: float | None
    ended: bool
    wait_s: float
    talk_s: float
    hold_s: float
    wrap_up_s: float
    story: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallDetail:
    row: CallRow
    events: Sequence[Recorded]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """One recording, as its row says. Instants are seconds since 1970.

    Attributes:
        file: within the folder for recordings, with its ending.
        state: "recording", "stopped", "stored", "failed" or "deleted".
        parts: `at_s` and `mark`: "talk", "hold", "alone", "paused" or "resumed", with its fields.
    """

    id: RecordingId
    call: CallId
    first_seq: int
    last_seq: int
    purpose: str
    label: str
    reason: str
    queue: str | None
    agent: str | None
    started_at: float
    ended_at: float | None
    duration_s: float | None
    state: str
    problem: str
    file: str
    form: str
    size_bytes: int | None
    sealed: bool
    parts: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """Which recordings; None leaves a thing open. `before`: a `first_seq`, for the next page."""

    call: str | None = None
    queue: str | None = None
    agent: str | None = None
    purpose: str | None = None
    label: str | None = None
    states: tuple[str, ...] = ()
    started_to: float | None = None
    before: int | None = None
    limit: int = 50
