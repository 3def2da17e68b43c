"""What a trace says about a bridge's sound, and what an agent is offered for a caller's codec."""

import pytest

from media.events import MediaEvent
from media.leg import MediaLeg
from tests.media.scripted_media import ScriptedMediaService
from tests.virtual_time import in_virtual_time

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"


async def leg(media: ScriptedMediaService, formats: str, *more: str) -> MediaLeg:
    events: list[MediaEvent] = []
    opened = media.open(signalling_host="192.0.2.10", on_event=events.append)
    lines = [f"m=audio 4000 RTP/AVP {formats}", "a=rtpmap:96 opus/48000/2", *more]
    opened.answer((HEAD + "\r\n".join(lines) + "\r\n").encode())
    return opened


@pytest.mark.parametrize(
    ("caller", "other", "said"),
    [
        (["0"], ["0"], "PCMU passes through"),
        (["96"], ["96"], "OPUS passes through"),
        (["0"], ["8"], "PCMU and PCMA by table"),
        (["0", "a=ptime:60"], ["0"], "PCMU is cut anew: 60 ms, 20 ms a packet"),
        (["9"], ["0"], "G722 and PCMU are decoded: the called side did not take G722"),
    ],
)
@in_virtual_time
async def test_a_bridge_is_explained(caller: list[str], other: list[str], said: str) -> None:
    media = ScriptedMediaService()
    await media.start()
    assert (await leg(media, *caller)).explain_bridge(await leg(media, *other)) == said


@in_virtual_time
async def test_the_callers_codec_is_offered_first() -> None:
    media = ScriptedMediaService()
    await media.start()
    for first, numbers in [("G722", "9 0 8"), ("PCMA", "8 0 9"), ("GSM", "0 8 9"), ("", "0 8 9")]:
        opened = media.open(signalling_host="192.0.2.10", first=first, on_event=lambda _: None)
        line = next(x for x in opened.offer().decode().splitlines() if x.startswith("m="))
        assert " ".join(line.split()[3:6]) == numbers
