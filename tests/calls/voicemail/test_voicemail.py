"""Messages from the first word to the lamp, through hang-ups, crashes and full mailboxes."""

from pathlib import Path
from typing import Any

import pytest

from calls.problems import Refused
from events.calls import CallEnded
from events.ids import PhoneId
from events.mailboxes import (
    MailboxChanged,
    MessageDropped,
    MessageErased,
    MessageHeard,
    MessageLeft,
)
from events.recordings import RecordingDeleted, RecordingStarted, RecordingStopped
from events.surveys import SurveyCommented
from tests.calls.house import House
from tests.calls.phone import Phone
from tests.calls.recording.test_recorder import wav_of
from tests.virtual_time import in_virtual_time

FLOWS = {
    "main": """
languages: [en]
start: leave
nodes:
  leave:
    kind: voicemail
    mailbox: sales
    prompt: hello
    review: {prompt: menu}
    next: bye
    full: sorry
    failed: bye
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
"""
}
SETTINGS: dict[str, Any] = {"mailboxes": {"sales": {"max_messages": 2, "kept_days": 30}}}
DAY_S = 86_400.0


def house_of(tmp_path: Path, **mailbox: Any) -> House:
    changes = {"mailboxes": {"sales": {**SETTINGS["mailboxes"]["sales"], **mailbox}}}
    return House(tmp_path, flows=FLOWS, changes=changes)


async def speaking(house: House, number: str = "62811") -> Phone:
    """A caller after the tone."""
    before = house.count(RecordingStarted)
    caller = await house.caller(number, port=5060 + len(house.phones))
    caller.dial("1000")
    await house.until(RecordingStarted, count=before + 1)
    return caller


async def leave(house: House, seconds: float) -> None:
    """Somebody speaks, and hangs up."""
    caller = await speaking(house)
    ended = house.count(CallEnded)
    await house.later(seconds)
    caller.hang_up()
    await house.until(CallEnded, count=ended + 1)
    await house.quiet()


@in_virtual_time
async def test_a_message_is_sent_by_a_key_and_lights_the_lamp(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await speaking(house)
        await house.later(9)
        house.press(house.call.leg, "#1")
        left = await house.until(MessageLeft)
        assert house.count(CallEnded) == 0, "sent while the caller is still there"
        assert (left.mailbox, left.caller) == ("sales", house.call.state.caller)
        assert left.duration_s == pytest.approx(9, abs=0.5)
        assert house.the(MailboxChanged) == MailboxChanged("sales", new=1)
        await house.quiet()
        assert house.count(MessageLeft) == 1


@pytest.mark.parametrize(("seconds", "new"), [(7.0, 1), (1.0, 0)])
@in_virtual_time
async def test_who_hangs_up_after_speaking_has_left_a_message(
    tmp_path: Path, seconds: float, new: int
) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, seconds)
        assert house.parts.centre.services.voicemail.book.counts("sales") == (new, 0)
        assert house.count(MailboxChanged) == new
        assert house.count(MessageDropped) == 1 - new


