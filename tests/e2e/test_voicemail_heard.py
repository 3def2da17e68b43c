"""A message is left with a tone in it, sealed on the disk, and the same tone is heard by *97."""

import asyncio
from pathlib import Path

import pytest

from events.calls import CallEnded
from events.mailboxes import MessageErased, MessageHeard, MessageLeft
from events.recordings import RecordingDeleted, RecordingStarted, RecordingStored
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears_exactly, listen
from tests.e2e.stage import CALM, phone
from tests.rig.centre import Centre, merged
from tests.sound import tone

pytestmark = pytest.mark.softphone

SAID, OTHER = 700.0, 1300.0
CHANGES = merged(CALM, {"recording": {"key_env": "RECORDING_KEY", "form": "opus"}})


@pytest.mark.slow
async def test_what_was_said_is_heard_and_leaves_the_disk_when_erased(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CHANGES, environ={"RECORDING_KEY": "5a" * 32}) as centre,
        EventStream(centre) as events,
        phone("baresip", "2001", centre, tmp_path) as caller,
        phone("baresip", "2002", centre, tmp_path) as agent,
    ):
        await caller.register()
        await agent.register()
        await caller.say(tone(SAID, 1.0, at_db=-14))
        await caller.call(f"sip:1003@{centre.sip}")
        await listen(caller, 0.6)
        await caller.press("5")  # the greeting has been heard before
        started = await events.expect(RecordingStarted)
        await asyncio.sleep(3.0)  # they speak: silence comes back
        await caller.hang_up()
        left = await events.expect(MessageLeft, mailbox="support")
        assert left.duration_s > 2.5
        stored = await events.expect(RecordingStored, recording=started.recording)
        assert (stored.form, stored.sealed) == ("wav", True)
        folder = centre.folder / "var" / "recordings"
        assert (folder / stored.file).exists()

        await agent.call(f"sip:*97@{centre.sip}")
        await hears_exactly(agent, {SAID}, of=(SAID, OTHER))
        await events.expect(MessageHeard, recording=left.recording)
        await agent.press("3")
        await events.expect(MessageErased, recording=left.recording, by="phone 2002")
        await events.expect(RecordingDeleted, recording=left.recording)
        assert not (folder / stored.file).exists()
        await events.expect(CallEnded, call=left.call)
        assert (
            await centre.metric("sentral_voicemail_messages", mailbox="support", state="new") == 0
        )
