"""Legs on the Rust engine and phones written in Python: who hears what, bit by bit, on loopback."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from media.events import DigitPressed, MediaEvent, PlaybackFinished, SourceLatched
from media.leg import MediaLeg
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import Sound, write_wav
from tests.media.rtp_peer import PACKET_SAMPLES, RtpPeer, decode, encode
from tests.rig.handset import key_tones
from tests.rig.ports import free_ports
from tests.sound import babble, compare, samples_of, tone, tones_heard

SPEECH = babble(1.0)


@pytest.fixture
async def media() -> AsyncIterator[MediaService]:
    first = free_ports(40)
    service = MediaService(MediaSettings(port_first=first, port_last=first + 39))
    await service.start()
    yield service
    await service.stop()


class Phone:
    """A phone that has called us: its leg here, its RTP there."""

    def __init__(self, media: MediaService, peer: RtpPeer) -> None:
        self.peer = peer
        self.told: asyncio.Queue[MediaEvent] = asyncio.Queue()
        self.leg: MediaLeg = media.open(signalling_host="127.0.0.1", on_event=self.told.put_nowait)
        peer.aim(self.leg.answer(peer.sdp()))

    @classmethod
    async def call(cls, media: MediaService, codec: str = "PCMU") -> "Phone":
        return cls(media, await RtpPeer.open(codec))

    async def told_of(self, kind: type[MediaEvent]) -> MediaEvent:
        async with asyncio.timeout(60):
            while not isinstance(event := await self.told.get(), kind):
                pass
            return event

    async def plays_to_the_end(self, *sounds: Sound) -> None:
        playback = self.leg.play(sounds)
        assert await self.told_of(PlaybackFinished) == PlaybackFinished(playback)


def as_heard(codec: str, sound: bytes) -> bytes:
    """What a perfect line makes of a sound: only the codec has touched it."""
    return decode(codec, encode(codec, sound)).tobytes()


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_a_prompt_arrives_bit_by_bit(media: MediaService, codec: str, tmp_path: Path) -> None:
    spoken = as_heard(codec, SPEECH)  # has only values that the codec knows
    write_wav(tmp_path / "prompt.wav", spoken)
    phone = await Phone.call(media, codec)
    await phone.plays_to_the_end(await media.load(tmp_path / "prompt.wav"))
    await phone.peer.hears(len(spoken))
    assert phone.peer.heard() == spoken
    assert compare(phone.peer.heard(), SPEECH).correlation > 0.999
    phone.peer.close()


async def test_a_wide_prompt_arrives_in_g711_alone(tmp_path: Path) -> None:
    """Where no wideband codec may be agreed on nothing is kept that nobody hears."""
    first = free_ports(10)
    settings = MediaSettings(port_first=first, port_last=first + 9, codecs=("PCMU",))
    media = MediaService(settings)
    await media.start()
    wide = np.repeat(np.frombuffer(SPEECH, dtype="<i2"), 2).tobytes()
    write_wav(tmp_path / "wide.wav", wide, 16_000)
    phone = await Phone.call(media)
    await phone.plays_to_the_end(media.sound(tmp_path / "wide.wav"))
    await phone.peer.hears(len(SPEECH) - 640)
    assert compare(phone.peer.heard(), SPEECH).correlation > 0.95
    phone.peer.close()
    await media.stop()


async def test_prompts_follow_one_another_without_a_gap(media: MediaService) -> None:
    phone = await Phone.call(media)
    first, second = babble(0.33, seed=2), babble(0.41, seed=3)
    await phone.plays_to_the_end(media.sound_of(first, "one"), media.sound_of(second, "two"))
    await phone.peer.hears(len(first + second))
    match = compare(phone.peer.heard(), first + second)
    assert match.correlation > 0.999
    assert match.longest_gap_ms == 0
    phone.peer.close()


async def test_two_phones_hear_each_other_whatever_they_speak(media: MediaService) -> None:
    caller, agent = await Phone.call(media, "PCMU"), await Phone.call(media, "PCMA")
    caller.leg.bridge(agent.leg)
    voices = babble(1.0, seed=4), babble(1.0, seed=5)
    await asyncio.gather(caller.peer.speak(voices[0]), agent.peer.speak(voices[1]))
    for hearer, voice in ((agent, voices[0]), (caller, voices[1])):
        await hearer.peer.hears(15_000)
        match = compare(hearer.peer.heard(), voice)
        assert match.correlation > 0.95
        assert match.longest_gap_ms <= 40
    for phone in (caller, agent):
        statistics = phone.leg.close()
        assert statistics.packets_received == 50
        assert statistics.packets_lost == 0
        assert statistics.mos is not None
        assert statistics.mos > 4.2
        phone.peer.close()


async def test_one_stream_runs_through_prompt_bridge_and_hold(media: MediaService) -> None:
    """Same SSRC, sequence without a hole, timestamps that never go back."""
    caller, agent = await Phone.call(media), await Phone.call(media)
    await caller.plays_to_the_end(media.sound_of(babble(0.2), "prompt"))
    caller.leg.bridge(agent.leg)
    await agent.peer.speak(babble(0.3))
    caller.leg.answer(caller.peer.sdp(direction="sendonly"))
    caller.leg.answer(caller.peer.sdp())
    await caller.plays_to_the_end(media.sound_of(babble(0.2), "music"))
    packets = caller.peer.packets
    assert len({packet.ssrc for packet in packets}) == 1
    steps = {(after.sequence - before.sequence) & 0xFFFF for before, after in pairwise(packets)}
    assert steps == {1}
    forward = [
        (after.timestamp - before.timestamp) & 0xFFFFFFFF for before, after in pairwise(packets)
    ]
    assert all(PACKET_SAMPLES <= step < 2**31 for step in forward)
    for phone in (caller, agent):
        phone.peer.close()


@pytest.mark.parametrize(
    "hold", [{"direction": "sendonly"}, {"direction": "inactive"}, {"address": "0.0.0.0"}]
)
async def test_who_holds_is_sent_nothing_and_hears_again_after_it(
    media: MediaService, hold: dict[str, str]
) -> None:
    phone, other = await Phone.call(media), await Phone.call(media)
    phone.leg.answer(phone.peer.sdp(**hold))
    assert phone.leg.held
    await phone.plays_to_the_end(media.sound_of(SPEECH[:3200], "unheard"))
    await other.plays_to_the_end(media.sound_of(SPEECH[:1600], "proof that time passed"))
    assert phone.peer.packets == []
    phone.leg.answer(phone.peer.sdp())
    await phone.plays_to_the_end(media.sound_of(SPEECH, "heard"))
    await phone.peer.hears(len(SPEECH))
    assert compare(phone.peer.heard(), SPEECH).correlation > 0.999
    for each in (phone, other):
        each.peer.close()


async def test_a_held_caller_hears_the_music_of_the_other_side(media: MediaService) -> None:
    """The agent holds: the bridge stays, and what plays on the caller's leg covers it."""
    caller, agent = await Phone.call(media), await Phone.call(media)
    caller.leg.bridge(agent.leg)
    agent.leg.answer(agent.peer.sdp(direction="sendonly"))
    music = tone(440, 0.5)
    caller.leg.play([media.sound_of(music, "music")], loop=True)
    await asyncio.gather(
        agent.peer.speak(tone(1000, 0.5)),
        caller.peer.hears(2 * len(music)),
    )
    assert tones_heard(caller.peer.heard(), (440, 1000)) == {440}
    caller.leg.stop()
    caller.peer.forget()
    agent.leg.answer(agent.peer.sdp())
    await agent.peer.speak(tone(1000, 0.3))
    await caller.peer.hears(4000)
    assert tones_heard(caller.peer.heard()[-3200:], (440, 1000)) == {1000}
    for phone in (caller, agent):
        phone.peer.close()