@in_virtual_time
async def test_what_is_spoken_anew_replaces_what_was_said(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        caller = await speaking(house)
        await house.later(5)
        house.press(house.call.leg, "#3")
        await house.until(RecordingStarted, count=2)
        await house.later(8)
        caller.hang_up()
        await house.quiet()
        first, second = house.all(RecordingStarted)
        assert house.the(MessageLeft).recording == second.recording
        assert house.the(MessageDropped).recording == first.recording
        assert set(house.parts.centre.services.voicemail.book.waste) == {first.recording}


@in_virtual_time
async def test_a_full_mailbox_takes_no_more(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        await leave(house, 5)
        caller = await house.caller("62899", port=5090)
        caller.dial("1000")
        await house.until(CallEnded, count=3)
        assert house.count(RecordingStarted) == 2
        voicemail = house.parts.centre.services.voicemail
        voicemail.erase(house.all(MessageLeft)[0].recording, "api")
        assert not voicemail.is_full("sales")
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=1)


@pytest.mark.parametrize("kept", [False, True])
@in_virtual_time
async def test_a_crash_in_the_middle_of_a_message_loses_nothing(tmp_path: Path, kept: bool) -> None:
    async with house_of(tmp_path, max_messages=9) as house:
        await leave(house, 5)
        caller = await speaking(house)
        if kept:
            house.keep()
        await house.later(6)
        await house.crash()
        file = house.all(RecordingStarted)[1].file
        (tmp_path / "recordings" / f"{file}.wav").write_bytes(wav_of(seconds=6, told=5))
        await house.restart()
        assert (await house.until(RecordingStopped, count=2)).recovered
        await house.until(RecordingStarted, count=3)  # greeted again, they speak on
        await house.later(4)
        caller.hang_up()
        await house.quiet()
        left = [each.recording for each in house.all(MessageLeft)]
        assert left == [started.recording for started in house.all(RecordingStarted)]
        assert house.parts.centre.services.voicemail.book.counts("sales") == (3, 0)


@in_virtual_time
async def test_what_a_dying_process_could_not_say_is_said_by_the_next(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        upto = next(each.seq for each in house.recorded if isinstance(each.event, MessageLeft))
        await house.crash()
        await house.restart(upto=upto - 1)
        assert house.the(MessageLeft).mailbox == "sales"
        assert house.the(MailboxChanged) == MailboxChanged("sales", new=1)
        await house.crash()
        await house.restart(upto=house.recorded[-1].seq)
        assert house.count(MessageLeft) == house.count(MailboxChanged) == 1


@pytest.mark.parametrize("kept", [False, True])
@in_virtual_time
async def test_mailboxes_survive_a_crash(tmp_path: Path, kept: bool) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        await leave(house, 6)
        first, second = house.all(MessageLeft)
        house.parts.centre.services.voicemail.heard(first.recording, "phone 3001")
        if kept:
            house.keep()
        await house.crash()
        await house.restart()
        voicemail = house.parts.centre.services.voicemail
        assert [each.recording for each in voicemail.messages(["sales"])] == [
            second.recording,
            first.recording,
        ]
        assert voicemail.book.counts("sales") == (1, 1)


@in_virtual_time
async def test_messages_are_kept_for_their_days(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        await house.later(29 * DAY_S)
        assert house.count(MessageErased) == 0
        await house.later(1.1 * DAY_S)
        assert house.the(MessageErased).by == "retention"
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=0)


@in_virtual_time
async def test_a_recording_that_is_removed_is_no_message_any_more(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        left = house.the(MessageLeft)
        append = house.parts.centre.services.feed.append
        append(RecordingDeleted(left.call, left.recording, "retention"))
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=0)
        voicemail = house.parts.centre.services.voicemail
        with pytest.raises(Refused, match="no message"):
            voicemail.heard(left.recording, "api")
        assert voicemail.book.messages == {}


@in_virtual_time
async def test_heard_once_is_heard(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        voicemail = house.parts.centre.services.voicemail
        for _ in range(2):
            voicemail.heard(house.the(MessageLeft).recording, "api")
        assert house.count(MessageHeard) == 1
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=0, old=1)


COMMENT = {
    "main": """
languages: [en]
start: why
nodes:
  why:
    kind: survey
    survey: service
    question: why
    scale: spoken
    prompt: hello
    into: said_s
    next: bye
    otherwise: sorry
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
"""
}


@pytest.mark.parametrize("hangs_up", [False, True])
@in_virtual_time
async def test_a_spoken_comment_is_told_however_it_ends(tmp_path: Path, hangs_up: bool) -> None:
    async with House(tmp_path, flows=COMMENT) as house:
        caller = await speaking(house)
        await house.later(8)
        if hangs_up:
            caller.hang_up()
        else:
            house.press(house.call.leg, "#")
        await house.quiet()
        told = house.the(SurveyCommented)
        assert (told.survey, told.question) == ("service", "why")
        assert told.recording == house.the(RecordingStarted).recording
        assert told.duration_s == pytest.approx(8, abs=0.5)
        assert house.count(MessageLeft) == 0


def test_phones_have_mailboxes_of_their_own_name(tmp_path: Path) -> None:
    settings = {"phones": {"3001": {"mailboxes": ["sales", "3001"]}}}

    @in_virtual_time
    async def check() -> None:
        async with House(tmp_path, changes=settings) as house:
            voicemail = house.parts.centre.services.voicemail
            assert voicemail.at(PhoneId("3001")) == ("sales", "3001")
            assert voicemail.at(PhoneId("3002")) == ("3002",)
            assert [voicemail.knows(name) for name in ("sales", "3002", "nobody")] == [
                *(True, True, False)
            ]

    check()
