"""Tests of flows: each expectation can fail, and says what happened instead."""

from pathlib import Path
from typing import Any

import pytest

from ivr.flow import Flows
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.script import FlowTest
from ivr.rehearsal.testing import run_test
from tests.ivr.flow_files import load

FLOW = """\
languages: [en, es]
start: ask
on_error: sorry
nodes:
  ask:
    kind: menu
    prompt: menu
    choices: {1: pay, 2: other, 3: wait}
    otherwise: bye
  pay: {kind: queue, queue: billing, skills: {b: 2}, comfort: hello, priority: 3, otherwise: bye}
  other: {kind: transfer, to: 2001, busy: bye, otherwise: mark}
  mark: {kind: set, values: {note: reached}, next: bye}
  wait: {kind: ring, seconds: 100, next: bye}
  bye: {kind: hang_up, prompt: bye}
  sorry: {kind: hang_up, prompt: hello, cause: failed}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    return load(tmp_path, main=FLOW)


def problems(flows: Flows, **test: Any) -> list[str]:
    return run_test(flows, "main", FlowTest.model_validate(test), Coverage(flows))


RIGHT: list[dict[str, Any]] = [
    {"expect": {"heard": ["menu", "menu", "bye"], "ended": "normal", "contained": True}},
    {"expect": {"heard_exactly": ["menu", "menu", "menu", "bye"], "nodes": ["ask", "bye"]}},
    {
        "when": [{"press": 1}],
        "given": {"waits_s": 65},
        "expect": {
            "queue": {"queue": "billing", "skills": {"b": 2}, "languages": ["en"], "priority": 3},
            "heard": ["menu", "hello", "hello"],
            "queued": True,
            "contained": False,
        },
    },
    {"when": [{"press": 1}], "given": {"queue": "full"}, "expect": {"heard": ["bye"]}},
    {"given": {"typed_ahead": "1"}, "expect": {"not_heard": ["menu"], "queued": True}},
    {
        "when": [{"press": 2}],
        "given": {"transfers": "no_answer"},
        "expect": {"transferred_to": "2001", "variables": {"note": "reached"}},
    },
    {"when": ["hang up"], "expect": {"ended": "caller_hung_up", "answered": True}},
    {"when": ["stay silent", {"press": 9}, "stay silent"], "expect": {"heard": "bye"}},
    {"when": [{"press": 3}], "expect": {"lasted_at_most_s": 107}},
    {
        "when": [{"press": 3}],
        "given": {"hangs_up_after_s": 50},
        "expect": {"ended": "caller_hung_up", "lasted_at_most_s": 50},
    },
    {
        "when": [{"press": 1}],
        "given": {"queue": "broken"},
        "expect": {"ended": "failed", "heard": ["menu", "hello"]},
    },
]
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"expect": {"heard": ["bye", "menu"]}}, "heard: 'menu' was not heard in that order"),
    ({"expect": {"heard_exactly": ["menu"]}}, "heard_exactly: heard: menu, menu, menu, bye"),
    ({"expect": {"not_heard": "bye"}}, "not_heard: 'bye' was heard"),
    ({"expect": {"queue": {"queue": "billing"}}}, "queue: the caller came into no queue"),
    (
        {"when": [{"press": 1}], "expect": {"queue": {"priority": 4}}},
        "queue.priority: 3, expected 4",
    ),
    ({"expect": {"queued": True}}, "queued: False, expected True"),
    ({"expect": {"transferred_to": "2001"}}, "transferred_to: None, expected '2001'"),
    ({"expect": {"variables": {"note": "x"}}}, "variables.note: None, expected 'x'"),
    ({"expect": {"nodes": ["bye", "ask"]}}, "nodes: 'ask' was not passed in that order"),
    ({"expect": {"language": "es"}}, "language: 'en', expected 'es'"),
    ({"expect": {"answered": False}}, "answered: True, expected False"),
    ({"expect": {"ended": "busy"}}, "ended: 'normal', expected 'busy'"),
    ({"expect": {"contained": False}}, "contained: True, expected False"),
    ({"expect": {"lasted_at_most_s": 10}}, "lasted_at_most_s: 27 s, expected at most 10"),
    (
        {"when": [{"press": 1}, {"press": 5}], "expect": {}},
        "the call was over before the caller did the last 1 things",
    ),
    (
        {"when": [{"press": 1}], "given": {"queue": "broken"}, "expect": {}},
        "node 'pay' failed: the test lets it fail",
    ),
]


@pytest.mark.parametrize("test", RIGHT)
def test_what_happens_as_expected_passes(flows: Flows, test: dict[str, Any]) -> None:
    assert problems(flows, **test) == []


@pytest.mark.parametrize(("test", "said"), WRONG)
def test_what_does_not_is_told(flows: Flows, test: dict[str, Any], said: str) -> None:
    [problem] = problems(flows, **test)
    assert problem.startswith(said)
