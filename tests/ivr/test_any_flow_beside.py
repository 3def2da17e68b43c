"""Whatever flow runs beside a wait and whatever its caller does: the wait and the call both end."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.caller import (
    CallerGone,
    FlowedOut,
    QueueOutcome,
    QueueRequest,
    Served,
    TransferOutcome,
    Treatment,
)
from ivr.engine import MAX_SILENT_VISITS, NodeVisit, run_flow, run_on_hangup
from ivr.flow import Flows
from ivr.loader import FlowErrors
from tests.ivr.fake_caller import HANG_UP, FakeCaller
from tests.ivr.flow_files import load
from tests.ivr.flows_by_chance import NODE, PROMPT, RIGHT_FLOW, RIGHT_NODE, as_flows, fields
from tests.virtual_time import run

LONGEST_WAIT_S = 10.0
LAST_FAULTS = 2
"""After the most silent visits: the node that fails for it, and the flow's `on_error` once."""
AGENTS = st.lists(
    st.tuples(
        st.floats(0, LONGEST_WAIT_S),
        st.sampled_from([Served(), FlowedOut("timeout"), FlowedOut("nobody")]),
    ),
    max_size=3,
)
"""How long each wait takes if the caller stays, and how it ends; nobody waits once more."""
KEYS = st.lists(st.sampled_from(["", "1", "2#", "9", "12345", HANG_UP]), max_size=8)

MAIN = """\
languages: [en]
start: pay
nodes:
  pay: {kind: queue, queue: billing, waiting: beside, next: bye, otherwise: sorry}
  bye: {kind: hang_up, prompt: bye}
  sorry: {kind: hang_up, prompt: hello}
"""
WAITING: dict[str, Any] = {
    "kind": "queue",
    "queue": "sales",
    "waiting": "beside",
    "next": "a",
    "flowed_out": {"key": "b"},
    "otherwise": "end",
}
BYE = {"a": {"kind": "hang_up"}, "b": {"kind": "hang_up"}}
CIRCLE = {"a": {"kind": "hang_up", "on_error": "a"}}
BRIEF: list[tuple[float, QueueOutcome]] = [(0.0, Served())]
TELLING = fields("say", prompt=PROMPT, next=NODE)
SHORT_NODE = st.one_of(
    TELLING,
    fields("wait", seconds=st.integers(1, 5), next=st.just("end")),
    fields("menu", prompt=PROMPT, choices=st.fixed_dictionaries({"9": NODE}), otherwise=NODE),
    fields("leave_queue", reason=st.sampled_from(["key", "operator"])),
    fields("hang_up"),
    fields("transfer", to=st.just("2001"), next=NODE, otherwise=NODE),
)


class WaitingCaller(FakeCaller):
    """Waits in earnest: the flow beside it runs, and an agent or the queue's patience ends it."""

    def __init__(self, agents: list[tuple[float, QueueOutcome]], *keys: str) -> None:
        nobody = [TransferOutcome.FAILED] * MAX_SILENT_VISITS * 2  # who talks is no silent caller
        super().__init__(*keys, transfers=nobody)
        self.waits = False
        self._agents = [*agents]

    async def wait_in_queue(self, request: QueueRequest, treatment: Treatment) -> QueueOutcome:
        self.requests.append((request, treatment))
        if not self._agents:
            raise CallerGone
        in_s, outcome = self._agents.pop(0)
        self.waits = True
        self.stands = {"name": request.queue, "position": 1}
        try:
            async with asyncio.timeout(in_s):
                if treatment.flow is None:
                    await asyncio.Event().wait()
                return FlowedOut(await self.meanwhile(str(treatment.flow)))
        except TimeoutError:
            return outcome
        finally:
            self.waits = False

    async def hang_up(self, cause: str = "normal") -> None:
        assert not self.waits, "a call that waits is not ended by a flow beside it"
        await super().hang_up(cause)


async def call(flows: Flows, caller: WaitingCaller) -> list[NodeVisit]:
    """One whole call; its visits."""
    visits: list[NodeVisit] = []

    def visited(visit: NodeVisit) -> None:
        assert visit.aside == caller.waits or not visit.aside, "beside a wait that is over"
        visits.append(visit)

    position = flows.start("main", caller.variables)
    try:
        await run_flow(flows, position, caller, on_visit=visited)
        assert caller.ended, "our side has ended the call"
    except CallerGone:
        last = next((visit.position for visit in reversed(visits) if not visit.aside), position)
        await run_on_hangup(flows, last, caller, on_visit=visited)
    return visits


@settings(max_examples=80, deadline=None)
@given(RIGHT_FLOW, RIGHT_FLOW, AGENTS, KEYS)
@example({"start": "a", "nodes": BYE}, {"start": "a", "on_error": "a", "nodes": CIRCLE}, BRIEF, [])
def test_every_call_that_waits_comes_to_an_end(
    main: dict[str, Any],
    beside: dict[str, Any],
    agents: list[tuple[float, QueueOutcome]],
    keys: list[str],
) -> None:
    main = {**main, "start": "wait", "nodes": {**main["nodes"], "wait": WAITING}}
    caller = WaitingCaller(agents, *keys)
    visits = run(call(as_flows(main=main, beside=beside), caller))
    passes = sum(wait_s for wait_s, _ in agents) + len(caller.requests)
    assert sum(visit.aside for visit in visits) <= passes * (MAX_SILENT_VISITS + LAST_FAULTS)


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries({"a": SHORT_NODE}, optional={"b": SHORT_NODE, "c": RIGHT_NODE}),
    AGENTS,
    KEYS,
)
@example({"a": {"kind": "hang_up"}}, [(5.0, Served())], [])
def test_what_is_accepted_beside_a_wait_fits_it(
    nodes: dict[str, Any], agents: list[tuple[float, QueueOutcome]], keys: list[str]
) -> None:
    beside = {"languages": ["en"], "start": "a", "nodes": nodes}
    with tempfile.TemporaryDirectory() as folder:
        try:
            flows = load(Path(folder), main=MAIN, beside=yaml.safe_dump(beside))
        except FlowErrors:
            return
    visits = run(call(flows, WaitingCaller(agents, *keys)))
    assert not [visit for visit in visits if "not go with waiting" in str(visit.error)]
