"""A lamp phone picks up what rings at the phone it watches, by what the NOTIFY told it: RFC 4235.

Real sockets, a served centre, SIPp as the caller and as the phone that rings.
"""

import asyncio
from pathlib import Path
from random import Random

import pytest

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered
from sip.digest import Credentials
from sip.edges.sockets import real_sockets
from sip.edges.user_agent import UserAgent
from sip.settings import SipSettings
from tests.calls.phone import sdp
from tests.calls.test_lamps import AS_ITS_RECIPIENT, NS, Watcher, replaces
from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.sipp import SippRun
from tests.sip.parties import PlainDirectory
from tests.sip.raw_peer import RawPeer

PATIENCE_S = 60.0
RINGS, LAMP = "2006", "2003"


@pytest.mark.sipp
async def test_the_lamp_s_key_answers_what_rings_there(tmp_path: Path) -> None:
    port = free_ports(2)
    phones = {
        RINGS: {"contact": f"sip:{RINGS}@{LOOPBACK}:{port}"},
        LAMP: {"watches": [RINGS], "picks_up": ["staff"]},
    }
    sip = {**CALM["sip"], "notify_interval_s": 0.1}
    async with Centre(tmp_path, changes={**CALM, "sip": sip, "phones": phones}) as centre:
        address = Address("UDP", LOOPBACK, centre.sip_port)
        peer = await RawPeer(address).open(real_sockets, Address("UDP", LOOPBACK, free_ports(2)))
        lamp = Watcher(peer, LAMP, centre.sip)
        agent = user_agent()
        await agent.start()
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await lamp.subscribe("dialog", RINGS, password=f"demo-{LAMP}")
                assert answer.status == 200
                async with (
                    SippRun("uas_agent_never_answers", folder=tmp_path, port=port) as rings,
                    SippRun(
                        "uac_calls_support",
                        folder=tmp_path,
                        remote=centre.sip,
                        pause_ms=300,
                        keys={"number": RINGS, "caller": "5551234"},
                    ) as caller,
                ):
                    await picks_up(agent, lamp, address)
                    await caller.finish()
                    await rings.finish()
        finally:
            await agent.stop()
            await peer.transport.close()
        await at_rest(centre)


def user_agent() -> UserAgent:
    """The lamp phone's own, on real sockets."""
    return UserAgent(
        SipSettings(listen=LOOPBACK, port=free_ports(2), transports=("UDP",)),
        PlainDirectory(trunk_hosts={LOOPBACK: "centre"}),
        on_call=lambda leg: leg.reject(486),
        on_binding=lambda _: None,
        rng=Random(1),
    )


async def picks_up(agent: UserAgent, lamp: Watcher, centre: Address) -> None:
    """Wait until the watched phone rings, and take what rings there."""
    early = None
    while early is None:
        told = await lamp.dialogs()
        early = next((each for each in told if each.findtext(f"{NS}state") == "early"), None)
    answered = asyncio.Event()
    agent.invite(
        Target(f"sip:{RINGS}@{lamp.centre}", centre),
        from_user=LAMP,
        from_host=lamp.centre,
        sdp=sdp(LOOPBACK, free_ports(2)),
        headers=(("Replaces", replaces(early, AS_ITS_RECIPIENT)),),
        credentials=Credentials(LAMP, f"demo-{LAMP}"),
        on_event=lambda event: answered.set() if isinstance(event, Answered) else None,
    )
    await answered.wait()
