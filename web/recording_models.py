"""What the API takes and gives of recordings and supervision."""

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from web.models import Model


class Recording(Model):
    """A recording. Instants are seconds since 1970, null if it never came to that."""

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)

    id: str
    call: str
    purpose: str
    """`call`: a conversation, the caller left; `message`: what the caller alone said;
    `comment`: the same, as a survey's answer."""
    label: str
    """The mailbox of a message, or `survey/question` of a comment."""
    reason: str
    """Why it was made: "queue", "agent", "default", "flow", "api" or "restart"."""
    queue: str | None
    agent: str | None
    started_at: float
    ended_at: float | None
    duration_s: float | None
    state: str
    """`recording`, `stopped`, `stored`, `failed` or `deleted`."""
    problem: str
    form: str
    size_bytes: int | None
    sealed: bool
    parts: list[dict[str, Any]]
    """Who speaks from which second on, hold, and pauses."""


class RecordingList(Model):
    recordings: list[Recording]
    """Newest first."""
    next: int | None
    """`before` of the next page; null on the last one."""


class RecordingQuery(Model):
    """Filters of the list of recordings."""

    call: str | None = Field(default=None, max_length=128)
    queue: str | None = Field(default=None, max_length=128)
    agent: str | None = Field(default=None, max_length=128)
    purpose: Literal["call", "message", "comment"] | None = None
    label: str | None = Field(default=None, max_length=128)
    before: int | None = None
    """`next` of the page before."""
    limit: int = Field(default=50, ge=1, le=500)


class RecordingWished(Model):
    do: Literal["start", "stop", "pause", "resume"]


class PlayingWished(Model):
    do: Literal["pause", "resume", "seek", "skip", "volume"]
    seconds: float | None = Field(default=None, ge=-3600, le=3600)
    """Of `seek`, from the beginning of what plays; of `skip`, on or (less than 0) back."""
    decibels: float | None = Field(default=None, ge=-60, le=60)
    """Of `volume`: louder or (less than 0) softer than it was recorded, by 12 at most."""

    @model_validator(mode="after")
    def _has_its_amount(self) -> Self:
        if self.do in ("seek", "skip") and self.seconds is None:
            raise ValueError(f"{self.do} needs seconds")
        if self.do == "volume" and self.decibels is None:
            raise ValueError("volume needs decibels")
        return self

    @property
    def amount(self) -> float:
        return (self.decibels if self.do == "volume" else self.seconds) or 0.0


class Supervise(Model):
    phone: str = Field(min_length=1, max_length=64)
    """The supervisor's; it rings, unless it is on this call already."""
    mode: Literal["listen", "whisper", "barge"] = "listen"


class Done(Model):
    done: Literal[True] = True
