"""Errors of the SIP stack.

A `SipError` is the peer's fault or the network's: callers handle it. A broken
promise between our own modules is an `AssertionError` and must crash the call.
"""

from dataclasses import dataclass
from typing import ClassVar

from sip.message import Request
from sip.rejections import Rejection


class SipError(Exception):
    """Root of the family: `except SipError` catches everything this package raises on purpose."""

    status: ClassVar[int] = 500
    """Response a UAS sends when nobody handles the error, RFC 3261 §21."""


@dataclass(eq=False)
class MalformedMessage(SipError):
    """A peer sent bytes that the grammar of RFC 3261 §25.1 does not allow."""

    status = 400
    rejection: ClassVar[Rejection] = Rejection.MALFORMED

    element: str
    """What was being read: a header name, or "start-line"."""

    problem: str
    """What is wrong with it, as a phrase that completes "<element>: ..."."""

    text: str
    """The offending text, cut short in the message and by whoever logs it."""

    partial: Request | None = None
    """The request with only Via, From, To, Call-ID and CSeq, when it carried them all: enough to
    answer with `status` (§8.2.6), and none of the five is checked. None: drop it silently."""

    def __str__(self) -> str:
        return f"{self.element}: {self.problem} in {self.text[:60]!r}"


class UnsupportedVersion(MalformedMessage):
    """The message is of another SIP version than 2.0, RFC 3261 §21.5.6."""

    status = 505
    rejection = Rejection.VERSION


class UnsupportedScheme(MalformedMessage):
    """The Request-URI is of a scheme that we do not serve, RFC 3261 §8.2.2.1."""

    status = 416
    rejection = Rejection.SCHEME


class BodyTooLarge(MalformedMessage):
    """The body is longer than we take, RFC 3261 §21.4.11."""

    status = 413
    rejection = Rejection.BODY_TOO_LARGE


class MessageTooLarge(MalformedMessage):
    """The start-line and headers are longer than we take, RFC 3261 §21.5.7."""

    status = 513
    rejection = Rejection.HEADERS_TOO_LARGE


@dataclass(eq=False)
class NoFinalResponse(SipError):
    """A request went unanswered until Timer B or F fired, RFC 3261 §8.1.3.1."""

    status = 408

    method: str
    waited_s: float

    def __str__(self) -> str:
        return f"no final response to {self.method} after {self.waited_s:g} s"


@dataclass(eq=False)
class NoAcknowledgement(SipError):
    """Our final response to an INVITE was never acknowledged: Timer H, RFC 3261 §17.2.1."""

    sent_status: int
    waited_s: float

    def __str__(self) -> str:
        return f"no ACK for {self.sent_status} after {self.waited_s:g} s"


@dataclass(eq=False)
class TransportFailed(SipError):
    """A message could not leave this host, RFC 3261 §8.1.3.1."""

    status = 503

    destination: str
    problem: str

    def __str__(self) -> str:
        return f"cannot send to {self.destination}: {self.problem}"


@dataclass(eq=False)
class NameUnresolved(SipError):
    """No name server answered in time, or with sense, RFC 3263 §4."""

    status = 503

    name: str
    problem: str

    def __str__(self) -> str:
        return f"{self.name} was not resolved: {self.problem}"
