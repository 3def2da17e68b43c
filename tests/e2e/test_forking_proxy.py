"""A call that Kamailio forks to two telephones: their early dialogs as a real proxy passes them on.

The telephones are played by hand, each on a socket of its own behind the proxy; the caller by our
own stack, through a served centre.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sip.address import Address
from sip.edges.sip_leg import SipLeg
from sip.edges.sockets import real_sockets
from sip.message import Request, header
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
from tests.rig.kamailio import Kamailio
from tests.rig.ports import LOOPBACK, free_ports
from tests.sip.raw_peer import RawPeer
from tests.sound import tone

pytestmark = [pytest.mark.sipp, pytest.mark.slow]


@dataclass
class Branch:
    """One of the two telephones, with the INVITE that rings there."""

    name: str
    sip: RawPeer
    sound: Handset
    invite: Request

    def promises_sound(self, hz: float) -> None:
        self.sip.respond(self.invite, 183, tag=self.name, body=sdp(LOOPBACK, self.sound.port))
        self.sound.say(tone(hz, 1.0))
        self.sound.speak_to((LOOPBACK, sound_port(self.invite)))

    def rings(self) -> None:
        self.sip.respond(self.invite, 180, tag=self.name)

    async def answers(self) -> None:
        body = sdp(LOOPBACK, self.sound.port)
        self.sip.respond(self.invite, 200, tag=self.name, body=body)
        assert header(await next_of(self.sip, "ACK"), "To").endswith(self.name)

    async def is_cancelled(self) -> None:
        """By the proxy, as somebody else has answered."""
        self.sip.respond(await next_of(self.sip, "CANCEL"), 200, tag=self.name)
        self.sip.respond(self.invite, 487, tag=self.name)
        await next_of(self.sip, "ACK")

    async def is_hung_up_on(self) -> None:
        self.sip.respond(await next_of(self.sip, "BYE"), 200)


@dataclass
class Stage:
    centre: Centre
    caller: Caller
    ear: Handset
    leg: SipLeg
    desk: Branch
    mobile: Branch


@asynccontextmanager
async def forked(folder: Path) -> AsyncIterator[Stage]:
    """A call whose INVITE has come to both telephones."""
    ports = [free_ports(2), free_ports(2)]
    first_port, second_port = map(str, ports)
    caller = Caller()
    async with (
        Kamailio("fork", folder, first_port=first_port, second_port=second_port) as proxy,
        Centre(
            folder,
            changes={**CALM, "phones": {PHONE: {"contact": f"sip:{PHONE}@{proxy.sip}"}}},
        ) as centre,
        Handset() as ear,
        Handset() as first,
        Handset() as second,
        asyncio.timeout(PATIENCE_S),
    ):
        at = Address("UDP", LOOPBACK, proxy.port)
        desk, mobile = [
            await RawPeer(at).open(real_sockets, Address("UDP", LOOPBACK, port)) for port in ports
        ]
        await caller.agent.start()
        try:
            leg = caller.call(centre, ear)
            yield Stage(
                centre,
                caller,
                ear,
                leg,
                Branch("desk", desk, first, await next_of(desk, "INVITE")),
                Branch("mobile", mobile, second, await next_of(mobile, "INVITE")),
            )
        finally:
            await caller.agent.stop()
            await desk.transport.close()
            await mobile.transport.close()


async def test_one_branch_sounds_and_the_other_one_answers(tmp_path: Path) -> None:
    async with forked(tmp_path) as stage:
        stage.mobile.rings()
        await stage.caller.rang.wait()
        stage.desk.promises_sound(FIRST_HZ)
        await until_heard(stage.ear, FIRST_HZ)
        stage.mobile.rings()
        assert await more_of(stage.ear, 1.0) == {FIRST_HZ}, "a 180 of the other's silences nobody"

        stage.mobile.sound.say(tone(SECOND_HZ, 1.0))
        await stage.mobile.answers()
        await stage.caller.answered.wait()
        await stage.desk.is_cancelled()
        await until_heard(stage.ear, SECOND_HZ)
        assert await more_of(stage.ear, 1.0) == {SECOND_HZ}, "the desk still sends, to nobody"

        stage.leg.hang_up()
        await stage.mobile.is_hung_up_on()
        await at_rest(stage.centre)


async def test_both_branches_promise_sound_and_the_one_that_was_heard_declines(
    tmp_path: Path,
) -> None:
    async with forked(tmp_path) as stage:
        stage.mobile.promises_sound(SECOND_HZ)
        await until_heard(stage.ear, SECOND_HZ)
        stage.desk.promises_sound(FIRST_HZ)
        assert await more_of(stage.ear, 1.0) == {SECOND_HZ}, "who was heard first stays"

        stage.mobile.sip.respond(stage.mobile.invite, 486, tag="mobile")
        await next_of(stage.mobile.sip, "ACK")  # of the proxy, which tells nobody as yet
        await stage.desk.answers()
        await stage.caller.answered.wait()
        await until_heard(stage.ear, FIRST_HZ)
        assert await more_of(stage.ear, 1.0) == {FIRST_HZ}

        stage.leg.hang_up()
        await stage.desk.is_hung_up_on()
        await at_rest(stage.centre)


async def test_a_caller_who_gives_up_silences_both(tmp_path: Path) -> None:
    async with forked(tmp_path) as stage:
        stage.desk.promises_sound(FIRST_HZ)
        stage.mobile.rings()
        await until_heard(stage.ear, FIRST_HZ)
        stage.leg.hang_up()
        await stage.desk.is_cancelled()
        await stage.mobile.is_cancelled()
        await at_rest(stage.centre)
