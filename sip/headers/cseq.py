"""CSeq: RFC 3261 §20.16."""

from functools import lru_cache
from typing import Final

from sip.errors import MalformedMessage
from sip.grammar import is_digits, is_token

LIMIT: Final = 2**31
"""A sequence number is below this, §8.1.1.5."""


@lru_cache(maxsize=1024)  # calls count from the same few numbers
def parse_cseq(value: str) -> tuple[int, str]:
    """Sequence number and method.

    Raises:
        MalformedMessage: not a number below 2**31 and a method.
    """
    parts = value.split()
    if len(parts) != 2 or not is_digits(parts[0]) or not is_token(parts[1]):
        raise MalformedMessage("CSeq", "not a number and a method", value)
    if len(parts[0]) > 10 or int(parts[0]) >= LIMIT:
        raise MalformedMessage("CSeq", "number out of range", value)
    return int(parts[0]), parts[1]


def format_cseq(number: int, method: str) -> str:
    return f"{number} {method}"
