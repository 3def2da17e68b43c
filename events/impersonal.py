"""Events without what is personal, to be given away: for a replay, a bug report, statistics.

Text is kept only where it is known to be a word of ours, a name from the configuration or a
surrogate: whatever a new kind of event says is left out until somebody has thought about it. The
rest of a log holds together, so that the distributor decides a day of it as it did.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from enum import Enum
from typing import Any, Final

from events.codec import UnknownEvent
from events.event import Event

SURROGATES: Final = frozenset(
    {
        *("call", "entry", "leg", "offer", "callback", "recording", "came_from"),
        *("caller", "party", "customer"),  # numbers and names stand in the erasable table
    }
)
CONFIGURED: Final = frozenset(
    {
        *(
            "agent",
            "phone",
            "trunk",
            "queue",
            "to",
            "mailbox",
            "flow",
            "node",
            "survey",
            "question",
        ),
        *("skills", "any_of", "languages", "tiers", "sites", "customer_type"),
        *("preferred", "excluded", "spoke", "configuration", "version", "versions"),
    }
)
WORDS: Final = frozenset(
    {
        *("reason", "was_reason", "cause", "outcome", "stage", "target_kind", "activity"),
        *("waiting", "basis", "codec", "sound", "scale", "form"),
    }
)
PLAIN: Final = SURROGATES | CONFIGURED | WORDS


def without_personal(event: Event) -> Event:
    """The same event, with text that may be personal empty: dialled numbers, variables, notes …"""
    if isinstance(event, UnknownEvent):
        return UnknownEvent(event.name)
    empty = {
        each.name: _emptied(getattr(event, each.name))
        for each in fields(event)
        if each.name not in PLAIN and _says_something(getattr(event, each.name))
    }
    return replace(event, **empty) if empty else event


def _says_something(value: object) -> bool:
    is_text = isinstance(value, str) and not isinstance(value, Enum)
    return bool(value) and (is_text or isinstance(value, Mapping | tuple))


def _emptied(value: Any) -> Any:
    if isinstance(value, str):
        return ""
    return {} if isinstance(value, Mapping) else ()
