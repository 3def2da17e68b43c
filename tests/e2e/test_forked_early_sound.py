"""A call that a proxy has forked: two branches promise early sound, on real sockets.

Whoever is heard first stays the one, and a 180 after it silences nobody (RFC 3960). The branches
are played by hand, with the tags that a proxy would pass on; the caller by our own stack.
"""

import asyncio
from pathlib import Path

import pytest

from sip.address import Address
from sip.edges.sockets import real_sockets
from sip.message import header
from tests.calls.phone import sdp
from tests.e2e.early_sound import (
    FIRST_HZ,
    PATIENCE_S,
    PHONE,
    SECOND_HZ,
    Caller,
    more_of,
    next_of,
    sound_port,
    until_heard,
)
from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre
from tests.rig.handset import Handset
from tests.rig.ports import LOOPBACK, free_ports
from tests.sip.raw_peer import RawPeer
from tests.sound import tone


@pytest.mark.sipp
async def test_of_two_branches_the_one_that_is_heard_first_stays(tmp_path: Path) -> None:
    port = free_ports(2)
    phones = {PHONE: {"contact": f"sip:{PHONE}@{LOOPBACK}:{port}"}}
    caller = Caller()
    async with (
        Centre(tmp_path, changes={**CALM, "phones": phones}) as centre,
        Handset() as ear,
        Handset() as first,
        Handset() as second,
        asyncio.timeout(PATIENCE_S),
    ):
        address = Address("UDP", LOOPBACK, centre.sip_port)
        branches = await RawPeer(address).open(real_sockets, Address("UDP", LOOPBACK, port))
        await caller.agent.start()
        try:
            leg = caller.call(centre, ear)
            invite = await branches.next_request("INVITE")
            ours = (LOOPBACK, sound_port(invite))
            branches.respond(invite, 183, tag="first", body=sdp(LOOPBACK, first.port))
            branches.respond(invite, 183, tag="second", body=sdp(LOOPBACK, second.port))
            second.say(tone(SECOND_HZ, 1.0))
            second.speak_to(ours)
            await until_heard(ear, SECOND_HZ)

            branches.respond(invite, 180, tag="second")
            branches.respond(invite, 180, tag="first")
            branches.respond(invite, 183, tag="first", body=sdp(LOOPBACK, first.port))
            first.say(tone(FIRST_HZ, 1.0))
            first.speak_to(ours)
            assert await more_of(ear, 1.5) == {SECOND_HZ}  # no ringback, and not the other one

            branches.respond(invite, 200, tag="second", body=sdp(LOOPBACK, second.port))
            assert header(await next_of(branches, "ACK"), "To").endswith("second")
            await caller.answered.wait()
            branches.respond(invite, 200, tag="first", body=sdp(LOOPBACK, first.port))
            assert header(await next_of(branches, "ACK"), "To").endswith("first")
            late = await next_of(branches, "BYE")
            assert header(late, "To").endswith("first")
            branches.respond(late, 200)
            assert await more_of(ear, 1.0) == {SECOND_HZ}

            leg.hang_up()
            over = await next_of(branches, "BYE")
            while header(over, "To").endswith("first"):  # repeated before our answer came
                over = await next_of(branches, "BYE")
            branches.respond(over, 200)
            await at_rest(centre)
        finally:
            await caller.agent.stop()
            await branches.transport.close()
