"""Why a message was refused or dropped: each one is counted under exactly these words.

What somebody answered with 4xx, 5xx or 6xx is counted by its status besides: `status_404`. 401 and
407 ask for proof and 487 follows a CANCEL: nothing was refused by them.
"""

from enum import StrEnum
from typing import Final


class Rejection(StrEnum):
    """The value of the label `reason`."""

    MALFORMED = "malformed"
    """Cannot be read: 400 where an answer is possible, else dropped."""

    VERSION = "version"
    """Not SIP/2.0: 505."""

    SCHEME = "scheme"
    """A Request-URI that is none of ours to serve: 416."""

    BODY_TOO_LARGE = "body_too_large"
    """413."""

    HEADERS_TOO_LARGE = "headers_too_large"
    """513."""

    BANNED = "banned"
    """From a source that has guessed too many passwords: dropped."""

    CREDENTIALS = "credentials"
    """Wrong ones; the 403 is counted too."""

    RATE = "rate"
    """More requests than one source may send: dropped."""

    OPTIONS_RATE = "options_rate"
    """More OPTIONS than one source may send; the 480 is counted too."""

    STUN_RATE = "stun_rate"
    """More keep-alives than one source may send: dropped."""

    TRANSACTIONS = "transactions"
    """As many transactions as we hold are open: 503, or ours was not sent."""

    MERGED = "merged"
    """The same request by another way: 482."""

    STRAY_RESPONSE = "stray"
    """Answers nothing that we have asked, or too late: dropped."""

    STRAY_ACK = "stray_ack"
    """Of no call of ours: dropped."""

    CONNECTIONS = "connections"
    """One more than we hold, in all or of one host: closed at once."""

    SLOW_SENDER = "slow_sender"
    """A connection whose message did not come to its end: closed."""

    SLOW_READER = "slow_reader"
    """A connection that takes nothing any more: cut off."""


_NO_REFUSALS: Final = frozenset({401, 407, 487})


def rejection_of(status: int) -> str | None:
    """The reason of a response that refuses; None of one that does not."""
    return f"status_{status}" if status >= 400 and status not in _NO_REFUSALS else None
