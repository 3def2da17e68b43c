"""Message lamps and busy lamps: what phones are told, from the events alone."""

import asyncio
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from calls.lamps import DialogInfo, MessageSummary
from calls.mailboxes import Mailboxes
from calls.phone_dialogs import PhoneDialogs
from calls.settings import PhoneSettings
from events.calls import CallBridged, CallEnded
from events.ids import AgentId, PhoneId
from events.mailboxes import MailboxChanged
from sip.address import Address
from sip.dialog_id import DialogId
from sip.dialogs.leg_events import Answered, HungUp
from sip.digest import Credentials, answer_challenge, choose_challenge
from sip.message import Headers, Request, Response, header, header_values
from tests.calls.house import House
from tests.calls.phone import CENTRE, named, password_of, pick_up
from tests.calls.stories.test_transfer import served
from tests.sip.raw_peer import RawPeer
from tests.virtual_time import in_virtual_time

NS = "{urn:ietf:params:xml:ns:dialog-info}"
WATCHER = Address("UDP", "192.0.2.99", 5060)
PHONES = {
    PhoneId("3001"): PhoneSettings(contact="sip:3001@192.0.2.31"),
    PhoneId("3002"): PhoneSettings(mailboxes=("sales", "support"), watches=("3001",)),
    PhoneId("3003"): PhoneSettings(watches=("*",)),
}


def nameless(phone: str) -> dict[str, DialogId]:
    """Dialogs whose ids are not known."""
    return {}


@pytest.mark.parametrize(
    ("user", "resource", "status"),
    [("3001", "3001", 200), ("3002", "3001", 403), ("3003", "3001", 403), ("3001", "9999", 404)],
)
def test_whose_messages_a_phone_may_see(user: str, resource: str, status: int) -> None:
    assert MessageSummary(PHONES, Mailboxes(), "x").admits(user, resource) == status


@pytest.mark.parametrize(
    ("user", "resource", "status"),
    [
        ("3001", "3001", 200),
        ("3001", "3002", 403),
        ("3002", "3001", 200),
        ("3002", "3003", 403),
        ("3003", "3002", 200),
        ("3003", "9999", 404),
    ],
)
def test_whose_busy_lamp_a_phone_may_have(user: str, resource: str, status: int) -> None:
    assert DialogInfo(PHONES, PhoneDialogs(), "x", nameless).admits(user, resource) == status


def test_a_phones_mailboxes_are_counted_together() -> None:
    mailboxes = Mailboxes()
    for event in (
        MailboxChanged("sales", new=2, old=1),
        MailboxChanged("support", new=1, old=5),
        MailboxChanged("sales", new=1, old=2),
        MailboxChanged("3001", new=9),
    ):
        mailboxes.follow(event)
    summary = MessageSummary(PHONES, mailboxes, "example.test")
    assert summary.body("3002", summary.state("3002", "3002"), None, 0) == (
        b"Messages-Waiting: yes\r\n"
        b"Message-Account: sip:3002@example.test\r\n"
        b"Voice-Message: 2/7 (0/0)\r\n"
    )
    assert summary.state("3003", "3003") == {"voice": "0/0"}
    assert b"Messages-Waiting: no" in summary.body("3003", summary.state("3003", "3003"), None, 0)
    assert (summary.phones_of("sales"), summary.phones_of("3001")) == (["3002"], ["3001"])


def test_dialogs_are_told_whole_at_first_and_then_by_what_changed() -> None:
    info = DialogInfo(PHONES, PhoneDialogs(), "example.test", nameless)
    known = {"a-1": "recipient early", "b-1": "recipient confirmed", "c-0": "initiator trying"}
    whole = ET.fromstring(info.body("3001", known, None, 0))
    assert (whole.get("state"), whole.get("version")) == ("full", "0")
    assert whole.get("entity") == "sip:3001@example.test"
    assert len(whole) == 3
    now = {"a-1": "recipient confirmed", "b-1": "recipient confirmed"}
    part = ET.fromstring(info.body("3001", now, known, 1))
    assert (part.get("state"), part.get("version")) == ("partial", "1")
    told = {each.get("id"): each.findtext(f"{NS}state") for each in part}
    assert told == {"a-1": "confirmed", "c-0": "terminated"}


