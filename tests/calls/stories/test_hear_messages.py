"""*97: a phone hears its messages, keeps or erases them, and its lamp follows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallEnded
from events.mailboxes import MailboxChanged, MessageErased, MessageHeard, MessageLeft
from events.recordings import RecordingStarted
from sip.address import Address
from tests.calls.house import House
from tests.calls.phone import CENTRE, Phone
from tests.calls.plan import NUMBERS
from tests.calls.test_lamps import Watcher
from tests.calls.voicemail.test_voicemail import FLOWS, leave, speaking
from tests.sip.raw_peer import RawPeer
from tests.virtual_time import in_virtual_time

CHANGES: dict[str, Any] = {
    "mailboxes": {"sales": {}},
    "phones": {"3001": {"mailboxes": ["sales"]}},
    "numbers": [*NUMBERS, {"dial": "*97", "feature": "voicemail"}],
}


def house_of(tmp_path: Path) -> House:
    return House(tmp_path, flows=FLOWS, changes=CHANGES)


async def listening(house: House, user: str = "3001") -> Phone:
    phone = await house.phone(user)
    phone.dial("*97")
    return phone


async def until_heard(house: House, what: Callable[[str], bool], limit_s: float = 60.0) -> str:
    """Wait for what the phone hears; looks ten times a second of virtual time."""
    for _ in range(round(limit_s * 10)):
        if house.parts.centre.calls and what(heard := house.hears(house.call.leg)):
            return heard
        await house.later(0.1)
    raise AssertionError("never heard")


async def until_message(house: House, count: int) -> None:
    recording = house.all(MessageLeft)[count - 1].recording
    await until_heard(house, lambda heard: heard == recording)


@in_virtual_time
async def test_an_empty_mailbox_says_so(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await listening(house)
        await until_heard(house, lambda heard: "feature_voicemail_empty" in heard)
        assert (await house.until(CallEnded)).cause == "normal"


@in_virtual_time
async def test_messages_are_heard_kept_and_erased(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        for seconds in (5, 6, 7):
            await leave(house, seconds)
        await listening(house)
        counts = await until_heard(house, lambda heard: "feature_voicemail_new" in heard)
        assert counts.startswith("part_3")
        await until_message(house, 1)
        house.press(house.call.leg, "2")
        await until_message(house, 2)
        house.press(house.call.leg, "3")
        await until_message(house, 3)
        assert (await house.until(MailboxChanged, count=5)).new == 1
        house.press(house.call.leg, "#")
        await house.until(CallEnded, count=4)
        first, second, third = [left.recording for left in house.all(MessageLeft)]
        heard = [event.recording for event in house.all(MessageHeard)]
        assert heard == [first, second, third]
        assert house.the(MessageErased) == MessageErased("sales", second, "phone 3001")
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=0, old=2)
        await house.quiet()


@in_virtual_time
async def test_a_message_that_was_not_heard_to_its_end_stays_new(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 9)
        phone = await listening(house)
        await until_message(house, 1)
        await house.later(2)
        phone.hang_up()
        await house.quiet()
        assert house.count(MessageHeard) == 0
        assert house.all(MailboxChanged)[-1] == MailboxChanged("sales", new=1)


@in_virtual_time
async def test_it_is_heard_again_by_a_key_and_a_silent_phone_is_let_go(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        await listening(house)
        await until_message(house, 1)
        house.press(house.call.leg, "1")
        await until_heard(house, lambda heard: "feature_voicemail_message" in heard)
        await until_message(house, 1)
        await house.until(CallEnded, count=2)
        assert house.count(MessageHeard) == 1


@pytest.mark.parametrize(
    ("keys", "lasts_s"),
    [
        ([], 20.0),
        ([(8.0, "6")], 15.0),
        ([(8.0, "4")], 25.0),
        ([(2.0, "4")], 22.0),
        ([(8.0, "5"), (30.0, "5")], 50.0),
        ([(8.0, "5"), (30.0, "6"), (1.0, "5")], 46.0),
        ([(18.0, "6")], 18.0),
    ],
)
@in_virtual_time
async def test_keys_move_about_in_a_message(
    tmp_path: Path, keys: list[tuple[float, str]], lasts_s: float
) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 20)
        await listening(house)
        await until_message(house, 1)
        began_at = house.clock()
        for after_s, key in keys:
            await house.later(after_s)
            house.press(house.call.leg, key)
        await until_heard(house, lambda heard: "feature_voicemail_keys" in heard)
        assert house.clock() - began_at == pytest.approx(lasts_s, abs=1.0)
        assert house.count(MessageHeard) == 1


@in_virtual_time
async def test_a_message_whose_sound_is_away_is_told_and_stays(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        started = house.the(RecordingStarted)
        book = house.parts.centre.services.voicemail.book
        book.messages[started.recording].file = "away"
        await listening(house)
        await until_heard(house, lambda heard: "feature_voicemail_unreadable" in heard)
        await house.quiet()
        assert house.count(MessageHeard) == 0


@in_virtual_time
async def test_a_phone_hears_its_own_mailboxes_alone(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        await leave(house, 5)
        await listening(house, "3002")
        await until_heard(house, lambda heard: "feature_voicemail_empty" in heard)


@in_virtual_time
async def test_the_lamp_is_lit_and_goes_out(tmp_path: Path) -> None:
    async with house_of(tmp_path) as house:
        peer = RawPeer(Address("UDP", CENTRE, 5060))
        await peer.open(house.network.open, Address("UDP", "192.0.2.99", 5060))
        lamp = Watcher(peer, "3001")
        await lamp.subscribe("message-summary", "3001")
        await until_lamp(lamp, b"Voice-Message: 0/0")
        caller = await speaking(house)
        await house.later(5)
        caller.hang_up()
        await until_lamp(lamp, b"Voice-Message: 1/0")
        await listening(house)
        await until_message(house, 1)
        house.press(house.call.leg, "2")
        await until_lamp(lamp, b"Voice-Message: 0/1")


async def until_lamp(lamp: Watcher, shows: bytes) -> None:
    """A NOTIFY that nobody answered meanwhile may come again."""
    for _ in range(20):
        if shows in (await lamp.told()).body:
            return
    raise AssertionError("never shown")
