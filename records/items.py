"""What the store is asked to keep, and how the journal spells it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from events.codec import UnreadableEvent, from_json, to_json
from events.event import Recorded
from events.ids import PartyId


@dataclass(frozen=True, slots=True)
class PartyNamed:
    """This is who the party is; replaces what was known."""

    party: PartyId
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class PartyErased:
    """Forget number and name; the surrogate stays in the events and means nobody."""

    party: PartyId


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The state of a part after event `seq`; replaces its older one."""

    name: str
    seq: int
    utc: float
    body: Mapping[str, Any]


Item: TypeAlias = Recorded | PartyNamed | PartyErased | SnapshotTaken

_KINDS: Final[Mapping[str, type[PartyNamed | PartyErased | SnapshotTaken]]] = {
    kind.__name__: kind for kind in (PartyNamed, PartyErased, SnapshotTaken)
}


def to_entry(item: Item) -> dict[str, Any]:
    """A JSON object.

    Raises:
        TypeError, ValueError: the item holds what JSON cannot say.
    """
    if isinstance(item, Recorded):
        return {"event": json.loads(to_json(item))}
    entry = {"item": type(item).__name__, **asdict(item)}
    json.dumps(entry, allow_nan=False)
    return entry


def entry_or_words(item: Item) -> dict[str, Any]:
    """For what is put aside: words for an item that has no JSON, such as an infinite number."""
    try:
        return to_entry(item)
    except (TypeError, ValueError):
        return {"broken": repr(item)}


def from_entry(entry: Mapping[str, Any]) -> Item:
    """The item of a journal's line.

    Raises:
        ValueError: it is none that this program knows.
    """
    try:
        if "event" in entry:
            return from_json(json.dumps(entry["event"]))
        fields = dict(entry)
        return _KINDS[fields.pop("item")](**fields)
    except (KeyError, TypeError, ValueError, UnreadableEvent) as error:
        raise ValueError(f"not an item of the journal: {str(entry)[:200]}") from error
