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
from ivr.flow import Flow, Flows
from ivr.kinds import node_kinds
from ivr.loader import FlowErrors
from ivr.names import NodeName
from ivr.placing import Surroundings
from ivr.position import Position
from ivr.yaml_lines import Place
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.fake_world import FakeWorld
from tests.ivr.flow_files import load
from tests.virtual_time import run

NODES = ["a", "b", "c", "d"]
NODE = st.sampled_from([*NODES, "end"])
PROMPT = st.sampled_from(["hello", "menu"])
VALUE = st.sampled_from(["text", "{{ x }}", "{{ x + 1 }}", "{{ x ~ x }}", 7, True, None])


WRITTEN: set[str] = set()
"""Kinds of nodes that these flows are made of."""


def fields(kind: str, **rest: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    WRITTEN.add(kind)
    return st.fixed_dictionaries({"kind": st.just(kind), **rest}, optional={"on_error": NODE})


RIGHT_NODE = st.one_of(
    fields("say", prompt=PROMPT, next=NODE),
    fields(
        "menu",
        prompt=PROMPT,
        choices=st.dictionaries(st.sampled_from("12*"), NODE, min_size=1),
        otherwise=NODE,
    ),
    fields(
        "collect",
        prompt=PROMPT,
        into=st.just("x"),
        max_digits=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields("language", language=st.sampled_from(["en", "es"]), next=NODE),
    fields("set", values=st.dictionaries(st.sampled_from("xyz"), VALUE, min_size=1), next=NODE),
    fields(
        "branch",
        cases=st.lists(
            st.fixed_dictionaries(
                {"when": st.sampled_from(["x", "x > 3", "y == 'a'"]), "then": NODE}
            ),
            min_size=1,
            max_size=2,
        ),
        otherwise=NODE,
    ),
    fields(
        "queue",
        queue=st.just("sales"),
        priority=st.sampled_from([3, "{{ x }}"]),
        next=NODE,
        otherwise=NODE,
    ),
    fields("transfer", to=st.sampled_from([2001, "{{ x }}"]), next=NODE, otherwise=NODE),
    fields("transfer", agent=st.sampled_from([101, "{{ x }}"]), next=NODE, otherwise=NODE),
    fields(
        "record",
        do=st.sampled_from(["announce", "consent", "refuse", "start", "stop", "pause", "resume"]),
        prompt=PROMPT,
        next=NODE,
    ),
    fields(
        "secure",
        prompt=PROMPT,
        into=st.just("card"),
        max_digits=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "authenticate",
        prompt=PROMPT,
        who=st.just("1"),
        table=st.just("t.csv"),
        column=st.just("k"),
        pin_column=st.just("v"),
        lock_after=st.integers(1, 4),
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "callback",
        queue=st.just("sales"),
        number=st.sampled_from(["62811", "{{ x }}"]),
        number_is=PROMPT,
        confirm=PROMPT,
        enter=PROMPT,
        next=NODE,
        otherwise=NODE,
    ),
    fields(
        "voicemail",
        mailbox=st.sampled_from(["support", "{{ x }}"]),
        prompt=PROMPT,
        review=st.sampled_from([None, {"prompt": "hello"}]),
        next=NODE,
        failed=NODE,
    ),
    fields(
        "speech",
        prompt=PROMPT,
        answers=st.fixed_dictionaries(
            {
                "a": st.fixed_dictionaries(
                    {"say": st.just(["yes"]), "key": st.just("1"), "then": NODE}
                )
            }
        ),
        otherwise=NODE,
    ),
    fields("leave_queue", reason=st.sampled_from(["key", "callback", "voicemail"])),
    fields("flow", flow=st.sampled_from(["main", "other"]), next=NODE),
    fields("hang_up", cause=st.sampled_from(["normal", "busy"])),
    fields("answer", next=NODE),
    fields("progress", next=NODE),
    fields("echo", next=NODE),
    fields("ring", next=NODE, seconds=st.sampled_from([0, 30])),
    fields(
        "split",
        shares=st.tuples(NODE, NODE).map(
            lambda ways: [{"percent": 30, "then": ways[0]}, {"percent": 70, "then": ways[1]}]
        ),
    ),
    fields(
        "schedule",
        zone=st.just("Asia/Jakarta"),
        hours=st.sampled_from([{}, {"mon-fri": "08:00-17:00"}]),
        open=NODE,
        closed=NODE,
    ),
    fields(
        "data",
        table=st.just("t.csv"),
        column=st.just("k"),
        key=st.sampled_from(["1", "{{ x }}"]),
        into=st.just({"y": "v"}),
        next=NODE,
        missing=NODE,
    ),
    fields("loop", counter=st.just("n"), times=st.integers(1, 3), again=NODE, next=NODE),
    fields("wait", seconds=st.just(1), prompt=st.sampled_from([None, "hello"]), next=NODE),
    fields("log", event=st.just("e"), values=st.just({"x": "{{ x }}"}), next=NODE),
    fields("identify", number=st.sampled_from(["1", "{{ x }}"]), next=NODE, unknown=NODE),
    fields(
        "http",
        url=st.just("http://h/{{ x }}"),
        filler=st.sampled_from([None, "hello"]),
        into=st.just({"z": "{{ answer.z }}"}),
        next=NODE,
        failed=NODE,
    ),
    fields(
        "survey",
        survey=st.just("s"),
        prompt=PROMPT,
        scale=st.sampled_from(["stars", "nps", "spoken"]),
        next=NODE,
        otherwise=NODE,
    ),
    fields("goto", flow=st.just("main")),
    fields("say", prompt=st.just([{"number": "{{ x }}"}]), next=NODE),
    fields(
        "collect",
        prompt=PROMPT,
        help=PROMPT,
        again=PROMPT,
        into=st.just("x"),
        max_digits=st.integers(1, 4),
        luhn=st.booleans(),
        confirm=st.just({"prompt": ["hello", {"digits": "{{ x }}"}]}),
        next=NODE,
        otherwise=NODE,
    ),
)
ENTRY = st.sampled_from(NODES)
RIGHT_FLOW = st.fixed_dictionaries(
    {
        "languages": st.just(["en", "es"]),
        "start": ENTRY,
        "nodes": st.fixed_dictionaries(dict.fromkeys(NODES, RIGHT_NODE)),
    },
    optional={"on_error": ENTRY, "on_hangup": ENTRY},
)
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


def around() -> Surroundings:
    """What the loader tells a node; there is one table, `t.csv`."""

    def mistake(place: Place, text: str) -> None:
        raise AssertionError(f"{place}: {text}")

    folder = Path(__file__).parent / "tables"
    used: list[bytes] = []
    return Surroundings(folder, NodeName("a"), "9", "*", mistake, used.append)


def as_flows(written: dict[str, Any]) -> Flows:
    """A flow as the loader builds it, but with its dead ends and unreachable nodes left in."""
    nodes = {
        name: node_kinds()[node["kind"]].model_validate(node).placed(around())
        for name, node in written["nodes"].items()
    }
    flow = Flow(
        name="main",
        version="1",
        languages=("en", "es"),
        start=written["start"],
        nodes=nodes,
        on_hangup=written.get("on_hangup"),
        on_error=written.get("on_error"),
    )
    return Flows({"main": flow})


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
        assert len(visit.position.stack) <= MAX_DEPTH


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
    run(call(as_flows(written), caller))


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
        run(call(flows, FakeCaller("1", "2", "1")))
