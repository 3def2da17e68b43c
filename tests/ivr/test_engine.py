"""The engine: the way through flows, answer supervision, errors, hang-ups, and going on later."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.caller import CallerGone, FlowedOut, PromptName, TransferOutcome
from ivr.engine import (
    MAX_DEPTH,
    MAX_SILENT_VISITS,
    FlowResult,
    NodeVisit,
    run_flow,
    run_on_hangup,
)
from ivr.flow import Flows
from ivr.position import Position
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.fake_world import FakeWorld
from tests.ivr.flow_files import load

MAIN = """\
languages: [en, es]
start: hi
on_error: sorry
on_hangup: note_it
nodes:
  hi: {kind: say, prompt: hello, next: ask}
  ask:
    kind: menu
    prompt: menu
    choices: {1: pay, 2: desk, 3: count, 4: spanish, 5: sub}
    otherwise: bye
  pay: {kind: queue, queue: billing, next: bye, flowed_out: {full: desk}, otherwise: ask}
  desk: {kind: transfer, to: 2001, otherwise: ask}
  count: {kind: set, values: {tries: "{{ tries | default(0) + 1 }}"}, next: ask}
  spanish: {kind: language, language: es, next: ask}
  sub: {kind: flow, flow: survey, next: bye}
  bye: {kind: hang_up, prompt: bye}
  sorry: {kind: hang_up, prompt: hello, cause: failed}
  note_it: {kind: set, values: {left: true}, next: end}
"""
SURVEY = """\
languages: [en]
start: stars
nodes:
  stars: {kind: collect, prompt: menu, into: stars, max_digits: 1, next: end, otherwise: end}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    return load(tmp_path, main=MAIN, survey=SURVEY)


async def told(
    flows: Flows, caller: FakeCaller, position: Position | None = None
) -> tuple[FlowResult, list[NodeVisit]]:
    visits: list[NodeVisit] = []
    start = position or flows.start("main", caller.variables)
    return await run_flow(flows, start, caller, on_visit=visits.append), visits


def steps(visits: list[NodeVisit]) -> list[str]:
    return [f"{visit.node}/{visit.outcome}" for visit in visits]


async def test_a_call_goes_from_node_to_node_and_is_ended_by_us(flows: Flows) -> None:
    caller = FakeCaller("1")
    result, visits = await told(flows, caller)
    assert steps(visits) == ["hi/next", "ask/1", "pay/next", "bye/hung_up"]
    assert caller.heard == ["hello", "menu", "bye"]
    assert caller.ended == "normal"
    assert result == FlowResult("hung_up", contained=False)


async def test_a_flow_that_needed_nobody_contained_the_call(flows: Flows) -> None:
    result, visits = await told(flows, FakeCaller("", "", ""))
    assert steps(visits) == ["hi/next", "ask/no_input", "bye/hung_up"]
    assert result == FlowResult("hung_up", contained=True)


async def test_having_waited_in_vain_is_not_being_contained(flows: Flows) -> None:
    caller = FakeCaller("1", queue=[FlowedOut("timeout")])
    result, visits = await told(flows, caller)
    assert steps(visits)[2:] == ["pay/timeout", "ask/no_input", "bye/hung_up"]
    assert result == FlowResult("hung_up", contained=False)


async def test_the_end_of_a_flow_ends_the_call(flows: Flows) -> None:
    caller = FakeCaller("1", queue=[FlowedOut("full")], transfers=[TransferOutcome.ANSWERED])
    result, visits = await told(flows, caller)
    assert steps(visits)[2:] == ["pay/full", "desk/next"]
    assert caller.did == ["answer", "transfer 2001"]
    assert (caller.ended, result.outcome) == ("normal", "ended")


async def test_a_sub_flow_shares_variables_and_comes_back(flows: Flows) -> None:
    caller = FakeCaller("5", "4")
    result, visits = await told(flows, caller)
    assert [(visit.flow, visit.node) for visit in visits[2:]] == [
        ("main", "sub"),
        ("survey", "stars"),
        ("main", "bye"),
    ]
    assert caller.variables["stars"] == "4"
    assert visits[2].position.stack != ()
    assert visits[-1].position.stack == ()
    assert result.contained


async def test_type_ahead_goes_through_several_nodes(flows: Flows) -> None:
    caller = FakeCaller(typed="3315")
    _, visits = await told(flows, caller)
    assert steps(visits)[:6] == ["hi/next", "ask/3", "count/next", "ask/3", "count/next", "ask/1"]
    assert caller.heard == ["bye"], "all else was known to the caller"
    assert caller.variables["tries"] == 2


