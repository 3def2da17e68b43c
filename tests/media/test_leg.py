"""A leg tells the engine what was agreed, and no more than that."""

import asyncio
from typing import Any

import pytest

from media.events import MediaEvent, PlaybackFinished, SoundLost, SourceLatched
from media.leg import MediaLeg
from tests.media.scripted_media import ScriptedMediaService
from tests.virtual_time import in_virtual_time

AUDIO = "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000"


def sdp(audio: str = AUDIO, *, address: str = "192.0.2.10") -> bytes:
    return f"v=0\nc=IN IP4 {address}\nt=0 0\n{audio}\n".encode()


class Told:
    """Commands that reached the engine, as (name, *arguments)."""

    def __init__(self, media: ScriptedMediaService, *names: str) -> None:
        self.commands: list[tuple[Any, ...]] = []
        for name in names:
            self._listen(media.script, name)

    def _listen(self, engine: Any, name: str) -> None:
        original = getattr(engine, name)

        def command(leg: int, *args: Any, **named: Any) -> Any:
            self.commands.append((name, *args, *named.values()))
            return original(leg, *args, **named)

        setattr(engine, name, command)

    def take(self) -> list[tuple[Any, ...]]:
        taken, self.commands = self.commands, []
        return taken


async def a_leg(
    *names: str, latch: str | None = None
) -> tuple[MediaLeg, Told, list[MediaEvent], ScriptedMediaService]:
    media = ScriptedMediaService()
    await media.start()
    events: list[MediaEvent] = []
    leg = media.open(signalling_host="198.51.100.7", latch=latch, on_event=events.append)
    return leg, Told(media, *names), events, media


@in_virtual_time
async def test_the_first_answer_aims_encodes_and_opens_the_ways() -> None:
    leg, told, _, _ = await a_leg("set_remote", "set_codec", "set_direction", latch="learn")
    leg.answer(sdp("m=audio 4000 RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\na=rtcp:4009"))
    assert told.take() == [
        ("set_remote", "192.0.2.10", 4000, 4009, "learn", "198.51.100.7"),
        ("set_codec", "PCMA", 8, 96, 20, 8000, None, 120, False, False, None, 48000),
        ("set_direction", True, True),
    ]


@pytest.mark.parametrize(
    "hold", [sdp(f"{AUDIO}\na=sendonly"), sdp(f"{AUDIO}\na=inactive"), sdp(address="0.0.0.0")]
)
@in_virtual_time
async def test_hold_and_resume_never_start_the_latch_anew(hold: bytes) -> None:
    leg, told, _, _ = await a_leg("set_remote", "set_codec")
    leg.answer(sdp())
    assert [command[0] for command in told.take()] == ["set_remote", "set_codec"]
    leg.answer(hold)
    assert leg.held
    leg.answer(sdp())
    assert not leg.held
    assert told.take() == []


@in_virtual_time
async def test_a_new_address_moves_the_sound() -> None:
    leg, told, _, _ = await a_leg("set_remote", "set_codec")
    leg.answer(sdp())
    told.take()
    leg.answer(sdp(address="192.0.2.11"))
    assert told.take() == [("set_remote", "192.0.2.11", 4000, None, "nat", "198.51.100.7")]


@pytest.mark.parametrize("address", ["0.0.0.0", "phone.example.com"])
@in_virtual_time
async def test_without_an_address_the_signalling_host_has_to_do(address: str) -> None:
    leg, told, _, _ = await a_leg("set_remote")
    leg.answer(sdp(address=address))
    assert told.take() == [("set_remote", "198.51.100.7", 4000, None, "nat", "198.51.100.7")]


@pytest.mark.parametrize("host", ["phone.example.com", "2001:db8::1", "[2001:db8::1]"])
@in_virtual_time
async def test_a_signalling_host_that_is_no_address_of_our_family_is_no_source(host: str) -> None:
    media = ScriptedMediaService()
    await media.start()
    leg = media.open(signalling_host=host, on_event=lambda _: None)
    told = Told(media, "set_remote")
    leg.answer(sdp(address="0.0.0.0"))
    assert told.take() == []
    leg.answer(sdp())
    assert told.take() == [("set_remote", "192.0.2.10", 4000, None, "nat", None)]


@in_virtual_time
async def test_a_repeated_answer_changes_nothing() -> None:
    leg, told, _, _ = await a_leg("set_remote", "set_codec", "set_timeout")
    leg.watch(True)
    leg.offer()
    leg.accept_answer(sdp())
    assert len(told.take()) == 3
    leg.accept_answer(sdp())
    assert told.take() == []


