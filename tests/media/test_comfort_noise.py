"""Comfort noise on the wire: a peer that takes it is sent a level in place of our silence."""

import asyncio

from media.events import MediaEvent, PlaybackFinished
from media.service import MediaService
from media.settings import MediaSettings
from tests.media.rtp_peer import RtpPeer
from tests.rig.ports import free_ports
from tests.sound import tone

SILENCE = bytes(2 * 8000)
NOISE = 13


async def payload_types(*, offered: bool, allowed: bool) -> list[int]:
    """Of the packets in which a tone, a second of silence and a tone again arrive."""
    first = free_ports(10)
    media = MediaService(
        MediaSettings(port_first=first, port_last=first + 9, comfort_noise=allowed)
    )
    await media.start()
    peer = await RtpPeer.open()
    finished: asyncio.Queue[MediaEvent] = asyncio.Queue()
    leg = media.open(signalling_host="127.0.0.1", on_event=finished.put_nowait)
    answer = leg.answer(peer.sdp(more=f" {NOISE}" if offered else ""))
    assert (b"CN/8000" in answer) == leg.takes_noise == (offered and allowed)
    played = tone(440, 0.2) + SILENCE + tone(440, 0.2)
    leg.play([media.sound_of(played, "tones")])
    async with asyncio.timeout(30):
        while not isinstance(await finished.get(), PlaybackFinished):
            pass
    leg.close()
    await peer.until(lambda: len(peer.heard()) >= len(played), within_s=30)
    assert len(peer.heard()) == len(played), "at its time, whatever was left out"
    peer.close()
    await media.stop()
    return [packet.payload_type for packet in peer.packets]


async def test_silence_is_a_packet_of_noise_to_a_peer_that_takes_it() -> None:
    sent = await payload_types(offered=True, allowed=True)
    assert sent[:20] == [0] * 20, "the tone, and as much silence as a pause between two words"
    assert sent[20] == NOISE
    assert sent[-10:] == [0] * 10
    assert len(sent) < 40


async def test_silence_is_sent_as_it_is_to_everybody_else() -> None:
    for offered, allowed in ((False, True), (True, False)):
        assert await payload_types(offered=offered, allowed=allowed) == [0] * 70