class Watcher:
    """A phone by hand: it subscribes and takes NOTIFYs. Usually 3003 of the house."""

    def __init__(self, peer: RawPeer, user: str = "3003", centre: str = CENTRE) -> None:
        self.peer = peer
        self.user = user
        self.centre = centre
        self.cseq = 0

    async def subscribe(
        self, event: str, resource: str, *, expires: int = 3600, password: str = ""
    ) -> Response:
        proof: Headers = ()
        uri = f"sip:{resource}@{self.centre}"
        while True:
            self.cseq += 1
            request = self.peer.request(
                "SUBSCRIBE",
                uri,
                to=f"<{uri}>",
                sender=f"<sip:{self.user}@{self.centre}>;tag=w",
                call_id=f"{event}-{resource}",
                cseq=self.cseq,
                headers=(("Event", event), ("Expires", str(expires)), *proof),
            )
            self.peer.send(request)
            answer = await self.peer.next()
            assert isinstance(answer, Response)
            if answer.status != 401 or proof:
                return answer
            challenge = choose_challenge(header_values(answer, "WWW-Authenticate"))
            assert challenge is not None
            who = Credentials(self.user, password or password_of(self.user))
            value = answer_challenge(who, challenge, "SUBSCRIBE", uri, cnonce="c")
            assert value is not None
            proof = (("Authorization", value),)

    async def told(self) -> Request:
        notify = await self.peer.next_request("NOTIFY")
        self.peer.respond(notify, 200)
        return notify

    async def dialogs(self) -> list[ET.Element]:
        """What the next NOTIFY tells of."""
        return list(ET.fromstring((await self.told()).body))

    async def lamp(self) -> list[tuple[str | None, str | None]]:
        """(direction, state) of each dialog in the next NOTIFY."""
        dialogs = await self.dialogs()
        return [(each.get("direction"), each.findtext(f"{NS}state")) for each in dialogs]


async def watcher(house: House, user: str = "3003") -> Watcher:
    peer = await RawPeer(Address("UDP", CENTRE, 5060)).open(house.network.open, WATCHER)
    return Watcher(peer, user)


SEES_ALL: dict[str, Any] = {"phones": {"3003": {"watches": ["*"]}}}


@in_virtual_time
async def test_a_busy_lamp_follows_its_phone_through_a_call(tmp_path: Path) -> None:
    async with House(tmp_path, changes=SEES_ALL) as house:
        phone = await house.phone("3002")
        caller = await house.phone("3001")
        lamp = await watcher(house)
        assert (await lamp.subscribe("dialog", "3002")).status == 200
        assert await lamp.lamp() == []
        await asyncio.sleep(2)  # the pace
        caller.dial("3002")
        assert await lamp.lamp() == [("recipient", "trying")]
        assert await lamp.lamp() == [("recipient", "early")]
        phone.answer()
        assert await lamp.lamp() == [("recipient", "confirmed")]
        caller.hang_up()
        assert await lamp.lamp() == [("recipient", "terminated")]
        await house.until(CallEnded)
        await house.quiet()


@in_virtual_time
async def test_the_caller_has_a_lamp_too(tmp_path: Path) -> None:
    async with House(tmp_path, changes=SEES_ALL) as house:
        phone = await house.phone("3002")
        phone.on_ring = pick_up
        caller = await house.phone("3001")
        lamp = await watcher(house)
        await lamp.subscribe("dialog", "3001")
        await lamp.told()
        await asyncio.sleep(2)
        caller.dial("3002")
        assert ("initiator", "trying") in await lamp.lamp()
        await house.until(CallBridged)
        assert await lamp.lamp() == [("initiator", "confirmed")]
        caller.hang_up()
        assert await lamp.lamp() == [("initiator", "terminated")]
        await house.quiet()


PICKS_UP: dict[str, Any] = {"phones": {"3002": {"watches": ["*"], "picks_up": ["staff"]}}}
AS_ITS_RECIPIENT, AS_ITS_PHONE = ("remote-tag", "local-tag"), ("local-tag", "remote-tag")


