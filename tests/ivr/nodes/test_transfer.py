"""transfer: each way in which dialling can end has its way on."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from ivr.caller import TransferOutcome
from ivr.node import FlowFault, Sound
from ivr.nodes.transfer import Transfer
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import mistakes

TRANSFER = Transfer.model_validate(
    {"to": "200{{ desk }}", "busy": "later", "otherwise": "voicemail"}
)


@pytest.mark.parametrize(
    ("outcome", "left_by", "target"),
    [
        (TransferOutcome.ANSWERED, "next", "end"),
        (TransferOutcome.BUSY, "busy", "later"),
        (TransferOutcome.NO_ANSWER, "no_answer", "voicemail"),
        (TransferOutcome.FAILED, "failed", "voicemail"),
    ],
)
async def test_the_outcome_chooses_the_way(
    outcome: TransferOutcome, left_by: str, target: str
) -> None:
    caller = FakeCaller(transfers=[outcome], desk=3)
    left = await TRANSFER.run(caller)
    assert caller.did == ["transfer 2003"]
    assert (left.outcome, left.target) == (left_by, target)
    assert left.heard == (outcome is TransferOutcome.ANSWERED)


async def test_every_outcome_may_have_a_node_of_its_own() -> None:
    transfer = Transfer.model_validate(
        {"to": 1002, "no_answer": "a", "failed": "b", "next": "c", "otherwise": "d"}
    )
    outcomes = [TransferOutcome.NO_ANSWER, TransferOutcome.FAILED, TransferOutcome.ANSWERED]
    caller = FakeCaller(transfers=[*outcomes, TransferOutcome.BUSY])
    assert [(await transfer.run(caller)).target for _ in range(4)] == ["a", "b", "c", "d"]
    assert caller.did[0] == "transfer 1002"


@pytest.mark.parametrize("field", ["to", "agent"])
async def test_a_target_that_came_out_empty_is_a_fault(field: str) -> None:
    with pytest.raises(FlowFault, match=f"{field}: .* gave nothing"):
        await Transfer.model_validate({field: "{{ nobody }}", "otherwise": "a"}).run(FakeCaller())


async def test_an_agent_is_found_wherever_they_sit() -> None:
    caller = FakeCaller(last={"agent": 101})
    transfer = Transfer.model_validate({"agent": "{{ last.agent }}", "otherwise": "a"})
    assert (await transfer.run(caller)).target == "end"
    assert caller.did == ["transfer to agent 101"]


@pytest.mark.parametrize("given", [{}, {"to": "1", "agent": "2"}])
def test_there_is_one_target(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either `to` or `agent`"):
        Transfer.model_validate({**given, "otherwise": "a"})


def test_an_unanswered_call_is_answered_by_the_target() -> None:
    assert TRANSFER.sound() is Sound.NONE


FLOW = """\
languages: [en]
start: a
nodes:
  a: {kind: transfer, %s, otherwise: end}
"""


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("to: 2003", ""),
        ('to: "200{{ 1 + 2 }}"', ""),
        ("agent: 101", ""),
        ("to: 2004", "nodes.a.to: '2004' leads nowhere"),
        ("agent: 110", "nodes.a.agent: there is no agent '110'; did you mean '101'"),
    ],
)
def test_who_is_dialled_for_every_call_must_be_there(
    target: str, said: str, tmp_path: Path
) -> None:
    told = mistakes(
        tmp_path, leads=lambda number: number == "2003", agents=["101"], a=FLOW % target
    )
    assert [said in line for line in told] == ([True] if said else [])
    assert mistakes(tmp_path, a=FLOW % target) == [], "nobody knows: nothing is told"
