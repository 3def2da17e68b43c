"""Lost, doubled and late datagrams on real sockets, with T1 = 50 ms: every call ends as it should.

SIPp is the other side and retransmits on its own; a relay mistreats one chosen datagram.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from events.calls import CallArrived, CallBridged, CallEnded, Outcome, Side
from tests.e2e.event_stream import EventStream
from tests.e2e.relay import Fate, Relay, Trouble
from tests.e2e.script import HOLD, OFFER, Script
from tests.e2e.stage import CALM, at_rest, until_agent
from tests.rig.centre import Centre, merged
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("datagram_loss"),
]

T1_MS = 50
AGENT_PORT = free_ports(2)
"""Where Budi's phone is: the front of a relay."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    own = {
        "sip": {"t1_s": T1_MS / 1000},
        "phones": {"2002": {"contact": f"sip:2002@127.0.0.1:{AGENT_PORT}"}},
    }
    async with Centre(tmp_path_factory.mktemp("loss"), changes=merged(CALM, own)) as served:
        yield served


async def play(
    script: Script, relay: Relay, folder: Path, *, number: str, password: str = ""
) -> None:
    async with SippRun(
        script.write(folder),
        folder=folder,
        remote=f"127.0.0.1:{relay.front_port}",
        keys={"number": number, "caller": "2003" if password else "5551234"},
        rows=[[f"[authentication username=2003 password={password}]"]] if password else (),
    ) as sipp:
        await sipp.finish()


def call(contact: int) -> Script:
    """Dials, holds, resumes, hangs up; reached at the relay, whichever side sends."""
    script = Script("calls", retransmit_ms=T1_MS)
    script.send("INVITE", sdp=OFFER, contact=f"sip:[caller]@127.0.0.1:{contact}")
    script.receive(200, opens=True)
    script.send("ACK")
    script.send("INVITE", sdp=HOLD, contact=f"sip:[caller]@127.0.0.1:{contact}")
    script.receive(200)
    script.send("ACK")
    return script


CALLER: list[tuple[str, Fate, int]] = [
    ("INVITE", "lost", 1),
    ("INVITE", "doubled", 1),
    ("200 INVITE", "lost", 1),
    ("200 INVITE", "doubled", 1),
    ("ACK", "lost", 1),
    ("ACK", "late", 2),
    ("INVITE", "lost", 2),
    ("200 INVITE", "late", 2),
    ("BYE", "lost", 1),
    ("BYE", "doubled", 1),
    ("200 BYE", "lost", 1),
]


@pytest.mark.parametrize(("what", "fate", "nth"), CALLER)
async def test_the_callers_side(
    what: str, fate: Fate, nth: int, centre: Centre, tmp_path: Path
) -> None:
    async with (
        EventStream(centre) as events,
        Relay(to=centre.sip_port, trouble=Trouble(what, fate, nth)) as relay,
    ):
        script = call(relay.back_port)
        script.pause(3 * T1_MS)  # a person talks, and what is late may come
        script.send("BYE")
        script.receive(200)
        await play(script, relay, tmp_path, number="1002")
        ended = await events.expect(CallEnded)
        assert (ended.outcome, ended.hung_up_by) == (Outcome.ABANDONED, Side.CALLER)
        assert len(events.of(CallArrived)) == 1


@pytest.mark.parametrize(("what", "fate"), [("BYE", "lost"), ("200 BYE", "lost")])
async def test_the_centre_hangs_up(what: str, fate: Fate, centre: Centre, tmp_path: Path) -> None:
    """The echo test says goodbye and goes once a key is pressed."""
    async with (
        EventStream(centre) as events,
        Relay(to=centre.sip_port, trouble=Trouble(what, fate)) as relay,
    ):
        script = call(relay.back_port)
        script.send("INFO", body=("application/dtmf-relay", "Signal=5\nDuration=160"))
        script.receive(200)
        script.receive_request("BYE")
        script.respond(200, "OK")
        script.pause(4 * T1_MS)  # SIPp answers by itself what comes again
        await play(script, relay, tmp_path, number="1002")
        assert (await events.expect(CallEnded)).hung_up_by is Side.SYSTEM


CANCELLED: list[tuple[str, Fate]] = [
    ("CANCEL", "lost"),
    ("200 CANCEL", "lost"),
    ("487 INVITE", "lost"),
    ("180 INVITE", "doubled"),
]


