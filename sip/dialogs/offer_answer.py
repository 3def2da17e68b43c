"""Whose turn it is in offer/answer: RFC 3264 and RFC 6337. Bodies are opaque here.

Session descriptions travel in INVITE, its 2xx and the ACK; one exchange at a time, and a refused
offer leaves the session as it was.
"""

from enum import Enum, auto

SDP_TYPE = "application/sdp"


class Turn(Enum):
    NOBODY = auto()
    """Nothing is open; either side may offer."""
    OURS = auto()
    """The peer offered; we owe an answer."""
    THEIRS = auto()
    """We offered; the peer owes an answer."""


class OfferAnswer:
    """The exchange of one INVITE usage. Breaking the order is our own bug: an AssertionError."""

    def __init__(self) -> None:
        self.turn = Turn.NOBODY

    def offer_sent(self) -> None:
        assert self.turn is Turn.NOBODY, "an exchange is open"
        self.turn = Turn.THEIRS

    def offer_received(self) -> None:
        assert self.turn is Turn.NOBODY, "an exchange is open"
        self.turn = Turn.OURS

    def answer_sent(self) -> None:
        assert self.turn is Turn.OURS, "nothing to answer"
        self.turn = Turn.NOBODY

    def answer_received(self) -> None:
        assert self.turn is Turn.THEIRS, "nothing was offered"
        self.turn = Turn.NOBODY

    def rolled_back(self) -> None:
        """The INVITE that carried the offer failed: as if it had not been made, RFC 6337 §3.4."""
        self.turn = Turn.NOBODY
