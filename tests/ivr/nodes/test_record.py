"""record: what the caller hears of it, and what is wished of the recording."""

import pytest
from pydantic import ValidationError

from ivr.caller import RecordingWish
from ivr.node import Sound
from ivr.nodes.record import Record
from tests.ivr.fake_caller import FakeCaller
from tests.virtual_time import in_virtual_time


def record(**fields: object) -> Record:
    return Record.model_validate({"do": "start", "next": "on", **fields})


@in_virtual_time
async def test_an_announcement_is_heard_before_it_counts() -> None:
    caller = FakeCaller(typed="1")
    node = record(do="announce", prompt="notice")
    assert await node.run(caller) == ("next", "on", None, False)
    assert (caller.heard, caller.did) == (["notice"], ["recording announce"])
    assert node.sound() is Sound.TWO_WAY


@pytest.mark.parametrize("do", ["consent", "refuse", "start", "stop", "pause", "resume"])
@in_virtual_time
async def test_the_others_need_no_words(do: str) -> None:
    caller = FakeCaller()
    node = record(do=do)
    assert (await node.run(caller)).target == "on"
    assert (caller.did, node.sound()) == ([f"recording {do}"], Sound.NONE)


@pytest.mark.parametrize(("otherwise", "target"), [("no", "no"), (None, "on")])
@in_virtual_time
async def test_what_cannot_be_done_goes_its_own_way(otherwise: str | None, target: str) -> None:
    caller = FakeCaller()
    caller.unwished = {RecordingWish.START}
    assert (await record(otherwise=otherwise).run(caller))[:2] == ("otherwise", target)


def test_a_silent_announcement_is_refused() -> None:
    with pytest.raises(ValidationError, match="nobody hears it"):
        record(do="announce")