async def test_keys_are_heard_once_each_whatever_the_network_repeats(media: MediaService) -> None:
    phone = await Phone.call(media)
    for key, ends in (("1", 3), ("1", 1), ("#", 6)):
        await phone.peer.press(key, ends=ends)
    for key in "11#":
        event = await phone.told_of(DigitPressed)
        assert isinstance(event, DigitPressed)
        assert event.key == key
    playback = phone.leg.play([media.sound_of(bytes(1600), "silence")])
    assert await phone.told_of(PlaybackFinished) == PlaybackFinished(playback)
    assert phone.told.empty()
    phone.peer.close()


async def test_keys_are_sent_as_events(media: MediaService) -> None:
    phone = await Phone.call(media)
    for key in "9*":
        phone.leg.send_digit(key, 100)
    await phone.peer.until(lambda: phone.peer.keys() == ["9", "*"])
    phone.peer.close()


async def test_echo_returns_what_was_said(media: MediaService) -> None:
    phone = await Phone.call(media)
    phone.leg.echo(True)
    await phone.peer.speak(SPEECH)
    await phone.peer.hears(15_000)
    match = compare(phone.peer.heard(), SPEECH)
    assert match.correlation > 0.95
    assert match.longest_gap_ms <= 40
    phone.peer.close()


