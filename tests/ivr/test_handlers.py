"""`on_error` and `on_hangup` of flows inside flows: the nearest one takes over."""

import json
from pathlib import Path

import pytest

from ivr.caller import CallerGone
from ivr.engine import MAX_SILENT_VISITS, FlowResult, NodeVisit, run_flow, run_on_hangup
from ivr.flow import Flows
from ivr.position import Position
from ivr.rehearsal.coverage import Coverage
from ivr.rehearsal.script import FlowTest
from ivr.rehearsal.testing import run_test
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.flow_files import load

MORE = {
    "mend": "{kind: set, values: {mended: true}, next: bye}",
    "bye": "{kind: hang_up, prompt: bye}",
    "sorry": "{kind: hang_up, prompt: hello, cause: failed}",
    "note": "{kind: log, event: note, next: end}",
}
FAILS = "kind: set, values: {x: '{{ 1 // 0 }}'}, next: end"
ASKS = "kind: menu, prompt: menu, choices: {1: end}, otherwise: end"


def flow(name: str, node: str, *top: str) -> str:
    """A flow that starts with the node `name`, and has those of MORE that are led to."""
    lines = ["languages: [en]", f"start: {name}", *top, "nodes:", f"  {name}: {{{node}}}"]
    for each, written in MORE.items():
        if any(f": {each}" in line for line in lines):
            lines.append(f"  {each}: {written}")
    return "\n".join(lines) + "\n"


def enters(name: str, following: str = "end", own: str = "") -> str:
    return f"kind: flow, flow: {name}, next: {following}{own and ', ' + own}"


async def told(flows: Flows, caller: FakeCaller) -> tuple[FlowResult | None, list[str]]:
    """How a call through `outer` went, and "node/outcome" for each visit."""
    visits: list[NodeVisit] = []
    result = None
    position = flows.start("outer", caller.variables)
    try:
        result = await run_flow(flows, position, caller, on_visit=visits.append)
    except CallerGone:
        last = visits[-1].position if visits else position
        await run_on_hangup(flows, last, caller, on_visit=visits.append)
    return result, [f"{visit.node}/{visit.outcome}" for visit in visits]


NESTED = ["outer/next", "middle/next", "inner/error"]
TOP = "on_error: sorry"
OWN = "on_error: mend"
ENDS = "on_error: end"
MENDED = ["mend/next", "bye/hung_up"]


@pytest.mark.parametrize(
    ("outer", "middle", "inner", "follows"),
    [
        ((enters("middle", "bye"), TOP), (enters("inner"),), (FAILS,), ["sorry/hung_up"]),
        ((enters("middle"), TOP), (enters("inner"),), (FAILS,), ["sorry/hung_up"]),
        ((enters("middle", "bye", OWN), TOP), (enters("inner"),), (FAILS,), MENDED),
        ((enters("middle", own=OWN), TOP), (enters("inner"),), (FAILS,), MENDED),
        ((enters("middle"), TOP), (enters("inner", own=OWN),), (FAILS,), MENDED),
        ((enters("middle", "bye", OWN),), (enters("inner"), TOP), (FAILS,), ["sorry/hung_up"]),
        ((enters("middle", "bye", OWN),), (enters("inner"),), (FAILS, TOP), ["sorry/hung_up"]),
        ((enters("middle", "bye"), TOP), (enters("inner", own=ENDS),), (FAILS,), ["bye/hung_up"]),
        ((enters("middle", "bye"), TOP), (enters("inner"), ENDS), (FAILS,), []),
        ((enters("middle"), TOP), ("kind: goto, flow: inner", OWN), (FAILS,), ["sorry/hung_up"]),
        ((enters("middle"),), (enters("inner"),), (FAILS,), []),
    ],
    ids=[
        "the outermost flow's",
        "though nothing follows",
        "the entering node's before its flow's",
        "though nothing follows it",
        "the nearer node's",
        "the nearer flow's",
        "the flow's own",
        "a node's `end` goes on outside",
        "a flow's `end` ends the call",
        "`goto` leaves its flow's behind",
        "nobody's",
    ],
)  # fmt: skip
async def test_a_failure_goes_to_the_nearest_on_error(
    tmp_path: Path,
    outer: tuple[str, ...],
    middle: tuple[str, ...],
    inner: tuple[str, ...],
    follows: list[str],
) -> None:
    flows = load(
        tmp_path,
        outer=flow("outer", *outer),
        middle=flow("middle", *middle),
        inner=flow("inner", *inner),
    )
    caller = FakeCaller()
    _, steps = await told(flows, caller)
    assert steps == [*NESTED, *follows]
    assert caller.variables["error"]["flow"] == "inner"
    assert caller.variables.get("mended", False) == (follows == MENDED)


