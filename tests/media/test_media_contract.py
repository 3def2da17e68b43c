"""What everybody may rely on, checked against the Rust engine and against its scripted stand-in.

Each check is one coroutine over a started service. The real one runs in real time on loopback.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media.errors import NoPorts, NotAcceptable, RecordingError
from media.events import (
    MediaEvent,
    PlaybackFinished,
    RecordingEvent,
    RecordingFinished,
    RecordingSilent,
    SoundLost,
)
from media.hearing import all_hear_all, whispering
from media.leg import MediaLeg
from media.service import MediaService
from media.settings import MediaSettings
from media.sounds import RATE_HZ, Sound
from tests.media.contract_party import Party, pair
from tests.media.key_checks import (
    a_feature_code_crosses_no_bridge,
    confidential_keys_are_told_and_cross_no_bridge,
    keys_arrive_in_order,
    keys_by_sip_go_the_same_ways,
    keys_cross_a_bridge,
    keys_cross_a_bridge_to_who_takes_no_events,
)
from tests.media.scripted_media import ScriptedMediaService
from tests.rig.ports import free_ports
from tests.virtual_time import in_virtual_time


def settings(folder: Path) -> MediaSettings:
    first = free_ports(100)
    return MediaSettings(
        port_first=first,
        port_last=first + 99,
        quarantine_s=0,
        rtp_timeout_s=0.3,
        recordings=str(folder),
    )


def silence(media: MediaService, seconds: float) -> Sound:
    return media.sound_of(bytes(2 * round(seconds * RATE_HZ)), "silence")


async def an_end_is_told_once(media: MediaService) -> None:
    a, _ = pair(media)
    sound = silence(media, 0.1)
    start = asyncio.get_running_loop().time()
    playback = a.leg.play([sound, sound])
    assert await a.next() == PlaybackFinished(playback)
    assert asyncio.get_running_loop().time() - start >= 0.15
    assert a.nothing_told()


async def nothing_to_play_ends_at_once(media: MediaService) -> None:
    a, _ = pair(media)
    a.leg.play([silence(media, 60)])
    playback = a.leg.play([])
    assert a.nothing_told(), "not told before play has returned"
    assert await a.next() == PlaybackFinished(playback)


async def what_is_replaced_or_stopped_tells_no_end(media: MediaService) -> None:
    a, _ = pair(media)
    a.leg.play([silence(media, 0.04)])
    a.leg.stop()
    a.leg.play([silence(media, 0.04)], loop=True)
    a.leg.play([silence(media, 0.04)])
    last = a.leg.play([silence(media, 0.2)])
    assert await a.next() == PlaybackFinished(last)
    assert a.nothing_told()


async def a_paused_playback_waits(media: MediaService) -> None:
    a, _ = pair(media)
    playback = a.leg.play([silence(media, 60.0)])
    a.leg.pause_playing(True)
    a.leg.seek(59.9)
    await asyncio.sleep(0.5)
    assert a.told.empty()
    a.leg.volume(-20)
    a.leg.pause_playing(False)
    assert await a.next() == PlaybackFinished(playback)


async def a_playback_moves_past_its_end(media: MediaService) -> None:
    a, _ = pair(media)
    playback = a.leg.play([silence(media, 60.0)])
    a.leg.seek(59.9)
    assert await a.next() == PlaybackFinished(playback)
    again = a.leg.play([silence(media, 0.1)])
    a.leg.seek(500.0)
    assert await a.next() == PlaybackFinished(again)
    a.leg.seek(0.0)
    a.leg.pause_playing(True)


async def a_growing_sound_plays_on_until_it_ends(media: MediaService) -> None:
    a, _ = pair(media)
    growing = media.grow("speech")
    growing.extend(bytes(800))
    playback = a.leg.play([growing.sound, silence(media, 0.04)])
    await asyncio.sleep(0.3)
    assert a.nothing_told(), "it may still grow"
    growing.extend(bytes(1600))
    growing.end()
    assert await a.next() == PlaybackFinished(playback)
    growing.end()
    with pytest.raises(KeyError):
        growing.extend(bytes(2))
    growing.release()
    again = media.grow("speech")
    playback = a.leg.play([again.sound])
    again.release()
    assert await a.next() == PlaybackFinished(playback), "what is forgotten has ended"


async def a_held_peer_does_not_stop_time(media: MediaService) -> None:
    a, b = pair(media)
    hold = b.leg.reoffer().replace(b"a=sendrecv", b"a=sendonly")
    a.leg.answer(hold)
    assert (a.leg.held, a.leg.sends_sound, a.leg.receives_sound) == (True, False, True)
    playback = a.leg.play([silence(media, 0.1)])
    assert await a.next() == PlaybackFinished(playback)
    a.leg.answer(b.leg.reoffer())
    assert (a.leg.held, a.leg.sends_sound, a.leg.receives_sound) == (False, True, True)


async def a_playback_waits_for_its_hearer(media: MediaService) -> None:
    a, b = Party(media), Party(media)
    offer = a.leg.offer()
    playback = a.leg.play([silence(media, 0.04)])
    c, _ = pair(media)
    c.leg.play([silence(media, 0.2)])
    await c.next()
    assert a.nothing_told()
    a.leg.accept_answer(b.leg.answer(offer))
    assert await a.next() == PlaybackFinished(playback)


async def a_bridge_parts_both_from_whoever_they_had(media: MediaService) -> None:
    a, b, c = (Party(media).leg for _ in range(3))
    a.bridge(b)
    assert (a.bridged_to, b.bridged_to) == (b, a)
    c.bridge(a)
    assert (a.bridged_to, b.bridged_to, c.bridged_to) == (c, None, a)
    c.close()
    assert a.bridged_to is None
    a.unbridge()


async def silence_is_told_while_watched(media: MediaService) -> None:
    a, _ = pair(media)
    a.leg.watch(True)
    event = await a.next()
    assert isinstance(event, SoundLost)
    assert event.silent_s >= 0.3
    assert a.nothing_told(), "once"


async def silence_is_not_missed_on_hold_or_unwatched(media: MediaService) -> None:
    a, b = pair(media)
    held, other = pair(media)
    a.leg.watch(True)
    a.leg.watch(False)
    held.leg.watch(True)
    held.leg.answer(other.leg.reoffer().replace(b"a=sendrecv", b"a=inactive"))
    b.leg.watch(True)
    assert isinstance(await b.next(), SoundLost)  # as long as the others would have taken
    assert a.nothing_told()
    assert held.nothing_told()


async def a_closed_leg_is_quiet_and_gives_its_port_back(media: MediaService) -> None:
    before = media.totals().legs
    a, b = pair(media)
    assert media.totals().legs == before + 2
    a.leg.play([silence(media, 0.02)])
    statistics = a.leg.close()
    assert a.leg.close() == statistics == a.leg.statistics()
    assert a.leg.closed
    assert a.leg.id not in media.legs
    a.leg.play([silence(media, 1)])
    a.leg.stop()
    a.leg.bridge(b.leg)
    a.leg.unbridge()
    a.leg.echo(True)
    a.leg.send_digit("1")
    a.leg.watch(True)
    a.leg.tone("busy")
    assert b.leg.bridged_to is None
    b.leg.play([silence(media, 0.1)])
    await b.next()
    assert a.nothing_told()
    b.leg.close()
    assert media.totals().legs == before


async def ports_run_out_with_a_word(media: MediaService) -> None:
    legs: list[MediaLeg] = []

    def open_too_many() -> None:
        while len(legs) < 51:
            legs.append(Party(media).leg)

    with pytest.raises(NoPorts) as refused:
        open_too_many()
    assert refused.value.status == 503
    assert str(media.settings.port_first) in str(refused.value)
    assert len(legs) == 50


async def a_refused_offer_leaves_the_sound_alone(media: MediaService) -> None:
    a, b = pair(media)
    before = a.leg.agreement
    with pytest.raises(NotAcceptable):
        a.leg.answer(b.leg.reoffer().replace(b"RTP/AVP", b"RTP/SAVP"))
    assert a.leg.agreement == before
    playback = a.leg.play([silence(media, 0.04)])
    assert await a.next() == PlaybackFinished(playback)


async def a_leg_is_restored_on_its_port(media: MediaService) -> None:
    a, b = pair(media)
    snapshot = a.leg.snapshot()
    again = b.leg.reoffer()
    expected = a.leg.answer(again)
    await media.stop()
    await media.start()
    told: asyncio.Queue[MediaEvent] = asyncio.Queue()
    leg = media.restore(snapshot, told.put_nowait)
    assert leg.answer(again) == expected
    assert leg.local == a.leg.local
    playback = leg.play([silence(media, 0.04)])
    async with asyncio.timeout(60):
        assert await told.get() == PlaybackFinished(playback)
    with pytest.raises(NoPorts):
        media.restore(snapshot, told.put_nowait)


async def a_conference_takes_from_a_bridge_and_gives_back(media: MediaService) -> None:
    caller, agent, supervisor = (pair(media)[0].leg for _ in range(3))
    caller.bridge(agent)
    conference = media.conference()
    conference.arrange(whispering(supervisor, caller, agent))
    assert (caller.bridged_to, agent.bridged_to) == (None, None)
    assert [leg.conference for leg in (caller, agent, supervisor)] == [conference] * 3
    supervisor.close()
    assert conference.legs == [caller, agent]
    caller.bridge(agent)
    assert conference.legs == []
    assert (caller.conference, agent.bridged_to) == (None, caller)
    conference.arrange(all_hear_all([caller, agent]))
    conference.close()
    assert (caller.conference, caller.bridged_to) == (None, None)


async def a_conference_refuses_what_cannot_be(media: MediaService) -> None:
    a, b = (pair(media)[0].leg for _ in range(2))
    conference = media.conference()
    with pytest.raises(ValueError, match="cannot hear"):
        conference.arrange({a: [a]})
    with pytest.raises(ValueError, match="cannot hear"):
        conference.arrange({a: [b]})
    assert (conference.legs, a.conference) == ([], None)
    b.close()
    conference.arrange(all_hear_all([a, b]))
    assert conference.legs == [a]


async def one_conference_at_a_time(media: MediaService) -> None:
    a, b, c = (pair(media)[0].leg for _ in range(3))
    first, second = media.conference(), media.conference()
    first.arrange(all_hear_all([a, b]))
    second.arrange(all_hear_all([b, c]))
    assert (first.legs, second.legs) == ([a], [b, c])
    second.arrange(all_hear_all([a, c]))
    assert (first.legs, b.conference) == ([], None)


async def a_prompt_in_a_conference_still_ends(media: MediaService) -> None:
    a, b = pair(media)
    media.conference().arrange(all_hear_all([a.leg, b.leg]))
    playback = a.leg.play([silence(media, 0.1)])
    assert await a.next() == PlaybackFinished(playback)


async def a_recording_tells_its_end_once(media: MediaService) -> None:
    a, b = pair(media)
    told: asyncio.Queue[RecordingEvent] = asyncio.Queue()
    recording = media.record("2026/call", left=a.leg, right=b.leg, on_event=told.put_nowait)
    assert recording.path == Path(media.settings.recordings) / "2026" / "call.wav"
    a.leg.close()
    recording.assign(left=a.leg, right=b.leg)
    recording.pause()
    recording.pause()
    recording.resume()
    recording.stop()
    recording.stop()
    recording.pause()
    recording.assign(left=None)
    async with asyncio.timeout(60):
        finished = await told.get()
    assert isinstance(finished, RecordingFinished)
    assert (finished.path, told.empty()) == (recording.path, True)


async def a_recording_that_cannot_be_made_is_refused(media: MediaService) -> None:
    a, _ = pair(media)
    media.record("call", left=a.leg, on_event=no_recording_event)
    for name in ("call", "../call", "/call"):
        with pytest.raises(RecordingError, match=name):
            media.record(name, left=a.leg, on_event=no_recording_event)


async def a_silence_is_told_and_the_recording_goes_on(media: MediaService) -> None:
    a, _ = pair(media)
    told: asyncio.Queue[RecordingEvent] = asyncio.Queue()
    recording = media.record(
        "message", left=a.leg, mono=True, silence_s=0.3, on_event=told.put_nowait
    )
    if isinstance(media, ScriptedMediaService):
        (number,) = media.script.recordings
        media.script.stay_silent(number)
    async with asyncio.timeout(60):
        silent = await told.get()
        assert isinstance(silent, RecordingSilent)
        assert silent.silent_s == pytest.approx(0.3, abs=0.02)
        recording.stop()
        assert isinstance(await told.get(), RecordingFinished)


async def suspended_time_is_not_in_the_file(media: MediaService) -> None:
    a, b = pair(media)
    told: asyncio.Queue[RecordingEvent] = asyncio.Queue()
    now = asyncio.get_running_loop().time
    began = now()
    recording = media.record("call", left=a.leg, right=b.leg, on_event=told.put_nowait)
    recording.suspend(True)
    await asyncio.sleep(2.0)
    recording.stop()
    passed_s = now() - began
    recording.suspend(False)
    async with asyncio.timeout(60):
        finished = await told.get()
    assert isinstance(finished, RecordingFinished)
    assert finished.duration_s < passed_s - 1.0


def no_recording_event(event: RecordingEvent) -> None:
    assert isinstance(event, RecordingFinished), event


CHECKS = [
    an_end_is_told_once,
    nothing_to_play_ends_at_once,
    what_is_replaced_or_stopped_tells_no_end,
    a_paused_playback_waits,
    a_playback_moves_past_its_end,
    a_growing_sound_plays_on_until_it_ends,
    a_held_peer_does_not_stop_time,
    a_playback_waits_for_its_hearer,
    keys_arrive_in_order,
    keys_cross_a_bridge,
    keys_by_sip_go_the_same_ways,
    keys_cross_a_bridge_to_who_takes_no_events,
    confidential_keys_are_told_and_cross_no_bridge,
    a_feature_code_crosses_no_bridge,
    a_bridge_parts_both_from_whoever_they_had,
    silence_is_told_while_watched,
    silence_is_not_missed_on_hold_or_unwatched,
    a_closed_leg_is_quiet_and_gives_its_port_back,
    a_conference_takes_from_a_bridge_and_gives_back,
    a_conference_refuses_what_cannot_be,
    one_conference_at_a_time,
    a_prompt_in_a_conference_still_ends,
    a_recording_tells_its_end_once,
    a_recording_that_cannot_be_made_is_refused,
    a_silence_is_told_and_the_recording_goes_on,
    suspended_time_is_not_in_the_file,
    ports_run_out_with_a_word,
    a_refused_offer_leaves_the_sound_alone,
    a_leg_is_restored_on_its_port,
]
Check = Callable[[MediaService], Awaitable[None]]
each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)


@asynccontextmanager
async def started(media: MediaService) -> AsyncIterator[MediaService]:
    await media.start()
    try:
        yield media
    finally:
        await media.stop()
        assert not media.legs


@each_check
@in_virtual_time
async def test_scripted(check: Check, tmp_path: Path) -> None:
    media = ScriptedMediaService(settings(tmp_path))
    async with started(media):
        silent_on_their_own(media)
        await check(media)


def silent_on_their_own(media: ScriptedMediaService) -> None:
    """Peers of the contract are silent unless told otherwise, as real ones with nothing to say."""
    open_leg = media.script.open_leg

    def open_silent(*args: object, **kwargs: object) -> tuple[int, int]:
        leg, port = open_leg(*args, **kwargs)  # type: ignore[arg-type]
        media.script.fall_silent(leg)
        return leg, port

    media.script.open_leg = open_silent  # type: ignore[method-assign]


@each_check
async def test_real(check: Check, tmp_path: Path) -> None:
    async with started(MediaService(settings(tmp_path))) as media:
        await check(media)
