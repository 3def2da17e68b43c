"""Errors of dialogs: what `Lost` carries besides silence."""

from dataclasses import dataclass

from sip.errors import SipError


@dataclass(eq=False)
class DialogGone(SipError):
    """The peer answered a request inside the dialog as if there were none, RFC 3261 §12.2.1.2."""

    method: str
    answer: int

    def __str__(self) -> str:
        return f"the peer answered {self.method} with {self.answer}"