@pytest.mark.parametrize(
    ("outer", "inner", "follows"),
    [
        ((enters("inner", "bye"), "on_hangup: note"), (ASKS,), ["note/next"]),
        ((enters("inner"), "on_hangup: note"), (ASKS,), ["note/next"]),
        ((enters("inner", own="on_hangup: note"),), (ASKS,), ["note/next"]),
        ((enters("inner"), "on_hangup: note"), (ASKS, "on_hangup: end"), []),
        ((enters("inner", own="on_hangup: end"), "on_hangup: note"), (ASKS,), []),
    ],
    ids=["the flow's", "though nothing follows", "the node's", "none inside", "none at the node"],
)
async def test_a_hang_up_goes_to_the_nearest_on_hangup(
    tmp_path: Path, outer: tuple[str, ...], inner: tuple[str, ...], follows: list[str]
) -> None:
    flows = load(tmp_path, outer=flow("outer", *outer), inner=flow("inner", *inner))
    _, steps = await told(flows, FakeCaller(HANG_UP))
    assert steps == ["outer/next", "inner/hang_up", *follows]


async def test_who_hangs_up_while_an_on_error_runs_is_noted_as_well(tmp_path: Path) -> None:
    inner = flow("inner", FAILS, "on_error: ask") + f"  ask: {{{ASKS}}}\n"
    outer = flow("outer", enters("inner", "bye"), "on_hangup: note")
    _, steps = await told(load(tmp_path, outer=outer, inner=inner), FakeCaller(HANG_UP))
    assert steps == ["outer/next", "inner/error", "ask/hang_up", "note/next"]


async def test_who_hangs_up_just_after_a_flow_came_back_is_in_the_outer_one(tmp_path: Path) -> None:
    outer = flow("outer", enters("inner", "ask"), "on_hangup: note") + f"  ask: {{{ASKS}}}\n"
    inner = flow("inner", "kind: set, values: {x: 1}, next: end")
    _, steps = await told(load(tmp_path, outer=outer, inner=inner), FakeCaller(HANG_UP))
    assert steps == ["outer/next", "inner/next", "ask/hang_up", "note/next"]


async def test_an_inherited_on_error_runs_once(tmp_path: Path) -> None:
    outer = flow("outer", enters("inner", "bye"), "on_error: again")
    outer += "  again: {kind: flow, flow: inner, next: bye}\n"
    result, steps = await told(
        load(tmp_path, outer=outer, inner=flow("inner", FAILS)), FakeCaller()
    )
    assert steps == ["outer/next", "inner/error", "again/next", "inner/error"]
    assert result == FlowResult("failed", contained=False)


async def test_flows_that_lead_to_one_another_for_hours_keep_what_they_need(tmp_path: Path) -> None:
    """Each stays for its `on_error`, once, however often the caller came by."""
    ask = "kind: menu, prompt: menu, choices: {1: on}, otherwise: end"
    texts = {
        name: flow(name, ask, "on_error: sorry")
        + f"  on: {{kind: flow, flow: {following}, next: end}}\n"
        for name, following in {"outer": "middle", "middle": "outer"}.items()
    }
    visits: list[NodeVisit] = []
    flows = load(tmp_path, outer=texts["outer"], middle=texts["middle"])
    caller = FakeCaller(typed="1" * 100)
    await run_flow(flows, flows.start("outer", {}), caller, on_visit=visits.append)
    assert len(visits) > 200
    assert max(len(visit.position.stack) for visit in visits) == 2


