"""Callers who do not want to be known, RFC 3323: what reaches phones, trunks, events, records."""

import json
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallArrived, CallBridged, CallCheckpointed, CallEnded
from events.codec import to_json
from sip.dialogs.leg_events import Answered, Rejected
from sip.message import Headers, Request, header, header_or_none, header_values
from sip.serialiser import serialise
from tests.calls.house import House
from tests.calls.phone import CENTRE, Phone, pick_up, sdp
from tests.calls.plan import CARRIER
from tests.virtual_time import in_virtual_time

FROM_NUMBER, ASSERTED_NUMBER = "62811", "+62812"
ASSERTED = ("P-Asserted-Identity", f'"Citra" <sip:{ASSERTED_NUMBER}@far.example>')
TELLING: Headers = (
    ("Subject", "secret subject"),
    ("Organization", "secret house"),
    ("User-Agent", "secret phone"),
    ("Call-Info", "<http://secret.example/>;purpose=icon"),
    ("Reply-To", "<sip:secret@far.example>"),
    ("In-Reply-To", "secret"),
)
"""What user-level privacy takes away, §5.3."""

ANONYMOUS_URI = "sip:anonymous@anonymous.invalid"


def asking(wish: str | None) -> Headers:
    return () if wish is None else (("Privacy", wish),)


def telling_offer(phone: Phone) -> bytes:
    plain = sdp(phone.host)
    return plain.replace(b"o=-", b"o=secret").replace(b"s=-", b"s=secret")


def tells_nothing_of(invite: Request, *numbers: str) -> bool:
    text = serialise(invite)
    return not any(word.encode() in text for word in ("secret", "Citra", "far.example", *numbers))


def trunk(**changes: Any) -> dict[str, Any]:
    return {"trunks": {"carrier": changes}}


@pytest.mark.parametrize(
    ("identity", "wish", "caller", "asserted", "told"),
    [
        ("from", None, ASSERTED_NUMBER, None, None),
        ("from", "id", None, None, "id"),
        ("from", "user", None, None, "id"),
        ("from", "header;session", ASSERTED_NUMBER, None, None),
        ("from", "none", ASSERTED_NUMBER, None, "none"),
        ("asserted", None, ASSERTED_NUMBER, ASSERTED_NUMBER, None),
        ("asserted", "id", None, ASSERTED_NUMBER, "id"),
        ("asserted", "id;user;header;session;history;critical", None, ASSERTED_NUMBER, "id"),
        ("asserted", "id;none", ASSERTED_NUMBER, ASSERTED_NUMBER, "none"),
    ],
)
@in_virtual_time
async def test_what_a_trunk_reads_of_a_caller_from_outside(
    tmp_path: Path,
    identity: str,
    wish: str | None,
    caller: str | None,
    asserted: str | None,
    told: str | None,
) -> None:
    async with House(tmp_path, changes=trunk(identity=identity)) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        somebody = await house.caller(FROM_NUMBER)
        headers = (ASSERTED, *TELLING, *asking(wish))
        somebody.dial("0900", offer=telling_offer(somebody), headers=headers)
        await somebody.until(Answered)
        invite = gateway.leg.invite
        shown = ANONYMOUS_URI if caller is None else f"sip:{caller}@"
        assert shown in header(invite, "From")
        assert f"sip:{caller or 'anonymous'}@" in header(invite, "Contact")
        named = header_or_none(invite, "P-Asserted-Identity")
        assert named == (asserted and f'"Citra" <sip:{asserted}@{CARRIER}>')
        assert header_or_none(invite, "Privacy") == told
        assert b"secret" not in serialise(invite), "whatever the wish, we write our own headers"
        assert CARRIER.encode() not in invite.body, "sound goes through us: no address of theirs"
        if identity == "from" and caller is None:
            assert tells_nothing_of(invite, FROM_NUMBER, ASSERTED_NUMBER)
        somebody.hang_up()
        await house.until(CallEnded)


@pytest.mark.parametrize("wish", ["id", "user", "user;critical"])
@in_virtual_time
async def test_agents_events_and_records_do_not_know_a_caller_from_outside_who_hides(
    tmp_path: Path, wish: str
) -> None:
    async with House(tmp_path) as house:
        desk = await house.phone("3001")
        desk.on_ring = pick_up
        desk.dial("*70")
        await desk.until(Answered)
        desk.hang_up()
        await house.later(5)
        somebody = await house.caller(FROM_NUMBER)
        somebody.dial("1001", headers=(ASSERTED, *TELLING, *asking(wish)))
        await house.until(CallBridged)
        invite = desk.leg.invite
        assert "anonymous" in header(invite, "From")
        assert tells_nothing_of(invite, FROM_NUMBER, ASSERTED_NUMBER)
        somebody.hang_up()
        await house.until(CallEnded)
        told = [each for each in house.recorded if not isinstance(each.event, CallCheckpointed)]
        written = json.dumps([to_json(each) for each in told])  # checkpoints keep the dialog's own
        assert not any(each in written for each in (FROM_NUMBER, ASSERTED_NUMBER, "Citra"))
        arrived = next(each for each in house.all(CallArrived) if each.trunk)
        assert house.parties[arrived.caller] == ("anonymous", "")