@pytest.mark.parametrize(("what", "fate"), CANCELLED)
async def test_the_caller_cancels(what: str, fate: Fate, centre: Centre, tmp_path: Path) -> None:
    async with (
        EventStream(centre) as events,
        SippRun("uas_agent_never_answers", folder=tmp_path, port=AGENT_PORT) as ringing,
        Relay(to=centre.sip_port, trouble=Trouble(what, fate)) as relay,
    ):
        script = Script("cancels", retransmit_ms=T1_MS)
        script.send("INVITE", sdp=OFFER)
        script.receive(180)
        script.send("CANCEL")
        if what != "200 CANCEL":
            script.receive(200)
        script.receive(487)
        script.send("ACK")
        await play(script, relay, tmp_path, number="2002")
        await ringing.finish()
        assert (await events.expect(CallEnded)).outcome is Outcome.CANCELLED


AGENT: list[tuple[str, Fate]] = [
    ("INVITE", "lost"),
    ("INVITE", "doubled"),
    ("180 INVITE", "lost"),
    ("200 INVITE", "lost"),
    ("200 INVITE", "doubled"),
    ("ACK", "lost"),
    ("BYE", "lost"),
    ("200 BYE", "lost"),
]


def agent(contact: int, *, acks: int) -> Script:
    """A phone that answers, and is hung up on."""
    script = Script("answers", retransmit_ms=T1_MS)
    tagged = {"to_tag": ";tag=[pid]agent[call_number]"}
    script.receive_request("INVITE")
    script.respond(180, "Ringing", **tagged)
    script.respond(200, "OK", **tagged, contact=f"sip:2002@127.0.0.1:{contact}", sdp=OFFER)
    for _ in range(acks):
        script.receive_request("ACK")
    script.receive_request("BYE")
    script.respond(200, "OK")
    script.pause(4 * T1_MS)
    return script


@pytest.mark.parametrize(("what", "fate"), AGENT)
async def test_the_agents_side(what: str, fate: Fate, centre: Centre, tmp_path: Path) -> None:
    phone_port = free_ports(2)
    acks = 2 if (what, fate) == ("200 INVITE", "doubled") else 1  # each 200 gets one, §13.2.2.4
    async with (
        EventStream(centre) as events,
        Relay(to=phone_port, trouble=Trouble(what, fate), front_port=AGENT_PORT),
        SippRun(
            agent(AGENT_PORT, acks=acks).write(tmp_path),
            folder=tmp_path,
            port=phone_port,
        ) as phone,
        SippRun(
            "uac_calls_support",
            folder=tmp_path,
            remote=centre.sip,
            pause_ms=8 * T1_MS,
            keys={"number": "1001", "caller": "5551234"},
        ) as caller,
    ):
        bridged = await events.expect(CallBridged, agent="102")
        await caller.finish()
        await phone.finish()
        assert (await events.expect(CallEnded, call=bridged.call)).outcome is Outcome.ANSWERED
        assert len(events.of(CallBridged)) == 1
        await until_agent(centre, "102", state="available")


REGISTERED: list[tuple[str, Fate, int]] = [
    ("401 REGISTER", "lost", 1),
    ("REGISTER", "lost", 2),
    ("200 REGISTER", "lost", 1),
    ("REGISTER", "doubled", 2),
]


@pytest.mark.parametrize(("what", "fate", "nth"), REGISTERED)
async def test_a_registration(
    what: str, fate: Fate, nth: int, centre: Centre, tmp_path: Path
) -> None:
    """A repeated REGISTER gets the same answer, never a second challenge."""
    ours = "sip:[caller]@[remote_ip]"
    async with Relay(to=centre.sip_port, trouble=Trouble(what, fate, nth)) as relay:
        script = Script("registers", retransmit_ms=T1_MS)
        for proof in ([], ["[field0]"]):
            script.send(
                "REGISTER",
                uri="sip:[remote_ip]",
                sender=ours,
                to=ours,
                headers=["Expires: 60", *proof],
            )
            script.receive(200 if proof else 401, auth=not proof)
        await play(script, relay, tmp_path, number="2003", password="demo-2003")
    assert sum(each.startswith("401") for each in relay.passed) <= 2 - (what != "401 REGISTER")


async def test_nothing_is_left_behind(centre: Centre) -> None:
    """The last of the file."""
    await at_rest(centre)