@in_virtual_time
async def test_the_timeout_follows_the_direction() -> None:
    leg, told, _, media = await a_leg("set_timeout")
    seconds = media.settings.rtp_timeout_s
    leg.watch(True)
    assert told.take() == []  # nothing was agreed, so nothing is expected
    leg.answer(sdp())
    assert told.take() == [("set_timeout", seconds)]
    for direction in ("sendonly", "recvonly", "inactive"):
        leg.answer(sdp(f"{AUDIO}\na={direction}"))
        assert told.take() == [("set_timeout", 0.0)]
        leg.answer(sdp())
        assert told.take() == [("set_timeout", seconds)]
    leg.answer(sdp(f"{AUDIO}\na=silenceSupp:on - - - -"))
    assert told.take() == [("set_timeout", 0.0)]
    leg.watch(False)
    assert told.take() == []


@in_virtual_time
async def test_a_timeout_that_crosses_a_hold_is_not_told() -> None:
    leg, _, events, media = await a_leg()
    leg.answer(sdp())
    leg.watch(True)
    media.script.emit(("rtp_timeout", leg.id, 60_000, None))
    leg.answer(sdp(f"{AUDIO}\na=sendonly"))
    await asyncio.sleep(1)
    assert events == []


@in_virtual_time
async def test_an_end_that_crosses_a_stop_is_not_told() -> None:
    leg, _, events, media = await a_leg()
    leg.answer(sdp())
    first = leg.play([media.tone("beep")])
    media.script.emit(("playback_finished", leg.id, first, None))
    second = leg.play([media.tone("beep")])
    await asyncio.sleep(1)
    assert events == [PlaybackFinished(second)]


@in_virtual_time
async def test_keys_are_sent_once_there_is_an_agreement() -> None:
    leg, told, _, _ = await a_leg("send_digit")
    leg.send_digit("1")
    assert told.take() == []
    leg.answer(sdp("m=audio 4000 RTP/AVP 0"))
    leg.send_digit("1", 200)  # the engine makes tones of it
    assert told.take() == [("send_digit", "1", 200)]


@in_virtual_time
async def test_events_after_the_close_reach_nobody() -> None:
    leg, _, events, media = await a_leg()
    media.script.emit(("latched", leg.id, "192.0.2.10", 4000))
    leg.close()
    await asyncio.sleep(1)
    assert events == []


@in_virtual_time
async def test_a_source_and_an_engine_failure_are_told() -> None:
    leg, _, events, media = await a_leg()
    media.script.emit(("latched", leg.id, "192.0.2.10", 4000))
    media.script.emit(("leg_failed", leg.id, "a bug", None))
    await asyncio.sleep(1)
    assert events == [SourceLatched("192.0.2.10", 4000), SoundLost(0.0)]


@in_virtual_time
async def test_tones_loop_until_stopped_but_a_beep_is_one() -> None:
    leg, _, events, media = await a_leg()
    leg.answer(sdp())
    leg.tone("ringback")
    await asyncio.sleep(3600)
    assert media.hears(leg) == "ringback"
    beep = leg.tone("beep")
    await asyncio.sleep(1)
    assert events == [PlaybackFinished(beep)]
    assert media.hears(leg) == "nothing"


@in_virtual_time
async def test_a_prompt_overrides_the_bridge_until_it_ends() -> None:
    a, _, _, media = await a_leg()
    b = media.open(signalling_host="127.0.0.1", on_event=lambda _: None)
    for leg in (a, b):
        leg.answer(sdp())
    a.bridge(b)
    assert media.bridged() == {frozenset((a.id, b.id))}
    a.play([media.tone("beep")])
    assert (media.hears(a), media.hears(b)) == ("beep", f"leg {a.id}")
    await asyncio.sleep(1)
    assert media.hears(a) == f"leg {b.id}"


@in_virtual_time
async def test_a_snapshot_is_json_and_keeps_the_watch() -> None:
    import json

    leg, _, _, media = await a_leg(latch="strict")
    leg.answer(sdp())
    leg.watch(True)
    data = json.loads(json.dumps(leg.snapshot()))
    leg.close()
    events: list[MediaEvent] = []
    again = media.restore(data, events.append)
    assert again.agreement == leg.agreement
    assert json.loads(json.dumps(again.snapshot())) == data
    media.fall_silent(again)
    await asyncio.sleep(media.settings.rtp_timeout_s + 1)
    assert events == [SoundLost(media.settings.rtp_timeout_s)]