async def test_tones_beside_keys_by_sip_are_told_and_heard_by_nobody(media: MediaService) -> None:
    phone, other = await Phone.call(media), await Phone.call(media)
    phone.leg.answer(re.sub(rb"( 101|a=(rtpmap|fmtp):101 .*)", b"", phone.peer.sdp()))
    assert phone.leg.keys_are_tones
    phone.leg.bridge(other.leg)
    phone.leg.hide_tones(True)
    for key in "58":
        await phone.peer.speak(key_tones(key) + SPEECH[:3200])
        assert await phone.told_of(DigitPressed) == DigitPressed(key, 25)
        phone.leg.take_key(key)
    await other.peer.until(lambda: other.peer.keys() == ["5", "8"], within_s=30)
    heard, tones = samples_of(other.peer.heard()), (770, 852, 1336)
    packets = [heard[at : at + 160] for at in range(0, len(heard), 160)]
    toned = sum(len(tones_heard(packet, tones)) == 2 for packet in packets)
    assert toned <= 4, "of twelve: too little of either to be a key"
    for each in (phone, other):
        each.peer.close()


async def test_the_source_is_told_and_a_stranger_is_not_heard(media: MediaService) -> None:
    phone, stranger = await Phone.call(media), await RtpPeer.open()
    phone.leg.echo(True)
    await phone.peer.speak(SPEECH[:6400])
    assert await phone.told_of(SourceLatched) == SourceLatched("127.0.0.1", phone.peer.port)
    stranger.remote = phone.peer.remote
    await stranger.speak(tone(1000, 0.2))
    await phone.plays_to_the_end(media.sound_of(bytes(1600), "time"))
    assert phone.leg.statistics().dropped_source == 10
    assert stranger.packets == []
    assert tones_heard(phone.peer.heard(), (1000,)) == set()
    for peer in (phone.peer, stranger):
        peer.close()


async def test_a_busy_tone_has_its_rhythm(media: MediaService) -> None:
    phone = await Phone.call(media)
    phone.leg.tone("busy")
    await phone.peer.hears(2 * 8800)
    heard = samples_of(phone.peer.heard())
    assert tones_heard(heard[400:3600], (350, 425, 480)) == {425}
    assert tones_heard(heard[4400:7600], (350, 425, 480)) == set()
    assert tones_heard(heard[8200:8800], (350, 425, 480)) == {425}
    phone.peer.close()


async def test_the_peer_gets_as_much_sound_per_packet_as_it_wants(media: MediaService) -> None:
    phone = await Phone.call(media)
    phone.leg.answer(phone.peer.sdp() + b"a=ptime:40\r\n")
    await phone.plays_to_the_end(media.sound_of(SPEECH, "prompt"))
    await phone.peer.hears(len(SPEECH))
    assert {len(packet.payload) for packet in phone.peer.packets} == {320}
    assert compare(phone.peer.heard(), SPEECH).correlation > 0.999
    phone.peer.close()


async def test_we_call_a_phone_and_it_hears_us(media: MediaService) -> None:
    peer = await RtpPeer.open("PCMA")
    told: asyncio.Queue[MediaEvent] = asyncio.Queue()
    leg = media.open(signalling_host="127.0.0.1", on_event=told.put_nowait)
    peer.aim(leg.offer())
    leg.accept_answer(peer.sdp())  # 183 with early media
    leg.accept_answer(peer.sdp())  # and again in the 200
    leg.play([media.sound_of(SPEECH, "prompt")])
    await peer.hears(len(SPEECH))
    assert compare(peer.heard(), SPEECH).correlation > 0.999
    peer.aim(leg.reoffer())
    leg.accept_answer(peer.sdp(direction="recvonly"))
    assert (leg.held, leg.receives_sound) == (False, False)
    peer.close()
