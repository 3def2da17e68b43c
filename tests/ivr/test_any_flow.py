"""Whatever flow is written and whatever a caller does: a word about it, or an end of the call."""

import json
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.caller import (
    CallerGone,
    FlowedOut,
    QueueOutcome,
    Served,
    TransferOutcome,
)
from ivr.engine import MAX_DEPTH, MAX_SILENT_VISITS, NodeVisit, run_flow, run_on_hangup
from ivr.fetching import FetchFailed, HttpAnswer
from ivr.flow import Flows
from ivr.kinds import node_kinds
from ivr.loader import FlowErrors
from ivr.position import Position
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.fake_world import FakeWorld
from tests.ivr.flow_files import load
from tests.ivr.flows_by_chance import (
    ENTRY,
    PROMPT,
    RIGHT_FLOW,
    RIGHT_NODE,
    WRITTEN,
    as_flows,
    fields,
)
from tests.virtual_time import run

ANSWERS = st.lists(
    st.sampled_from(
        [HttpAnswer(200, {"z": 1}), HttpAnswer(200, [1]), HttpAnswer(404), HttpAnswer(500),
         FetchFailed("timeout", "no answer")]
    ),
    max_size=5,
)  # fmt: skip
NEAR = st.sampled_from(["a", "b", "end"])
PLAIN_NODE = st.one_of(
    fields("say", prompt=PROMPT, next=NEAR),
    fields("menu", prompt=PROMPT, choices=st.fixed_dictionaries({"1": NEAR}), otherwise=NEAR),
    fields("goto", flow=st.just("end_of_all")),
    fields("hang_up"),
)
KEYS = st.lists(st.sampled_from(["", "1", "2#", "9", "*", "12345", HANG_UP]), max_size=12)
QUEUE = st.lists(st.sampled_from([Served(), FlowedOut("full"), FlowedOut("nobody")]), max_size=5)
TRANSFERS = st.lists(st.sampled_from(TransferOutcome), max_size=5)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "end", "{{ 1", "", "main"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "prompt", "next", "cases", "1", ""]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
WRONG_NODE = st.fixed_dictionaries(
    {"kind": st.sampled_from([*node_kinds(), "sai", "", 3])},
    optional={
        name: ANYTHING
        for kind in node_kinds().values()
        for name in kind.model_fields
        if name != "kind"
    },
)


MAX_VISITS = 20_000


async def call(flows: Flows, caller: FakeCaller) -> None:
    """One whole call; what must hold for every flow and caller."""
    visits: list[NodeVisit] = []
    position = flows.start("main", caller.variables)
    try:
        await run_flow(flows, position, caller, on_visit=visits.append)
        assert caller.ended, "our side has ended the call"
    except CallerGone:
        assert not caller.ended
        last = visits[-1].position if visits else position
        await run_on_hangup(flows, last, caller, on_visit=visits.append)
    assert len(visits) < MAX_VISITS
    for visit in visits:
        written = visit.position.to_json()
        assert Position.from_json(json.loads(json.dumps(written))).to_json() == written
        stack = visit.position.stack
        assert sum(bool(frame.node) for frame in stack) <= MAX_DEPTH
        nodes = sum(len(flow.nodes) for flow in flows.current.values())
        assert len(stack) <= MAX_DEPTH + (MAX_DEPTH + 1) * nodes


@settings(max_examples=150, deadline=None)
@given(RIGHT_FLOW, KEYS, QUEUE, TRANSFERS, ANSWERS, st.floats(0, 1, exclude_max=True))
def test_every_call_in_every_flow_comes_to_an_end(
    written: dict[str, Any],
    keys: list[str],
    queue: list[QueueOutcome],
    transfers: list[TransferOutcome],
    answers: list[HttpAnswer | FetchFailed],
    lots: float,
) -> None:
    queue = [*queue, *[FlowedOut("nobody")] * MAX_SILENT_VISITS * 2]
    transfers = [*transfers, *[TransferOutcome.FAILED] * MAX_SILENT_VISITS * 2]
    world = FakeWorld(lots=lots, answers=answers, customers={"1": {"number": "1"}})
    caller = FakeCaller(*keys, queue=queue, transfers=transfers, world=world)
    run(call(as_flows(main=written), caller))


def test_flows_are_made_of_every_kind_of_node() -> None:
    assert set(node_kinds()) == WRITTEN


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({"a": PLAIN_NODE}, optional={"b": PLAIN_NODE}))
def test_a_flow_that_is_accepted_never_keeps_a_silent_caller_in_circles(
    nodes: dict[str, dict[str, Any]],
) -> None:
    written = {"languages": ["en", "es"], "start": "a", "nodes": nodes}
    end = {"languages": ["en"], "start": "bye", "nodes": {"bye": {"kind": "hang_up"}}}
    with tempfile.TemporaryDirectory() as folder:
        try:
            flows = load(Path(folder), main=yaml.safe_dump(written), end_of_all=yaml.safe_dump(end))
        except FlowErrors:
            return
    visits: list[NodeVisit] = []
    caller = FakeCaller()
    run(run_flow(flows, flows.start("main", {}), caller, on_visit=visits.append))
    assert len(visits) <= len(nodes) + 1
    assert caller.ended == "normal"


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(
        {"nodes": st.dictionaries(ENTRY, WRONG_NODE | RIGHT_NODE | ANYTHING, max_size=3)},
        optional={"start": ENTRY, "languages": ANYTHING, "on_error": ANYTHING, "more": ANYTHING},
    )
    | ANYTHING
    | RIGHT_FLOW
)
def test_every_file_is_a_flow_or_a_list_of_mistakes(written: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            flows = load(Path(folder), main=yaml.safe_dump(written))
        except FlowErrors as error:
            said = str(error).splitlines()
            flows = None
    if flows is None:
        assert said
        assert all(line.startswith(f"{folder}/main.yaml:") for line in said)
    else:
        nobody = [FlowedOut("nobody")] * MAX_SILENT_VISITS * 2  # who talks is no silent caller
        unreached = [TransferOutcome.FAILED] * MAX_SILENT_VISITS * 2
        run(call(flows, FakeCaller("1", "2", "1", queue=nobody, transfers=unreached)))