def replaces(dialog: ET.Element, order: tuple[str, str]) -> str:
    """What a lamp phone makes of it, for an INVITE that takes the call."""
    to_tag, from_tag = (dialog.get(name) for name in order)
    return f"{dialog.get('call-id')};to-tag={to_tag};from-tag={from_tag}"


@pytest.mark.parametrize("order", [AS_ITS_RECIPIENT, AS_ITS_PHONE])
@pytest.mark.parametrize("how", ["directly", "for a queue"])
@in_virtual_time
async def test_a_lamp_phone_picks_up_by_what_it_was_told(
    tmp_path: Path, how: str, order: tuple[str, str]
) -> None:
    async with House(tmp_path, changes=PICKS_UP) as house:
        rings, manager = await house.phone("3001"), await house.phone("3002")
        house.parts.desk.sign_in(AgentId("2"), PhoneId("3002"))
        house.parts.desk.make_not_available(AgentId("2"))
        lamp = await watcher(house, "3002")
        assert (await lamp.subscribe("dialog", "3001")).status == 200
        await lamp.told()
        await asyncio.sleep(2)
        caller = await house.caller()
        caller.dial("3001" if how == "directly" else "1001")
        (trying,) = await lamp.dialogs()
        assert trying.get("call-id") is None  # no dialog yet
        (early,) = await lamp.dialogs()
        assert early.findtext(f"{NS}state") == "early"
        phones_own = rings.leg.dialog_id
        assert phones_own == (early.get("call-id"), early.get("local-tag"), early.get("remote-tag"))
        manager.dial("3001", headers=(("Replaces", replaces(early, order)),))
        await manager.until(Answered)
        (gone,) = await lamp.dialogs()
        assert gone.findtext(f"{NS}state") == "terminated"
        assert gone.attrib == early.attrib
        assert rings.leg.ended
        assert house.talk_to_each_other
        caller.hang_up()
        await house.quiet()


@pytest.mark.parametrize(("user", "told"), [("3001", True), ("3002", True), ("3003", False)])
@in_virtual_time
async def test_only_who_may_take_a_call_can_name_it(tmp_path: Path, user: str, told: bool) -> None:
    """Its own phone may; whoever only watches could do nothing with it but harm."""
    changes = {"phones": {**PICKS_UP["phones"], **SEES_ALL["phones"]}}
    async with House(tmp_path, changes=changes) as house:
        caller, _ = await served(house)
        lamp = await watcher(house, user)
        await lamp.subscribe("dialog", "3001")
        (dialog,) = await lamp.dialogs()
        assert dialog.findtext(f"{NS}state") == "confirmed"
        known = {name for name in dialog.attrib if name not in ("id", "direction")}
        assert known == ({"call-id", "local-tag", "remote-tag"} if told else set())
        caller.hang_up()
        await house.quiet()


@in_virtual_time
async def test_dialogs_that_outlive_a_crash_can_be_named_again(tmp_path: Path) -> None:
    async with House(tmp_path, changes=PICKS_UP) as house:
        caller, agent = await served(house)
        lamp = await watcher(house, "3002")
        await lamp.subscribe("dialog", "3001")
        (before,) = await lamp.dialogs()
        house.keep()
        await house.crash()
        await house.restart()
        await lamp.told()  # before the call goes on
        (after,) = await lamp.dialogs()
        assert after.attrib == before.attrib
        manager = await house.phone("3002")
        manager.dial("3001", headers=(("Replaces", replaces(after, AS_ITS_RECIPIENT)),))
        await agent.until(HungUp)
        assert house.talk_to_each_other
        caller.hang_up()
        await house.quiet()


@in_virtual_time
async def test_who_takes_a_call_over_is_busy_and_who_lost_it_is_free(tmp_path: Path) -> None:
    changes = {"phones": {"3002": {"picks_up": ["staff"]}}}
    async with House(tmp_path, changes=changes) as house:
        caller, agent = await served(house)
        manager = await house.phone("3002")
        manager.dial("3001", headers=(("Replaces", named(agent.leg)),))
        await agent.until(HungUp)
        lit = house.parts.lamps.dialogs
        assert [each.state for each in lit.of("3002").values()] == ["confirmed"]
        assert lit.of("3001") == {}
        manager.hang_up()
        await caller.until(HungUp)
        await house.quiet()
        assert lit.of("3002") == {}


