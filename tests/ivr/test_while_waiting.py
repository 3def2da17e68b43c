"""A flow beside a wait: over and over, with the caller's place in view, until it gives that up."""

import asyncio
from pathlib import Path

import pytest

from ivr.engine import NodeVisit, run_flow, run_while_waiting
from ivr.flow import Flows
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import load, mistakes
from tests.virtual_time import in_virtual_time

MAIN = """\
languages: [en]
start: pay
nodes:
  pay: {kind: queue, queue: billing, waiting: beside, next: end, otherwise: end}
"""
BESIDE = """\
languages: [en]
start: place
nodes:
  place:
    kind: branch
    cases: [{when: queue.position == 1, then: rest}]
    otherwise: told
  told: {kind: say, prompt: hello, next: rest}
  rest: {kind: wait, seconds: 30, next: ask}
  ask: {kind: menu, prompt: menu, attempts: 1, choices: {9: away}, otherwise: end}
  away: {kind: leave_queue, reason: callback}
"""


@pytest.fixture
def flows(tmp_path: Path) -> Flows:
    return load(tmp_path, main=MAIN, beside=BESIDE)


async def test_the_queue_node_names_it(flows: Flows) -> None:
    caller = FakeCaller()
    await run_flow(flows, flows.start("main", {}), caller, on_visit=lambda _: None)
    ((_, treatment),) = caller.requests
    assert treatment.flow == "beside"


@in_virtual_time
async def test_it_begins_again_until_a_key_gives_up_the_place(flows: Flows) -> None:
    caller = FakeCaller("", "9")
    caller.stands = {"position": 2}
    visits: list[NodeVisit] = []
    reason = await run_while_waiting(flows, "beside", caller, on_visit=visits.append)
    assert reason == "callback"
    assert caller.heard == ["hello", "menu", "hello", "menu"]
    assert all(visit.aside for visit in visits)
    assert caller.variables["queue"] == {"position": 2}


@in_virtual_time
async def test_the_place_is_looked_at_before_each_node(flows: Flows) -> None:
    caller = FakeCaller()
    caller.stands = {"position": 2}
    waiting = asyncio.create_task(
        run_while_waiting(flows, "beside", caller, on_visit=lambda _: None)
    )
    await asyncio.sleep(10)
    caller.stands = {"position": 1}
    await asyncio.sleep(100)
    waiting.cancel()
    assert caller.heard == ["hello", "menu", "menu", "menu"]


@in_virtual_time
@pytest.mark.parametrize(
    "broken",
    [
        "languages: [en]\nstart: a\nnodes:\n  a: {kind: set, values: {x: 1}, next: end}\n",
        "languages: [en]\nstart: a\nnodes:\n"
        "  a: {kind: collect, prompt: menu, into: x, max_digits: 1, next: b, otherwise: b}\n"
        '  b: {kind: loop, counter: n, times: "{{ x.y.z + 1 }}", again: a, next: end}\n',
    ],
    ids=["does nothing", "fails"],
)
async def test_a_flow_of_no_use_costs_nothing_and_ends_nothing(tmp_path: Path, broken: str) -> None:
    flows = load(tmp_path, main=MAIN, beside=broken)
    visits: list[NodeVisit] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(60):
            await run_while_waiting(flows, "beside", FakeCaller(), on_visit=visits.append)
    assert 0 < len(visits) <= 61


@pytest.mark.parametrize(
    ("flow", "old", "new", "said"),
    [
        ("beside", "reason: callback}", "reason: bored}", "away.reason: should be 'key', "),
        (
            "beside",
            "{kind: leave_queue, reason: callback}",
            "{kind: hang_up}",
            "away: no `hang_up` while the caller waits; use leave_queue and do it afterwards",
        ),
        ("main", "waiting: beside", "waiting: besid", "there is no flow 'besid'"),
        ("main", "waiting: beside, ", "", "`leave_queue` is for flows that a queue node's"),
        ("main", "waiting: beside", "waiting: beside, comfort: hello", "would talk at once"),
    ],
)
def test_what_does_not_fit_is_told(
    tmp_path: Path, flow: str, old: str, new: str, said: str
) -> None:
    texts = {"main": MAIN, "beside": BESIDE}
    texts[flow] = texts[flow].replace(old, new)
    told = mistakes(tmp_path, main=texts["main"], beside=texts["beside"])
    assert any(said in line for line in told), told


def test_nodes_of_an_entered_flow_must_fit_too(tmp_path: Path) -> None:
    beside = BESIDE.replace("{kind: leave_queue, reason: callback}", "{kind: goto, flow: other}")
    other = "languages: [en]\nstart: a\nnodes:\n  a: {kind: hang_up, prompt: bye}\n"
    (line,) = mistakes(tmp_path, main=MAIN, beside=beside, other=other)
    assert line.startswith("other.yaml:4: nodes.a: no `hang_up` while the caller waits")


@in_virtual_time
async def test_what_does_not_go_with_waiting_is_a_fault_there(flows: Flows) -> None:
    """The loader refuses it; a flow that leads here by its name alone must not queue twice."""
    visits: list[NodeVisit] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10):
            await run_while_waiting(flows, "main", FakeCaller(), on_visit=visits.append)
    assert [(visit.node, visit.outcome) for visit in visits] == [("pay", "error")]
