"""Events as JSON, and back.

A body is an object of the event's fields; its kind and schema version stand beside it. Reading is
tolerant where history makes it so: fields that an old writer did not know take their defaults,
fields that only a newer one knows are left out, and a kind that this program does not know
becomes an `UnknownEvent`, which is written again as it was read.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from types import ModuleType, NoneType, UnionType
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from events import (
    agents,
    callbacks,
    calls,
    centre,
    mailboxes,
    notes,
    queues,
    recordings,
    secure_entry,
    speech,
    supervision,
    surveys,
)
from events.event import SCHEMA_VERSION, Event, Recorded

MODULES: Final[tuple[ModuleType, ...]] = (
    agents,
    callbacks,
    calls,
    centre,
    mailboxes,
    notes,
    queues,
    recordings,
    secure_entry,
    speech,
    supervision,
    surveys,
)
"""Where event types are declared."""

Body: TypeAlias = dict[str, Any]
Upgrade: TypeAlias = Callable[[str, Body], tuple[str, Body]]
"""Turns a kind and body of one schema version into those of the next."""

UPGRADES: Final[Mapping[int, Upgrade]] = {}
"""By the version that they read; each is applied to every event of that version."""


@dataclass(eq=False)
class UnreadableEvent(Exception):
    """Text that is no event, or not one of its kind."""

    kind: str
    problem: str

    def __str__(self) -> str:
        return f"{self.kind or 'event'}: {self.problem}"


@dataclass(frozen=True, slots=True)
class UnknownEvent(Event):
    """An event of a kind that this program does not know: from a newer one, or of an older one.

    `name` is its kind and `body` its fields, as written.
    """

    name: str
    body: Mapping[str, Any] = field(default_factory=dict)


def to_json(recorded: Recorded) -> str:
    """One line: the envelope with its event's body inside."""
    envelope = {
        "seq": recorded.seq,
        "utc": recorded.utc,
        "steady": recorded.steady,
        "version": recorded.version,
        "kind": kind_of(recorded.event),
        "event": _body(recorded.event),
    }
    return _encode(envelope)


def from_json(text: str | bytes, *, upgrades: Mapping[int, Upgrade] = UPGRADES) -> Recorded:
    """Read what `to_json` wrote; an upgraded event carries the present version.

    Raises:
        UnreadableEvent: it is not JSON, not an envelope, or the body does not fit its kind.
    """
    data = _parse(text)
    try:
        seq, utc, steady = data["seq"], data["utc"], data["steady"]
        kind, version, body = data["kind"], data["version"], data["event"]
    except KeyError as error:
        raise UnreadableEvent("", f"no {error.args[0]!r} in the envelope") from None
    if not (isinstance(kind, str) and isinstance(version, int) and isinstance(body, dict)):
        raise UnreadableEvent("", "kind, version or event of a wrong type in the envelope")
    event = _build(kind, version, body, upgrades)
    return Recorded(seq, utc, steady, event, max(version, SCHEMA_VERSION))


def body_to_json(event: Event) -> str:
    """The fields alone, for a store that has columns for the rest."""
    return _encode(_body(event))


def body_from_json(
    kind: str,
    text: str | bytes,
    *,
    version: int = SCHEMA_VERSION,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> Event:
    """Read what `body_to_json` wrote.

    Raises:
        UnreadableEvent: it is not JSON, or does not fit its kind.
    """
    return _build(kind, version, _parse(text), upgrades)


def kind_of(event: Event) -> str:
    """The name under which an event is stored."""
    return event.name if isinstance(event, UnknownEvent) else event.kind


def known_kinds() -> Mapping[str, type[Event]]:
    return _KINDS


def _body(event: Event) -> Mapping[str, Any]:
    if isinstance(event, UnknownEvent):
        return event.body
    return {name: getattr(event, name) for name in _FIELDS[type(event)]}


def _plain(value: object) -> object:
    """Mappings other than dict, which `json` does not know."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _parse(text: str | bytes) -> Body:
    try:
        data = json.loads(text)
    except ValueError as error:  # bad JSON, bad UTF-8
        raise UnreadableEvent("", str(error)) from None
    except RecursionError:
        raise UnreadableEvent("", "nested too deeply") from None
    if not isinstance(data, dict):
        raise UnreadableEvent("", "not an object")
    return data


def _build(kind: str, version: int, body: Body, upgrades: Mapping[int, Upgrade]) -> Event:
    for old in range(version, SCHEMA_VERSION):
        if old in upgrades:
            kind, body = upgrades[old](kind, body)
    cls = _KINDS.get(kind)
    if cls is None:
        return UnknownEvent(kind, body)
    for name, restore in _RESTORED[cls].items():
        if name in body:
            try:
                body[name] = restore(body[name])
            except (TypeError, ValueError) as error:
                raise UnreadableEvent(kind, f"{name}: {error}") from None
    try:
        return cls(**body)
    except TypeError:
        return _build_partly(kind, cls, body)


def _build_partly(kind: str, cls: type[Event], body: Body) -> Event:
    """Leave out fields that are unknown; those that are missing must have defaults."""
    if missing := [name for name in _REQUIRED[cls] if name not in body]:
        raise UnreadableEvent(kind, f"no {', '.join(missing)}")
    return cls(**{name: body[name] for name in _FIELDS[cls] if name in body})


def _restorer(annotation: object) -> Callable[[Any], Any] | None:
    """How a field's value is made of what JSON keeps of it; None if that is the value itself."""
    if isinstance(annotation, UnionType):
        options = [option for option in get_args(annotation) if option is not NoneType]
        assert len(options) == 1, f"{annotation}: JSON cannot tell which"
        inner = _restorer(options[0])
        return None if inner is None else lambda value: None if value is None else inner(value)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    if get_origin(annotation) is tuple:
        return tuple
    return None


def _restorers(cls: type[Event]) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(cls)
    found = ((each.name, _restorer(hints[each.name])) for each in fields(cls))
    return {name: restore for name, restore in found if restore is not None}


_encode: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
).encode

_KINDS: Final[Mapping[str, type[Event]]] = {
    value.kind: value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}
_FIELDS: Final = {cls: tuple(each.name for each in fields(cls)) for cls in _KINDS.values()}
_RESTORED: Final = {cls: _restorers(cls) for cls in _KINDS.values()}
_REQUIRED: Final = {
    cls: tuple(
        each.name
        for each in fields(cls)
        if each.default is MISSING and each.default_factory is MISSING
    )
    for cls in _KINDS.values()
}
