"""REFER outside the dialog that it is about: RFC 3515 with Target-Dialog, RFC 4538."""

import asyncio

import pytest

from sip.admission import TrunkIdentity
from sip.dialogs.leg_events import HungUp, Referred
from sip.message import Headers, Message, Request, Response, header
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import Party, PlainDirectory
from tests.sip.raw_peer import RawPeer, to_tag_of
from tests.sip.scenes import established, in_dialog, party_and_raw
from tests.virtual_time import in_virtual_time

US = "sip:us@example.test"
OUTSIDE = "refer-call"


def refer(
    raw: RawPeer,
    target_dialog: str | None,
    *,
    to: str = "<sip:3002@example.test>",
    call_id: str = OUTSIDE,
    more: Headers = (),
) -> Request:
    named: Headers = () if target_dialog is None else (("Target-Dialog", target_dialog),)
    return raw.request(
        "REFER",
        US,
        sender="<sip:raw@example.test>;tag=refer",
        call_id=call_id,
        headers=(("Refer-To", to), *named, *more),
    )


def dialog_of(ok: Response) -> str:
    """As its recipient knows it, §3."""
    return f"{header(ok, 'Call-ID')};local-tag={to_tag_of(ok)};remote-tag=raw"


async def referred(party: Party, raw: RawPeer, ok: Response) -> Response:
    """A REFER that the owner accepts; its 202."""
    raw.send(refer(raw, dialog_of(ok)))
    await party.until(Referred)
    party.legs[0].accept_refer()
    return await raw.next_response(202)


def outcome(notify: Request) -> tuple[str, bytes]:
    return header(notify, "Subscription-State"), notify.body


@pytest.mark.parametrize("as_seen_by", ["recipient", "sender"])
@in_virtual_time
async def test_it_is_told_and_reported_in_a_dialog_of_its_own(as_seen_by: str) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        named = dialog_of(ok)
        if as_seen_by == "sender":
            named = f"{header(ok, 'Call-ID')};local-tag=raw;remote-tag={to_tag_of(ok)}"
        target = "<sip:3002@example.test?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>"
        by = ("Referred-By", "<sip:raw@example.test>")
        raw.send(refer(raw, named, to=target, more=(by, ("Require", "tdialog"))))
        told = await party.until(Referred)
        assert told == Referred(
            "sip:3002@example.test",
            "abc;to-tag=1;from-tag=2",
            "<sip:raw@example.test>",
            TrunkIdentity("raw"),
        )
        leg = party.legs[0]
        leg.accept_refer()
        accepted = await raw.next_response(202)
        tag = to_tag_of(accepted)
        assert tag not in ("", to_tag_of(ok))
        trying = await raw.next_request("NOTIFY")
        assert (header(trying, "Call-ID"), header(trying, "Event")) == (OUTSIDE, "refer")
        assert header(trying, "From").endswith(f";tag={tag}")
        assert header(trying, "To").endswith(";tag=refer")
        assert outcome(trying) == ("active;expires=180", b"SIP/2.0 100 Trying\r\n")
        leg.refer_progress(180)
        leg.refer_progress(200)  # the newest waits for the first one's answer
        await asyncio.sleep(0.1)
        assert raw.drain() == []
        raw.respond(trying, 200, tag="refer")
        last = await raw.next_request("NOTIFY")
        assert outcome(last) == ("terminated;reason=noresource", b"SIP/2.0 200 OK\r\n")
        assert (header(trying, "CSeq"), header(last, "CSeq")) == ("1 NOTIFY", "2 NOTIFY")
        raw.respond(last, 200, tag="refer")
        leg.hang_up()
        assert header(await raw.next_request("BYE"), "Call-ID") == header(ok, "Call-ID")


