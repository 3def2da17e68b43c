"""Coverage: every node visited and every way taken counts once or more, others are named."""

from pathlib import Path

from ivr.rehearsal.coverage import Coverage, edges_of
from ivr.rehearsal.script import FlowTest
from ivr.rehearsal.testing import run_test
from tests.ivr.flow_files import load

MAIN = """\
languages: [en]
start: ask
nodes:
  ask: {kind: menu, prompt: menu, choices: {1: more, 2: bye, 3: bye}, otherwise: end}
  more: {kind: flow, flow: other, next: bye}
  bye: {kind: hang_up}
"""
OTHER = """\
languages: [en]
start: hi
nodes:
  hi: {kind: say, prompt: hello, next: end}
"""


def walked(folder: Path, *scripts: dict[str, object]) -> Coverage:
    flows = load(folder, main=MAIN, other=OTHER)
    coverage = Coverage(flows)
    for script in scripts:
        run_test(flows, "main", FlowTest.model_validate({**script, "expect": {}}), coverage)
    return coverage


def test_what_no_call_came_to_is_named(tmp_path: Path) -> None:
    coverage = walked(tmp_path, {"when": [{"press": 2}]})
    assert coverage.unvisited("main") == ["more"]
    assert set(coverage.untaken("main")) == {("ask", "more"), ("ask", "end"), ("more", "bye")}
    assert (coverage.unvisited("other"), coverage.untaken("other")) == (["hi"], [("hi", "end")])


def test_flows_inside_flows_are_followed(tmp_path: Path) -> None:
    coverage = walked(tmp_path, {"when": [{"press": 1}]}, {})
    assert (coverage.unvisited("main"), coverage.untaken("main")) == ([], [("ask", "bye")])
    assert (coverage.unvisited("other"), coverage.untaken("other")) == ([], [])


def test_choices_that_lead_the_same_way_are_one_way(tmp_path: Path) -> None:
    flow = load(tmp_path, main=MAIN, other=OTHER).current["main"]
    ways = [("ask", "bye"), ("ask", "end"), ("ask", "more"), ("more", "bye")]
    assert sorted(edges_of(flow)) == ways


def test_where_callers_give_up_is_counted(tmp_path: Path) -> None:
    coverage = walked(tmp_path, {"when": ["hang up"]}, {"when": ["stay silent", "hang up"]})
    assert coverage.walked["main"].left == {"ask": 2}
    assert coverage.walked["main"].visits == {"ask": 2}
    assert not coverage.walked["main"].taken


def test_what_runs_after_a_hang_up_is_a_way_too(tmp_path: Path) -> None:
    own = MAIN.replace("otherwise: end}", "otherwise: end, on_hangup: bye}")
    flows = load(tmp_path, main=own, other=OTHER)
    coverage = Coverage(flows)
    run_test(flows, "main", FlowTest.model_validate({"when": ["hang up"], "expect": {}}), coverage)
    assert coverage.walked["main"].taken == {("ask", "bye"): 1}
