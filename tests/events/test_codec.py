"""Events as JSON: what comes back is what went in, and history is read with tolerance."""

import json
import pkgutil
import types
from importlib import import_module
from typing import Any, NewType, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

import events
from events.agents import AgentSignedIn, AgentState, AgentStateChanged
from events.calls import CallArrived, Direction, NodeVisited
from events.codec import (
    MODULES,
    UnknownEvent,
    UnreadableEvent,
    body_from_json,
    body_to_json,
    from_json,
    kind_of,
    known_kinds,
    to_json,
)
from events.event import SCHEMA_VERSION, Event, Recorded
from events.ids import AgentId, CallId, EntryId, FlowName, NodeName, PartyId, PhoneId, QueueName
from events.queues import CallQueued

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def values(annotation: Any) -> st.SearchStrategy[Any]:
    if isinstance(annotation, NewType):
        return values(annotation.__supertype__)
    if isinstance(annotation, types.UnionType):
        return st.one_of([values(option) for option in get_args(annotation)])
    if get_origin(annotation) is tuple:
        return st.lists(values(get_args(annotation)[0]), max_size=3).map(tuple)
    if get_origin(annotation) is not None:  # a mapping
        return st.dictionaries(st.text(), values(get_args(annotation)[1]), max_size=3)
    if annotation is Any:
        return JSON
    if annotation is float:
        return FINITE
    return st.from_type(annotation)


def an_event(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = get_type_hints(kind)
    del hints["kind"]
    return st.builds(kind, **{name: values(hint) for name, hint in hints.items()})


EVENTS = st.sampled_from(sorted(known_kinds().values(), key=lambda cls: cls.kind)).flatmap(an_event)


@given(st.integers(1), FINITE, FINITE, EVENTS)
def test_every_event_comes_back_as_it_was(
    seq: int, utc: float, steady: float, event: Event
) -> None:
    recorded = Recorded(seq, utc, steady, event)
    text = to_json(recorded)
    assert "\n" not in text
    assert from_json(text) == recorded
    assert to_json(from_json(text)) == text
    assert body_from_json(kind_of(event), body_to_json(event)) == event


def test_enums_tuples_and_nothing_are_restored_as_such() -> None:
    queued = CallQueued(
        CallId("c"), EntryId("e"), QueueName("q"), types.MappingProxyType({"s": 2}), ("en", "id")
    )
    back = body_from_json("CallQueued", body_to_json(queued))
    assert isinstance(back, CallQueued)
    assert back.languages == ("en", "id")
    assert back.skills == {"s": 2}
    arrived = CallArrived(CallId("c"), Direction.INBOUND, PartyId("p"), "1000", "abc@x")
    again = body_from_json("CallArrived", body_to_json(arrived))
    assert isinstance(again, CallArrived)
    assert again.direction is Direction.INBOUND
    assert again.trunk is None


def test_a_position_keeps_its_nested_values() -> None:
    position = {"node": "menu", "stack": [["main", "a"]], "variables": {"n": 1.5, "x": None}}
    visited = NodeVisited(CallId("c"), FlowName("main"), NodeName("menu"), "1", position)
    assert body_from_json("NodeVisited", body_to_json(visited)) == visited


def test_an_unknown_kind_is_kept_word_for_word() -> None:
    text = '{"seq":7,"utc":1.5,"steady":2.5,"version":9,"kind":"CallDreamt","event":{"a":[1]}}'
    recorded = from_json(text)
    assert recorded.event == UnknownEvent("CallDreamt", {"a": [1]})
    assert to_json(recorded) == text


def test_fields_of_a_newer_writer_are_left_out_and_of_an_older_one_defaulted() -> None:
    event = body_from_json("AgentSignedIn", '{"agent":"a","phone":"2001","mood":"good"}')
    assert event == AgentSignedIn(AgentId("a"), PhoneId("2001"), available=True)


def test_old_versions_are_upgraded_on_reading() -> None:
    def rename(kind: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return (
            ("AgentSignedIn", {**body, "phone": body.pop("device")})
            if kind == "LoggedIn"
            else (
                kind,
                body,
            )
        )

    text = json.dumps(
        {
            "seq": 1,
            "utc": 0.0,
            "steady": 0.0,
            "version": SCHEMA_VERSION - 1,
            "kind": "LoggedIn",
            "event": {"agent": "a", "device": "2001"},
        }
    )
    recorded = from_json(text, upgrades={SCHEMA_VERSION - 1: rename})
    assert recorded.event == AgentSignedIn(AgentId("a"), PhoneId("2001"))
    assert recorded.version == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expecting value"),
        ("[]", "not an object"),
        ("{}", "no 'seq' in the envelope"),
        (
            '{"seq":1,"utc":0,"steady":0,"version":"1","kind":"CallHeld","event":{}}',
            "of a wrong type",
        ),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff\xfe{", "Expecting value"),
    ],
)
def test_what_is_no_event_is_an_error_with_a_reason(text: str | bytes, problem: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        from_json(text)
    if isinstance(text, str):
        assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        ("AgentSignedIn", '{"agent":"a"}', "AgentSignedIn: no phone"),
        ("AgentStateChanged", '{"agent":"a","state":"asleep"}', "state: 'asleep' is not a valid"),
        ("CallQueued", '{"languages":5}', "languages: 'int' object is not iterable"),
    ],
)
def test_a_body_that_does_not_fit_its_kind_is_an_error(kind: str, body: str, problem: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        body_from_json(kind, body)
    assert problem in str(caught.value)


def test_what_json_cannot_hold_is_refused_on_writing() -> None:
    changed = AgentStateChanged(AgentId("a"), AgentState.AVAILABLE, was_s=float("nan"))
    with pytest.raises(ValueError, match="JSON"):
        body_to_json(changed)
    visited = NodeVisited(CallId("c"), FlowName("f"), NodeName("n"), "1", {"x": object()})
    with pytest.raises(TypeError, match="no JSON value"):
        body_to_json(visited)


def test_every_event_type_of_the_room_is_known() -> None:
    declared = set()
    for module in pkgutil.iter_modules(events.__path__, "events."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Event):
                declared.add(value)
    assert declared - {Event, UnknownEvent} == set(known_kinds().values())
    assert len(MODULES) == len(set(MODULES))
