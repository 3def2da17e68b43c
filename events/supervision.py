"""Supervisors who listen to a call, speak to its agent, or join it."""

from dataclasses import dataclass
from enum import StrEnum

from events.event import Event
from events.ids import AgentId, CallId, PhoneId


class Mode(StrEnum):
    """Both parties are heard in every mode."""

    LISTEN = "listen"  # nobody hears the supervisor
    WHISPER = "whisper"  # the agent does
    BARGE = "barge"  # both do


@dataclass(frozen=True, slots=True)
class SupervisionBegan(Event):
    """A supervisor at `phone` is on the call; `agent` if one is signed in there."""

    call: CallId
    phone: PhoneId
    mode: Mode
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class SupervisionSwitched(Event):
    call: CallId
    phone: PhoneId
    mode: Mode


@dataclass(frozen=True, slots=True)
class SupervisionEnded(Event):
    """`cause`: "hung_up", "call_ended", "api", "lost"."""

    call: CallId
    phone: PhoneId
    cause: str
