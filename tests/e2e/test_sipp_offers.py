"""Ring groups, the key that accepts, and call-backs, with SIPp as callers, customers and agents."""

from pathlib import Path

import pytest

from events.callbacks import CallBackEnd, CallBackEnded
from events.calls import CallEnded
from events.queues import CallQueued, OfferClosed, OfferOutcome, OfferPickedUp, QueueAnswered
from tests.e2e.agents_at import Stage
from tests.e2e.event_stream import EventStream
from tests.e2e.test_sipp_agents import agent_phone, patient_caller
from tests.rig.centre import Centre
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun

pytestmark = pytest.mark.sipp

BACK = """\
languages: [en]
start: back
nodes:
  back:
    kind: callback
    queue: support
    languages: []
    number_is: please_wait
    confirm: thanks
    enter: not_heard
    next: bye
    otherwise: bye
  bye: {kind: hang_up}
"""


async def test_the_first_phone_of_a_group_has_the_call(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    slow, fast = stage.phone("2002"), stage.phone("2004")
    group = {"queues": {"support": {"ring_at_once": 2}}}
    async with (
        agent_phone(slow, tmp_path, "uas_agent_never_answers") as budi,
        agent_phone(fast, tmp_path, "uas_agent_hangs_up") as diego,
        Centre(tmp_path, changes=stage.changes(group)) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path) as customer,
    ):
        assert (await events.expect(QueueAnswered)).agent == "104"
        assert (await events.expect(OfferClosed, agent="102")).outcome is OfferOutcome.WITHDRAWN
        for party in (budi, diego, customer):
            await party.finish()


async def test_a_phone_that_presses_no_key_gets_no_caller(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    machine = stage.phone("2002")
    wishes = {"queues": {"support": {"accept_key": "1", "accept_s": 0.5}}}
    async with (
        agent_phone(machine, tmp_path, "uas_agent_answers"),
        Centre(tmp_path, changes=stage.changes(wishes)) as centre,
        EventStream(centre) as events,
        patient_caller(centre, tmp_path),
    ):
        await events.expect(OfferPickedUp)
        closed = await events.expect(OfferClosed, agent="102")
        assert closed.outcome is OfferOutcome.NO_ANSWER


async def test_a_customer_is_called_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    agent, customer_port = stage.phone("2002"), free_ports(2)
    stage.flow("1090", queue="support")  # makes the folder of flows
    flows = Path(stage.changes()["flows"])
    (flows / "back.yaml").write_text(BACK)
    numbers = [
        {"dial": "1091", "flow": "back"},
        {"dial": "9X.", "trunk": "loopback", "strip": 1, "allow": ["called"]},
    ]
    changes = stage.changes(
        {
            "calls": {"callback": {"permissions": "called", "prefix": "9"}},
            "phones": {"2009": {"permissions": "called"}},
            "trunks": {"loopback": {"gateway": f"sip:127.0.0.1:{customer_port}"}},
            "queues": {"support": {"wrap_up_s": 0}},
            "numbers": numbers,
        }
    )
    async with (
        agent_phone(agent, tmp_path, "uas_agent_answers") as budi,
        agent_phone(customer_port, tmp_path, "uas_agent_hangs_up") as customer,
        Centre(tmp_path, changes=changes) as centre,
        EventStream(centre) as events,
        SippRun(
            "uac_menu_keys",
            folder=tmp_path,
            remote=centre.sip,
            pause_ms=3000,
            keys={"number": "1091", "caller": "5551234"},
            presses=[(500, "1")],
        ),
    ):
        queued = await events.expect(CallQueued)
        assert queued.queue == "support"
        assert (await events.expect(CallBackEnded)).outcome is CallBackEnd.REACHED
        assert (await events.expect(QueueAnswered)).agent == "102"
        await events.expect(CallEnded, call=queued.call)
        await budi.finish()
        await customer.finish()