async def test_a_circle_through_an_entering_nodes_own_on_error_ends(tmp_path: Path) -> None:
    outer = flow("outer", enters("inner", own="on_error: outer"))
    result, steps = await told(
        load(tmp_path, outer=outer, inner=flow("inner", FAILS)), FakeCaller()
    )
    assert result == FlowResult("failed", contained=False)
    assert len(steps) <= MAX_SILENT_VISITS + 1


async def test_after_a_restart_the_same_handler_takes_over(tmp_path: Path) -> None:
    outer = flow("outer", enters("inner", own=OWN), TOP)
    flows = load(tmp_path, outer=outer, inner=flow("inner", FAILS))
    visits: list[NodeVisit] = []
    await run_flow(flows, flows.start("outer", {}), FakeCaller(), on_visit=visits.append)
    inside = Position.from_json(json.loads(json.dumps(visits[0].position.to_json())))
    later: list[NodeVisit] = []
    await run_flow(flows, inside, FakeCaller(), on_visit=later.append)
    assert [visit.node for visit in later] == ["inner", "mend", "bye"]


def test_positions_of_older_logs_are_read(tmp_path: Path) -> None:
    flows = load(tmp_path, outer=flow("outer", enters("inner", "bye")), inner=flow("inner", ASKS))
    written = flows.start("inner", {}).to_json() | {"stack": [["outer", "v", "bye"]]}
    (back,) = Position.from_json(written).stack
    assert (back.flow, back.node, back.left_at) == ("outer", "bye", "")


@pytest.mark.parametrize(
    ("node", "when", "handler"),
    [(FAILS, [], "on_error"), (ASKS, ["hang up"], "on_hangup")],
)
def test_a_rehearsal_counts_the_way_of_the_node_that_took_over(
    tmp_path: Path, node: str, when: list[str], handler: str
) -> None:
    outer = flow("outer", enters("inner", own=f"{handler}: note"))
    flows = load(tmp_path, outer=outer, inner=flow("inner", node))
    coverage = Coverage(flows)
    test = {"when": when, "expect": {"nodes": ["outer", "inner", "note"]}}
    told_apart = run_test(flows, "outer", FlowTest.model_validate(test), coverage)
    assert [line for line in told_apart if "division" not in line] == []
    assert coverage.unvisited("outer") == []
    assert coverage.walked["outer"].taken["outer", "note"] == 1


@pytest.mark.parametrize(
    ("outer", "middle", "inner", "warned"),
    [
        ((enters("middle"),), (enters("inner"),), (ASKS,), ["middle", "outer"]),
        ((enters("middle"), TOP), (enters("inner"),), (ASKS,), []),
        ((enters("middle", own=OWN),), (enters("inner"),), (ASKS,), []),
        ((enters("middle"),), (enters("inner", own=OWN),), (ASKS,), ["outer"]),
        ((enters("middle"),), (enters("inner"), TOP), (ASKS,), []),
        ((enters("middle"),), (enters("inner"),), (ASKS, TOP), ["outer"]),
        (("kind: goto, flow: middle", TOP), (enters("inner"),), (ASKS,), ["middle"]),
    ],
)
def test_check_warns_where_nobody_catches(
    tmp_path: Path,
    outer: tuple[str, ...],
    middle: tuple[str, ...],
    inner: tuple[str, ...],
    warned: list[str],
) -> None:
    flows = load(
        tmp_path,
        outer=flow("outer", *outer),
        middle=flow("middle", *middle),
        inner=flow("inner", *inner),
    )
    said = [warning for warning in flows.warnings if "without a word" in warning.text]
    assert [Path(warning.file).stem for warning in said] == warned
    assert all(warning.line > 1 and warning.path.startswith("nodes.") for warning in said)