@in_virtual_time
async def test_an_agent_who_joins_two_others_is_free_and_they_are_not(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        first, second = await house.phone("3004"), await house.phone("3002")
        agent = await house.phone("3001")
        agent.on_ring = second.on_ring = pick_up
        lit = house.parts.lamps.dialogs
        first.dial("3001")
        await first.until(Answered)
        asked = agent.leg
        agent.dial("3002")
        await agent.until(Answered)
        agent.refer("3002", replaces=named(asked))
        await house.later(1.0)
        states = {phone: list(lit.of(phone).values()) for phone in ("3001", "3002", "3004")}
        assert [len(each) for each in states.values()] == [0, 1, 1]
        assert {each.state for found in states.values() for each in found} == {"confirmed"}
        first.hang_up()
        await house.quiet()
        assert [lit.of(phone) for phone in states] == [{}, {}, {}]


@in_virtual_time
async def test_the_message_lamp_follows_its_mailbox(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        lamp = await watcher(house)
        assert (await lamp.subscribe("message-summary", "3003")).status == 200
        assert b"Messages-Waiting: no" in (await lamp.told()).body
        house.parts.centre.services.feed.append(MailboxChanged("3003", new=1))
        assert b"Voice-Message: 1/0 (0/0)" in (await lamp.told()).body


@in_virtual_time
async def test_a_phone_that_never_asks_is_told_all_the_same_where_it_is_set_so(
    tmp_path: Path,
) -> None:
    changes = {"phones": {"3001": {"mwi": "unasked"}}}
    async with House(tmp_path, changes=changes) as house:
        peer = RawPeer(Address("UDP", CENTRE, 5060))
        await peer.open(house.network.open, Address("UDP", "192.0.2.31", 5060))
        first = await peer.next_request("NOTIFY")  # since it is reachable
        peer.respond(first, 200)
        house.parts.centre.services.feed.append(MailboxChanged("3001", new=3, old=1))
        notify = await peer.next_request("NOTIFY")
        assert b"Voice-Message: 3/1 (0/0)" in notify.body
        assert header(notify, "Event") == "message-summary"
        assert header(notify, "Subscription-State").startswith("terminated")
        peer.respond(notify, 200)


@in_virtual_time
async def test_only_phones_that_prove_themselves_and_may_are_told(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        lamp = await watcher(house)
        assert (await lamp.subscribe("dialog", "3003", password="guess")).status == 403
        assert (await lamp.subscribe("dialog", "3001")).status == 403
        assert (await lamp.subscribe("dialog", "nobody")).status == 404
        answer = await lamp.subscribe("presence", "3001")
        assert (answer.status, header(answer, "Allow-Events")) == (489, "message-summary, dialog")
        assert [message for message in lamp.peer.drain() if isinstance(message, Request)] == []


@in_virtual_time
async def test_a_carrier_may_not_watch_phones(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        carrier = await RawPeer(Address("UDP", CENTRE, 5060)).open(
            house.network.open, Address("UDP", "192.0.2.200", 5099)
        )
        lamp = Watcher(carrier, "62811")
        assert (await lamp.subscribe("dialog", "3001")).status == 403


@in_virtual_time
async def test_lamps_and_counts_survive_a_crash(tmp_path: Path) -> None:
    async with House(tmp_path, changes=SEES_ALL) as house:
        append = house.parts.centre.services.feed.append
        lamp = await watcher(house)
        append(MailboxChanged("3003", new=2))
        await lamp.subscribe("message-summary", "3003")
        assert b"2/0" in (await lamp.told()).body
        await lamp.subscribe("dialog", "3002")
        await lamp.told()
        house.keep()
        append(MailboxChanged("3003", new=5))
        assert b"5/0" in (await lamp.told()).body
        await house.crash()
        await house.restart()
        again = [await lamp.told(), await lamp.told()]
        bodies = b"".join(notify.body for notify in again)
        assert b"Voice-Message: 5/0" in bodies
        assert b'state="full"' in bodies
        house.parts.centre.services.feed.append(MailboxChanged("3003", new=0, old=5))
        await asyncio.sleep(2)
        assert b"0/5" in (await lamp.told()).body
