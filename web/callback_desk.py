"""Call-backs as the HTTP side gets at them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calls.callback_book import OpenCallBack
from events.ids import CallBackId, PartyId


@dataclass(frozen=True, kw_only=True)
class CallBackDesk:
    """On the loop, at once. Actions raise `calls.problems.Refused` when they cannot be done."""

    open: Callable[[], Sequence[OpenCallBack]]
    number: Callable[[PartyId], str]
    """Of a customer; empty when it is erased."""
    cancel: Callable[[CallBackId], None]
    is_barred: Callable[[str], bool]
    """Whether a number is never called back."""
    bar: Callable[[str, str], None]
    """The number, and by whom."""
    allow: Callable[[str, str], None]
