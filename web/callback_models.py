"""What the API says of call-backs."""

from pydantic import Field

from web.models import Model


class CallBack(Model):
    """A customer who is to be called. Instants are seconds since 1970."""

    id: str
    queue: str
    number: str
    """Empty when it is erased."""
    requested_at: float
    since: float
    """Start of the wait by which their place is."""
    attempts: int
    """Times that their phone was rung in vain."""
    call: str | None
    """Of the attempt that has a place in the queue now."""


class CallBacks(Model):
    callbacks: list[CallBack]


class Bar(Model):
    number: str = Field(min_length=2, max_length=32)
    by: str = Field(default="", max_length=64)
    """Who wants it so."""


class BarQuery(Model):
    number: str = Field(min_length=2, max_length=32)


class Barred(Model):
    barred: bool
    """By the file or by the API."""