@in_virtual_time
async def test_a_restart_does_not_reveal_who_hid(tmp_path: Path) -> None:
    async with House(tmp_path, changes=trunk(identity="asserted")) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        somebody = await house.caller(FROM_NUMBER)
        somebody.dial("1000", headers=(ASSERTED, *asking("id")))
        await somebody.until(Answered)
        await house.later(1.5)
        await house.crash()
        await house.restart()
        await house.later(1.5)
        house.press(house.call.leg, "3")
        await house.until(CallBridged)
        invite = gateway.leg.invite
        assert ANONYMOUS_URI in header(invite, "From")
        assert ASSERTED_NUMBER in header(invite, "P-Asserted-Identity")
        assert header(invite, "Privacy") == "id"


@pytest.mark.parametrize(
    ("number", "wish", "hide_caller", "shown"),
    [
        ("0900", None, False, "sip:3002@"),
        ("0900", "id", False, ANONYMOUS_URI),
        ("0900", None, True, ANONYMOUS_URI),
        ("0900", "none", True, "sip:3002@"),
        ("112", "id", False, "sip:3002@"),  # help must find everybody
    ],
)
@in_virtual_time
async def test_a_phone_of_ours_that_hides_from_whom_it_calls_outside(
    tmp_path: Path, number: str, wish: str | None, hide_caller: bool, shown: str
) -> None:
    async with House(tmp_path, changes=trunk(hide_caller=hide_caller)) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        manager = await house.phone("3002")
        manager.dial(number, headers=asking(wish))
        await manager.until(Answered)
        assert shown in header(gateway.leg.invite, "From")
        assert house.parties[house.the(CallArrived).caller][0] == "3002", "records know our phones"
        manager.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_a_phone_of_ours_that_hides_from_a_colleague(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        hall, manager = await house.phone("3004"), await house.phone("3002")
        hall.on_ring = pick_up
        manager.dial("3004", headers=asking("user"))
        await manager.until(Answered)
        assert f"sip:anonymous@{CENTRE}" in header(hall.leg.invite, "From")
        assert tells_nothing_of(hall.leg.invite, "3002")
        manager.hang_up()
        await house.until(CallEnded)


@in_virtual_time
async def test_a_call_that_must_not_go_on_without_something_unknown_is_refused(
    tmp_path: Path,
) -> None:
    async with House(tmp_path) as house:
        somebody = await house.caller()
        somebody.dial("1000", headers=asking("id;moon;critical"))
        refused = await somebody.until(Rejected)
        assert isinstance(refused, Rejected)
        assert (refused.status, refused.reason) == (500, "Privacy Not Given: moon")
        assert house.count(CallArrived) == 0


DIVERTED = "<sip:62855@far.example>;reason=no-answer"
HISTORY = "<sip:62855@h{}>;index=1, <sip:1000@h;cause=408>;index=1.1"


@pytest.mark.parametrize(
    ("diverted", "wish", "is_private"),
    [
        (("Diversion", DIVERTED), None, False),
        (("Diversion", f"{DIVERTED};privacy=full"), None, True),
        (("Diversion", f"{DIVERTED};privacy=off"), None, False),
        (("Diversion", DIVERTED), "history", True),
        (("Diversion", DIVERTED), "header", True),
        (("Diversion", DIVERTED), "id", False),
        (("History-Info", HISTORY.format("")), None, False),
        (("History-Info", HISTORY.format("?Privacy=history")), None, True),
        (("History-Info", HISTORY.format("")), "history", True),
    ],
)
@pytest.mark.parametrize(
    ("identity", "style", "name"),
    [
        ("from", "diversion", "Diversion"),
        ("from", "history_info", "History-Info"),
        ("asserted", "diversion", "Diversion"),
        ("asserted", "history_info", "History-Info"),
    ],
)
@in_virtual_time
async def test_who_passed_the_call_on_and_wants_to_be_private(
    tmp_path: Path,
    diverted: tuple[str, str],
    wish: str | None,
    is_private: bool,
    identity: str,
    style: str,
    name: str,
) -> None:
    async with House(tmp_path, changes=trunk(identity=identity, diversion=style)) as house:
        gateway = await house.gateway()
        gateway.on_ring = pick_up
        somebody = await house.caller()
        somebody.dial("0900", headers=(diverted, *asking(wish)))
        await somebody.until(Answered)
        told = ", ".join(header_values(gateway.leg.invite, name))
        assert ("62855" in told) == (identity == "asserted" or not is_private)
        assert (ANONYMOUS_URI in told) == (is_private and identity == "from")
        marked = "privacy=full" if style == "diversion" else "?Privacy=history"
        if identity == "asserted":
            assert (marked in told) == is_private
        assert house.call.diversions[0].shown == ("anonymous" if is_private else "62855")
        somebody.hang_up()
        await house.until(CallEnded)