async def test_the_first_language_is_spoken_unless_the_call_has_one(flows: Flows) -> None:
    stranger, friend = FakeCaller("4"), FakeCaller("")
    stranger.language, friend.language = "de", "es"
    await told(flows, stranger)
    await told(flows, friend)
    assert (stranger.language, friend.variables["language"]) == ("es", "es")
    silent = FakeCaller()
    silent.language = "de"
    await told(flows, silent)
    assert silent.language == "en"


@pytest.mark.parametrize(
    ("nodes", "did"),
    [
        ("a: {kind: say, prompt: hello, next: end}", ["answer"]),
        ("a: {kind: hang_up, prompt: bye}", ["answer"]),
        ("a: {kind: hang_up, cause: busy}", []),
        ("a: {kind: progress, next: b}\n  b: {kind: hang_up, prompt: bye}", ["progress"]),
        (
            "a: {kind: ring, next: b}\n  b: {kind: transfer, to: 1, otherwise: end}",
            ["ring", "transfer 1"],
        ),
        (
            "a: {kind: progress, next: b}\n"
            "  b: {kind: say, prompt: hello, next: c}\n"
            "  c: {kind: echo, next: end}",
            ["progress", "answer", "echo 300"],
        ),
        ("a: {kind: queue, queue: sales, otherwise: end}", ["answer"]),
        ("a: {kind: answer, next: b}\n  b: {kind: say, prompt: hello, next: end}", ["answer"]),
    ],
)
async def test_the_call_is_answered_when_it_has_to_be(
    tmp_path: Path, nodes: str, did: list[str]
) -> None:
    flows = load(tmp_path, main=f"languages: [en]\nstart: a\nnodes:\n  {nodes}\n")
    caller = FakeCaller()
    await told(flows, caller)
    assert caller.did == did


class TestGoingOn:
    """A position says everything: a call cut short anywhere ends as if nothing had happened."""

    async def test_from_every_position(self, flows: Flows) -> None:
        keys = ["3", "4", "5", "2"]
        whole = FakeCaller(*keys)
        result, visits = await told(flows, whole)
        assert len(visits) == 9
        for cut, visit in enumerate(visits):
            written = json.loads(json.dumps(visit.position.to_json()))
            position = Position.from_json(written)
            pressed = sum(each.node in ("ask", "stars") for each in visits[: cut + 1])
            later = FakeCaller(*keys[pressed:])
            went_on, rest = await told(flows, later, position)
            assert steps(rest) == steps(visits[cut + 1 :])
            assert (later.ended or "normal", went_on.contained) == (whole.ended, result.contained)
            assert later.variables == whole.variables
            assert later.language == whole.language

    async def test_what_was_needed_before_is_remembered(self, flows: Flows) -> None:
        _, visits = await told(flows, FakeCaller("1", queue=[FlowedOut("timeout")]))
        later, _ = await told(flows, FakeCaller(), visits[2].position)
        assert later.contained is False

    async def test_on_the_version_that_it_began(self, flows: Flows, tmp_path: Path) -> None:
        position = flows.start("main", {})
        newer = load(tmp_path, main=MAIN.replace("prompt: hello, next", "prompt: menu, next"))
        both = flows.replaced_by(newer)
        old, new = FakeCaller(), FakeCaller()
        await told(both, old, position)
        await told(both, new)
        assert (old.heard[0], new.heard[0]) == ("hello", "menu")

    async def test_on_the_present_version_when_its_own_is_gone(self, flows: Flows) -> None:
        position = Position("main", "gone", "bye", variables={"language": "es"})
        caller = FakeCaller()
        await told(flows, caller, position)
        assert (caller.heard, caller.language) == (["bye"], "es")

    async def test_a_node_that_is_gone_is_an_error_of_the_flow(self, flows: Flows) -> None:
        caller = FakeCaller()
        result, visits = await told(flows, caller, Position("main", "gone", "removed"))
        assert steps(visits) == ["removed/error", "sorry/hung_up"]
        assert (caller.ended, result.contained) == ("failed", False)

    async def test_a_flow_that_is_gone_ends_the_call(self, flows: Flows) -> None:
        caller = FakeCaller()
        result, _ = await told(flows, caller, Position("removed", "gone", "a"))
        assert (caller.ended, result) == ("failed", FlowResult("failed", contained=False))

    async def test_a_call_that_was_over_is_only_ended(self, flows: Flows) -> None:
        caller = FakeCaller()
        _, visits = await told(flows, caller, Position("main", "x", ""))
        assert (visits, caller.ended) == ([], "normal")