@pytest.mark.parametrize(
    ("named", "to", "status"),
    [
        (None, "<sip:a@h>", 403),
        ("nobody@here;local-tag=1;remote-tag=raw", "<sip:a@h>", 481),
        ("raw-call;local-tag=1;remote-tag=raw", "<sip:a@h>", 481),
        ("raw-call", "<sip:a@h>", 481),
        (";local-tag=1", "<sip:a@h>", 400),
        ("ours;remote-tag=x", "<sip:a@h>", 481),
        ("ours;remote-tag=raw", "nonsense", 400),
        ("ours;remote-tag=raw", "<mailto:a@h>", 403),
        ("ours;remote-tag=raw", "<sip:a@h;method=BYE>", 403),
    ],
)
@in_virtual_time
async def test_what_is_refused(named: str | None, to: str, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        ours = f"{header(ok, 'Call-ID')};local-tag={to_tag_of(ok)}"
        raw.send(refer(raw, named and named.replace("ours", ours), to=to))
        answer = await raw.next_response(status)
        assert to_tag_of(answer)
        assert party.events[1:] == []  # but for the ACK
        assert not party.legs[0].ended


@in_virtual_time
async def test_several_dialogs_at_once_are_none() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        named = dialog_of(await established(raw))
        raw.send(refer(raw, named, more=(("Target-Dialog", named),)))
        await raw.next_response(400)


@in_virtual_time
async def test_one_at_a_time_inside_and_outside() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(in_dialog(raw, "REFER", ok, cseq=2, headers=(("Refer-To", "<sip:a@h>"),)))
        await party.until(Referred)
        raw.send(refer(raw, dialog_of(ok), call_id="meanwhile"))
        await raw.next_response(491)
        party.legs[0].refuse_refer()
        await raw.next_response(603)
        party.heard.clear()
        await referred(party, raw, ok)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        raw.send(refer(raw, dialog_of(ok), call_id="another"))
        await raw.next_response(491)
        party.legs[0].refer_progress(486)
        assert (await raw.next_request("NOTIFY")).body == b"SIP/2.0 486 Busy Here\r\n"
        raw.send(refer(raw, dialog_of(ok), call_id="a third"))
        await asyncio.sleep(0.1)
        party.legs[0].refuse_refer(403)
        await raw.next_response(403)


@in_virtual_time
async def test_a_wish_for_no_reports_is_granted() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        raw.send(refer(raw, dialog_of(ok), more=(("Refer-Sub", "false"),)))
        await party.until(Referred)
        party.legs[0].accept_refer()
        assert header(await raw.next_response(202), "Refer-Sub") == "false"
        party.legs[0].refer_progress(200)
        await asyncio.sleep(200)
        assert raw.drain() == []


@in_virtual_time
async def test_who_has_left_its_call_is_told_the_outcome_still() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        await referred(party, raw, ok)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        raw.send(in_dialog(raw, "BYE", ok, cseq=2))
        await raw.next_response(200)
        assert isinstance(party.events[-1], HungUp)
        party.legs[0].refer_progress(486)
        assert (await raw.next_request("NOTIFY")).body == b"SIP/2.0 486 Busy Here\r\n"


@in_virtual_time
async def test_an_outcome_that_nobody_tells_ends_the_reports_in_time() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        await referred(party, raw, ok)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        told_at = asyncio.get_running_loop().time()
        last = await raw.next_request("NOTIFY")
        assert outcome(last) == ("terminated;reason=timeout", b"SIP/2.0 408 Request Timeout\r\n")
        assert asyncio.get_running_loop().time() - told_at == pytest.approx(180, abs=1)
        raw.respond(last, 200)
        party.legs[0].refer_progress(200)
        await asyncio.sleep(60)
        assert raw.drain() == []


@pytest.mark.parametrize("status", [481, None])
@in_virtual_time
async def test_whoever_listens_no_more_is_told_no_more(status: int | None) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        await referred(party, raw, ok)
        trying = await raw.next_request("NOTIFY")
        if status is not None:
            raw.respond(trying, status)
        await asyncio.sleep(40)
        repeated = [each for each in raw.drain() if isinstance(each, Request)]
        assert len({header(each, "CSeq") for each in repeated}) <= 1
        party.legs[0].refer_progress(200)
        await asyncio.sleep(200)
        assert raw.drain() == []
        assert not party.legs[0].ended


@in_virtual_time
async def test_a_restart_in_between_goes_on_with_the_reports() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        await referred(party, raw, ok)
        trying = await raw.next_request("NOTIFY")
        raw.respond(trying, 200)
        await asyncio.sleep(0.1)
        kept = party.legs[0].snapshot()
        again = party.agent.restore_leg(kept)
        again.refer_progress(503)
        last = await raw.next_request("NOTIFY")
        assert last.body == b"SIP/2.0 503 Service Unavailable\r\n"
        assert header(last, "Call-ID") == OUTSIDE
        numbers = [int(header(each, "CSeq").split()[0]) for each in (trying, last)]
        assert numbers[1] > numbers[0] + 1  # whatever was said after the snapshot
        assert again.snapshot()["outside_refer"] is None


def subscribe(raw: RawPeer, accepted: Response, *, cseq: int, expires: int, tag: str) -> Request:
    """In the dialog that the REFER made."""
    return raw.request(
        "SUBSCRIBE",
        US,
        to=header(accepted, "To"),
        sender=f"<sip:raw@example.test>;tag={tag}",
        call_id=OUTSIDE,
        cseq=cseq,
        headers=(("Event", "refer"), ("Expires", str(expires))),
    )


@in_virtual_time
async def test_its_subscription_is_prolonged_and_ended() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        accepted = await referred(party, raw, ok)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        await asyncio.sleep(170)
        raw.send(subscribe(raw, accepted, cseq=2, expires=100, tag="refer"))
        assert header(await raw.next_response(200), "Expires") == "100"
        again = await raw.next_request("NOTIFY")
        assert outcome(again) == ("active;expires=100", b"SIP/2.0 100 Trying\r\n")
        raw.respond(again, 200)
        await asyncio.sleep(60)
        assert raw.drain() == []
        raw.send(subscribe(raw, accepted, cseq=3, expires=0, tag="refer"))
        await raw.next_response(200)
        last = await raw.next_request("NOTIFY")
        assert outcome(last) == ("terminated;reason=timeout", b"SIP/2.0 100 Trying\r\n")
        raw.respond(last, 200)
        raw.send(subscribe(raw, accepted, cseq=4, expires=60, tag="refer"))
        await raw.next_response(481)
        party.legs[0].refer_progress(200)
        await asyncio.sleep(200)
        assert raw.drain() == []


@pytest.mark.parametrize(("tag", "cseq", "status"), [("stranger", 2, 481), ("refer", 1, 500)])
@in_virtual_time
async def test_only_its_own_peer_prolongs_it_and_in_order(tag: str, cseq: int, status: int) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        accepted = await referred(party, raw, ok)
        raw.respond(await raw.next_request("NOTIFY"), 200)
        raw.send(subscribe(raw, accepted, cseq=cseq, expires=0, tag=tag))
        await raw.next_response(status)
        party.legs[0].refer_progress(486)
        assert (await raw.next_request("NOTIFY")).body == b"SIP/2.0 486 Busy Here\r\n"


@in_virtual_time
async def test_a_stranger_is_challenged_before_anything_is_looked_up() -> None:
    directory = PlainDirectory(phones={"2001": "secret"})
    async with party_and_raw(MemoryNetwork(), directory=directory) as (_, raw):
        for named in (None, "nobody@here;local-tag=1;remote-tag=2", "a b c"):
            raw.send(refer(raw, named, call_id=f"try {named}"))
            await raw.next_response(401)


@in_virtual_time
async def test_it_is_announced_to_whoever_asks() -> None:
    async with party_and_raw(MemoryNetwork()) as (_, raw):
        raw.send(raw.request("OPTIONS", US))
        answer: Message = await raw.next_response(200)
        assert "tdialog" in header(answer, "Supported")
