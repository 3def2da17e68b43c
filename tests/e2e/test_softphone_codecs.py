"""Wideband phones: sound passes through where both speak a codec, else it is decoded."""

from pathlib import Path

import pytest

from events.calls import CallBridged, MediaMeasured
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears_what
from tests.e2e.stage import CALM, phone
from tests.rig.centre import Centre
from tests.rig.softphone import Softphone
from tests.sound import RATE_HZ, talk
from tests.spectra import FARTHEST_DB, SpectralMatch, compare_spectra

pytestmark = pytest.mark.softphone

CALLER_SAYS, AGENT_SAYS = talk(2.0, seed=5), talk(2.0, seed=6)
G722, OPUS, PCMU = "g722/16000/1", "opus/48000/2", "pcmu"


@pytest.mark.parametrize(
    ("caller_speaks", "agent_speaks", "sound"),
    [
        ((OPUS, PCMU), (PCMU, OPUS), "OPUS passes through"),
        (
            (G722,),
            (OPUS,),
            "G722 and OPUS are decoded: the called side did not take G722",
        ),
        ((PCMU,), (G722,), "PCMU and G722 are decoded: the called side did not take PCMU"),
    ],
)
@pytest.mark.slow
async def test_two_phones_hear_each_other_whatever_they_speak(
    caller_speaks: tuple[str, ...], agent_speaks: tuple[str, ...], sound: str, tmp_path: Path
) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path, codecs=agent_speaks) as agent,
        phone("baresip", "2002", centre, tmp_path, codecs=caller_speaks) as caller,
    ):
        await agent.register()
        await caller.register()
        await caller.say(CALLER_SAYS)
        await agent.say(AGENT_SAYS)
        await caller.call(f"sip:2001@{centre.sip}")
        await agent.answer()
        assert (await events.expect(CallBridged)).sound == sound
        await hears(caller, AGENT_SAYS)
        await hears(agent, CALLER_SAYS)
        await agent.hang_up()
        measured = await events.expect(MediaMeasured)
        assert measured.codec == sound.split()[0] or measured.codec in sound
        assert measured.mos is not None
        assert measured.mos > 4


async def hears(listener: Softphone, played: bytes) -> None:
    """The right voice, whole and as loud as it was said; codecs here need not keep waveforms.

    A phone whose own threads are starved on a busy machine may stumble: it gets many rounds.
    """
    seconds = 2 * len(played) / 2 / RATE_HZ + 0.5
    await hears_what(listener, seconds, lambda heard: compare_spectra(heard, played), is_good)


def is_good(match: SpectralMatch) -> bool:
    whole = match.distance_db <= FARTHEST_DB and match.longest_gap_ms <= 40
    return whole and abs(match.level_db) < 2.5  # of which the phone loses one
