"""Payload types per direction on the Rust engine: either side's number is heard."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from media.events import DigitPressed, MediaEvent, SpeechBegan
from media.service import MediaService
from media.settings import MediaSettings
from tests.media.rtp_peer import RtpPeer
from tests.rig.ports import free_ports
from tests.sound import babble


@pytest.fixture
async def media() -> AsyncIterator[MediaService]:
    first = free_ports(40)
    settings = MediaSettings(port_first=first, port_last=first + 39, codecs=("OPUS", "PCMU"))
    service = MediaService(settings)
    await service.start()
    yield service
    await service.stop()


class Owner:
    """Whoever has a leg, and waits for what it tells."""

    def __init__(self, media: MediaService) -> None:
        self._told: asyncio.Queue[MediaEvent] = asyncio.Queue()
        self.leg = media.open(signalling_host="127.0.0.1", on_event=self._told.put_nowait)

    async def told_of(self, kind: type[MediaEvent]) -> MediaEvent:
        async with asyncio.timeout(30):
            while not isinstance(event := await self._told.get(), kind):
                pass
            return event


def renumbered(sdp: bytes, old: int, new: int) -> bytes:
    """The same description with another payload type."""
    lines = sdp.decode().splitlines()
    changed = [
        line.replace(f":{old} ", f":{new} ")
        if not line.startswith("m=")
        else " ".join(str(new) if word == str(old) else word for word in line.split(" "))
        for line in lines
    ]
    return "".join(f"{line}\r\n" for line in changed).encode()


@pytest.mark.parametrize("number", [101, 99])
async def test_keys_are_heard_under_our_number_and_under_the_peers(
    media: MediaService, number: int
) -> None:
    """We offer 101, it answers with 99. By RFC 3264 §6.1 it has to send 101."""
    peer, ours = await RtpPeer.open("PCMU"), Owner(media)
    peer.aim(ours.leg.offer())
    ours.leg.accept_answer(renumbered(peer.sdp(), 101, 99))
    await peer.press("7", payload_type=number)
    assert await ours.told_of(DigitPressed) == DigitPressed("7", 20)
    ours.leg.send_digit("5")
    await peer.until(lambda: {packet.payload_type for packet in peer.packets} == {99}, within_s=30)
    peer.close()


@pytest.mark.parametrize("its_own", [True, False], ids=["its number", "our number"])
async def test_opus_is_heard_under_our_number_and_under_the_peers(
    media: MediaService, its_own: bool
) -> None:
    """We offer Opus as 96, it answers with 111. The peer is a leg too: as what it took the offer
    for is what it sends."""
    ours, peer = Owner(media), Owner(media)
    offer = ours.leg.offer()
    answer = peer.leg.answer(renumbered(offer, 96, 111) if its_own else offer)
    ours.leg.accept_answer(answer if its_own else renumbered(answer, 96, 111))
    assert ours.leg.agreement is not None
    assert ours.leg.agreement.payload_type == 111
    ours.leg.hear_speech(500)
    peer.leg.play([media.sound_of(babble(3.0), "speech")])
    await ours.told_of(SpeechBegan)
