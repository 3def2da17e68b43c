"""The message lamps of two softphones through a message's whole life: left, heard, erased.

PJSIP and Debian's baresip share the mailbox; the message is spoken by a third phone.
"""

from pathlib import Path
from typing import Any

import pytest

from events.mailboxes import MessageErased, MessageHeard, MessageLeft
from events.recordings import RecordingStarted
from tests.e2e.event_stream import EventStream
from tests.e2e.stage import CALM, phone
from tests.rig.baresip_program import BaresipProgram
from tests.rig.centre import Centre
from tests.rig.softphone import Softphone
from tests.sound import tone

pytestmark = pytest.mark.softphone

PATIENCE_S = 60.0
CHANGES: dict[str, Any] = {**CALM, "sip": {**CALM["sip"], "algorithms": ["MD5"]}}
"""baresip 1 gives up at a challenge that it does not know."""


async def lamps_are(pjsip: Softphone, baresip: BaresipProgram, waiting: str, count: str) -> None:
    """Both come to show this; something already known may be told again before."""
    text = ""
    while f"Voice-Message: {count} (0/0)" not in text:
        text = (await pjsip.expect("messages", within_s=PATIENCE_S)).fields["text"]
    assert f"Messages-Waiting: {waiting}\r\n" in text
    await baresip.shows(f"Messages-Waiting: {waiting}")
    await baresip.shows(f"Voice-Message: {count} (0/0)")


async def leave_message(caller: Softphone, centre: Centre, events: EventStream) -> MessageLeft:
    """They speak from the beep on, and hang up when all is said."""
    await caller.call(f"sip:1003@{centre.sip}")
    await caller.expect("established")
    await caller.press("5")  # the greeting has been heard before
    await events.expect(RecordingStarted, within_s=PATIENCE_S)
    await caller.say(tone(700.0, 3.0, at_db=-14), loop=False)
    await caller.expect("sound_finished", within_s=PATIENCE_S)
    await caller.hang_up()
    return await events.expect(MessageLeft, within_s=PATIENCE_S, mailbox="support")


async def test_lamps_light_up_and_go_out_with_the_message(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CHANGES) as centre,
        EventStream(centre) as events,
        phone("pjsua2", "2002", centre, tmp_path, lamp=True) as desk,
        BaresipProgram(
            user="2004", password="demo-2004", registrar=centre.sip, folder=tmp_path
        ) as other_desk,
        phone("baresip", "2001", centre, tmp_path) as caller,
    ):
        await desk.register()
        await caller.register()
        await lamps_are(desk, other_desk, "no", "0/0")

        left = await leave_message(caller, centre, events)
        await lamps_are(desk, other_desk, "yes", "1/0")

        await desk.call(f"sip:*97@{centre.sip}")
        await desk.expect("established")
        await events.expect(MessageHeard, within_s=PATIENCE_S, recording=left.recording)
        await lamps_are(desk, other_desk, "no", "0/1")

        await desk.press("3")
        await events.expect(MessageErased, within_s=PATIENCE_S, recording=left.recording)
        await lamps_are(desk, other_desk, "no", "0/0")