class TestErrors:
    """Trouble in a node ends one call politely."""

    async def test_on_error_runs_once_with_what_happened(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: a\non_error: b\nnodes:\n"
            "  a: {kind: set, values: {x: '{{ 1 // 0 }}'}, next: end}\n"
            "  b: {kind: set, values: {y: '{{ error.node }}'}, next: a}\n",
        )
        caller = FakeCaller()
        result, visits = await told(flows, caller)
        assert steps(visits) == ["a/error", "b/next", "a/error"]
        assert isinstance(visits[0].error, Exception)
        assert caller.variables["y"] == "a"
        assert (caller.ended, result) == ("failed", FlowResult("failed", contained=False))

    async def test_a_node_may_have_a_way_of_its_own(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: f\non_error: b\nnodes:\n"
            "  f: {kind: flow, flow: inner, next: b}\n"
            "  b: {kind: hang_up, prompt: bye}\n",
            inner="languages: [en]\nstart: a\nnodes:\n"
            "  a: {kind: set, values: {x: '{{ 1 // 0 }}'}, next: end, on_error: c}\n"
            "  c: {kind: set, values: {y: '{{ error.node }}'}, next: d}\n"
            "  d: {kind: set, values: {x: '{{ 1 // 0 }}'}, next: end, on_error: end}\n",
        )
        caller = FakeCaller()
        result, visits = await told(flows, caller)
        assert steps(visits) == ["f/next", "a/error", "c/next", "d/error", "b/hung_up"]
        assert caller.variables["y"] == "a"
        assert result == FlowResult("hung_up", contained=True), "its author foresaw it"

    async def test_a_way_that_fails_again_and_again_ends(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: a\nnodes:\n"
            "  a: {kind: set, values: {x: '{{ 1 // 0 }}'}, next: end, on_error: a}\n",
        )
        caller = FakeCaller()
        result, visits = await told(flows, caller)
        assert len(visits) == MAX_SILENT_VISITS + 1
        assert result.outcome == "failed"

    async def test_who_was_identified_is_found_again_after_a_restart(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: a\nnodes:\n"
            "  a: {kind: identify, number: '7', next: b, unknown: end}\n"
            "  b: {kind: set, values: {who: '{{ customer.name }}'}, next: end}\n",
        )
        customers = {"7": {"number": "7", "name": "Anna"}}
        _, visits = await told(flows, FakeCaller(world=FakeWorld(customers=customers)))
        written = visits[0].position.to_json()
        del written["variables"]["customer"]  # as the log keeps it
        later = FakeCaller(world=FakeWorld(customers=customers))
        await told(flows, later, Position.from_json(written))
        assert later.variables["who"] == "Anna"

    async def test_trouble_of_the_call_itself_is_the_same(self, flows: Flows) -> None:
        class Broken(FakeCaller):
            async def digits(self, **_: Any) -> str:
                raise OSError("no sound")

        caller = Broken()
        _, visits = await told(flows, caller)
        assert steps(visits) == ["hi/next", "ask/error", "sorry/hung_up"]
        assert caller.ended == "failed"

    async def test_running_in_circles_ends(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: a\nnodes:\n"
            "  a: {kind: branch, cases: [{when: never, then: end}], otherwise: b}\n"
            "  b: {kind: set, values: {never: false}, next: a}\n",
        )
        caller = FakeCaller()
        result, visits = await told(flows, caller)
        assert len(visits) == MAX_SILENT_VISITS + 1
        assert "in circles" in str(visits[-1].error)
        assert (caller.ended, result.outcome) == ("failed", "failed")

    async def test_keys_make_a_long_call_a_good_one(self, flows: Flows) -> None:
        caller = FakeCaller(typed="3" * (MAX_SILENT_VISITS + 10))
        result, _ = await told(flows, caller)
        assert caller.variables["tries"] == MAX_SILENT_VISITS + 10
        assert result.outcome == "hung_up"

    async def test_flows_inside_flows_end(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: a\nnodes:\n"
            "  a: {kind: flow, flow: main, next: b}\n"
            "  b: {kind: set, values: {x: 1}, next: end}\n",
        )
        result, visits = await told(flows, FakeCaller())
        assert len(visits) == MAX_DEPTH + 1
        assert result.outcome == "failed"

    async def test_going_to_another_flow_for_good_needs_no_depth(self, tmp_path: Path) -> None:
        ring = "languages: [en]\nstart: a\nnodes:\n  a: {kind: flow, flow: main, next: end}\n"
        flows = load(tmp_path, main=ring)
        result, visits = await told(flows, FakeCaller())
        assert len(visits) == MAX_SILENT_VISITS + 1
        assert result.outcome == "failed"


