"""Errors of dialogs: what `Lost` carries besides silence."""

from dataclasses import dataclass

from sip.errors import SipError


@dataclass(eq=False)
class SessionExpired(SipError):
    """Nobody refreshed the session in time, RFC 4028 §10."""

    status = 408

    agreed_s: int

    def __str__(self) -> str:
        return f"the session was not refreshed within {self.agreed_s} s"


@dataclass(eq=False)
class DialogGone(SipError):
    """The peer answered a request inside the dialog as if there were none, RFC 3261 §12.2.1.2."""

    method: str
    answer: int

    def __str__(self) -> str:
        return f"the peer answered {self.method} with {self.answer}"
