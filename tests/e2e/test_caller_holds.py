"""A caller who holds plays music of their own, or none: the centre sends nothing back."""

import asyncio
from pathlib import Path

import pytest

from events.calls import CallBridged, CallEnded, CallHeld, CallResumed, Side
from sip.address import Address
from sip.edges.sockets import real_sockets
from sip.message import Response, header
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import PATIENCE_S, Ear, hears
from tests.e2e.stage import CALM, past_call, phone
from tests.media.rtp_peer import RtpPeer
from tests.rig.centre import Centre
from tests.sip.raw_peer import RawPeer
from tests.sound import Samples, babble, samples_of

pytestmark = [pytest.mark.softphone, pytest.mark.slow]

AGENT_SAYS, CALLER_PLAYS = babble(1.5, seed=21), babble(2, seed=22)
SILENCE_S = 0.5
WAYS = [("sendonly", "recvonly"), ("inactive", "inactive")]
"""A hold as offered, and its answer, RFC 3264 §8.4."""


class RawCaller:
    """A caller without a stack: every packet that reaches it is seen."""

    def __init__(self, peer: RawPeer, rtp: RtpPeer, centre: Centre) -> None:
        self._peer = peer
        self.rtp = rtp
        self._uri = f"sip:1001@{centre.sip}"
        self._to = f"<{self._uri}>"
        self._cseq = 0

    async def invite(self, direction: str) -> Response:
        """Offer sound in this direction, and acknowledge the answer."""
        self._cseq += 1
        self._say("INVITE", self.rtp.sdp(direction=direction))
        ok = await self._peer.next_response(200)
        self._to = header(ok, "To")
        self._say("ACK")
        self.rtp.aim(ok.body)
        return ok

    async def hears(self, sound: bytes) -> None:
        async def heard() -> Samples:
            return samples_of(self.rtp.heard())

        await Ear(heard).hears(sound)

    async def hears_silence(self) -> None:
        """Waits until no packet comes for a while: some are under way when a hold begins."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.rtp.forget()
                await asyncio.sleep(SILENCE_S)  # a stream is a packet every 20 ms
                if not self.rtp.packets:
                    return

    async def hang_up(self) -> None:
        self._cseq += 1
        self._say("BYE")
        await self._peer.next_response(200)
        await self._peer.transport.close()
        self.rtp.close()

    def _say(self, method: str, body: bytes = b"") -> None:
        sender = "<sip:5551234@elsewhere.example>;tag=raw"
        self._peer.send(
            self._peer.request(
                method,
                self._uri,
                to=self._to,
                sender=sender,
                call_id="holds",
                cseq=self._cseq,
                body=body,
            )
        )


async def raw_caller(centre: Centre) -> RawCaller:
    peer = RawPeer(Address("UDP", "127.0.0.1", centre.sip_port))
    await peer.open(real_sockets, Address("UDP", "127.0.0.1", 0))
    return RawCaller(peer, await RtpPeer.open(), centre)


@pytest.mark.parametrize(
    ("offered", "answered"), [("sendonly", "recvonly"), ("inactive", "inactive")]
)
async def test_who_holds_hears_nothing_until_they_resume(
    offered: str, answered: str, tmp_path: Path
) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
    ):
        await agent.register()
        await agent.say(AGENT_SAYS)
        caller = await raw_caller(centre)
        await caller.invite("sendrecv")
        call = (await events.expect(CallBridged, agent="102")).call
        await caller.rtp.speak(CALLER_PLAYS)
        caller.rtp.forget()
        await caller.hears(AGENT_SAYS)

        held = await caller.invite(offered)
        assert f"a={answered}".encode() in held.body
        await events.expect(CallHeld, by=Side.CALLER)
        await caller.hears_silence()
        if offered == "sendonly":  # music of its own reaches the agent
            playing = asyncio.create_task(caller.rtp.speak(CALLER_PLAYS * 30))
            await hears(agent, CALLER_PLAYS)
            playing.cancel()
        else:
            await caller.rtp.speak(CALLER_PLAYS)  # takes its time, and reaches nobody
        assert caller.rtp.packets == []

        await caller.invite("sendrecv")
        await events.expect(CallResumed, by=Side.CALLER)
        await caller.hears(AGENT_SAYS)
        await caller.hang_up()
        await events.expect(CallEnded, call=call)
        assert (await past_call(centre, call))["hold_s"] >= 1.9
        await agent.expect("closed")