class TestHangUp:
    """The caller may go at any time."""

    async def test_it_passes_through_and_on_hangup_follows(self, flows: Flows) -> None:
        caller, visits = FakeCaller("3", HANG_UP), list[NodeVisit]()
        position = flows.start("main", caller.variables)
        with pytest.raises(CallerGone):
            await run_flow(flows, position, caller, on_visit=visits.append)
        assert steps(visits) == ["hi/next", "ask/3", "count/next"]
        await run_on_hangup(flows, visits[-1].position, caller, on_visit=visits.append)
        assert steps(visits)[3:] == ["ask/hang_up", "note_it/next"]
        assert (caller.variables["left"], caller.variables["tries"]) == (True, 1)
        assert caller.ended == "", "there is nothing left to hang up"

    async def test_without_on_hangup_only_the_place_is_told(self, flows: Flows) -> None:
        visits: list[NodeVisit] = []
        position = flows.start("survey", {})
        await run_on_hangup(flows, position, FakeCaller(), on_visit=visits.append)
        assert steps(visits) == ["stars/hang_up"]
        await run_on_hangup(flows, visits[-1].position, FakeCaller(), on_visit=visits.append)
        assert len(visits) == 1, "a flow that is over has no place"

    @pytest.mark.parametrize(
        ("own", "followed"),
        [("", ["late/next"]), (", on_hangup: early", ["early/next"]), (", on_hangup: end", [])],
        ids=["the flow's", "its own", "none"],
    )
    async def test_a_node_may_have_its_own(
        self, tmp_path: Path, own: str, followed: list[str]
    ) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: ask\non_hangup: late\nnodes:\n"
            f"  ask: {{kind: menu, prompt: menu, choices: {{1: told}}, otherwise: end{own}}}\n"
            "  told: {kind: say, prompt: hello, next: early}\n"
            "  early: {kind: log, event: early, next: end}\n"
            "  late: {kind: log, event: late, next: end}\n",
        )
        visits: list[NodeVisit] = []
        await run_on_hangup(flows, flows.start("main", {}), _gone(), on_visit=visits.append)
        assert steps(visits) == ["ask/hang_up", *followed]

    async def test_nobody_is_spoken_to_afterwards(self, tmp_path: Path) -> None:
        flows = load(
            tmp_path,
            main="languages: [en]\nstart: b\non_hangup: a\nnodes:\n"
            "  a: {kind: say, prompt: hello, next: b}\n"
            "  b: {kind: set, values: {x: 1}, next: end}\n",
        )
        visits: list[NodeVisit] = []
        caller = _gone()
        await run_on_hangup(flows, flows.start("main", {}), caller, on_visit=visits.append)
        assert steps(visits) == ["b/hang_up"]
        assert "x" not in caller.variables


def _gone() -> FakeCaller:
    class Gone(FakeCaller):
        async def answer(self) -> None:
            raise CallerGone

        async def play(self, prompts: Any, *, stop_on_digit: bool) -> None:
            raise CallerGone

    return Gone()


async def test_a_caller_who_hangs_up_is_never_an_error(
    flows: Flows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the call is asked for anything, the caller may be gone."""
    asked: list[str] = []

    def gone(name: str) -> Callable[..., Any]:
        async def method(self: FakeCaller, *_: Any, **__: Any) -> None:
            asked.append(name)
            raise CallerGone

        return method

    for name in ("answer", "play", "digits", "wait_in_queue", "transfer", "hang_up"):
        with monkeypatch.context() as patched:
            patched.setattr(FakeCaller, name, gone(name))
            caller = FakeCaller("1", queue=[FlowedOut("full")], transfers=[TransferOutcome.BUSY])
            with pytest.raises(CallerGone):
                await told(flows, caller)
    assert asked == ["answer", "play", "digits", "wait_in_queue", "transfer", "hang_up"]


def test_prompt_names_know_their_language() -> None:
    assert (PromptName("hello@es").text, PromptName("hello@es").language) == ("hello", "es")
    assert (PromptName("hello").text, PromptName("hello").language) == ("hello", "")
