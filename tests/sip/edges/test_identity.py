"""Who talks with whom now, told inside the dialog (RFC 4916), against a scripted peer."""

import asyncio
import json

import pytest

from sip.dialogs.leg_events import IdentityChanged
from sip.message import Headers, header, header_or_none
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, OFFER, Party, PlainDirectory
from tests.sip.raw_peer import RawPeer
from tests.sip.scenes import (
    ALICE,
    RAW_URI,
    TRUNKS,
    established,
    in_dialog,
    party_and_raw,
    settings_at,
)
from tests.virtual_time import in_virtual_time

UPDATES = (("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE"),)
NO_UPDATES = (("Allow", "INVITE, ACK, BYE, CANCEL"),)
FROM_TOO = (*UPDATES, ("Supported", "from-change"))
AYU = '"Ayu" <sip:3001@192.0.2.1>'


async def called(party: Party, raw: RawPeer, headers: Headers) -> None:
    """Our call, answered by a phone that allows this."""
    party.call(RAW_URI)
    invite = await raw.next_request("INVITE")
    raw.respond(invite, 200, headers=headers, body=ANSWER)
    await raw.next_request("ACK")


@pytest.mark.parametrize(
    ("allows", "method", "body"),
    [(UPDATES, "UPDATE", b""), (NO_UPDATES, "INVITE", OFFER), ((), "INVITE", OFFER)],
)
@in_virtual_time
async def test_a_phone_learns_whom_it_talks_with_now(
    allows: Headers, method: str, body: bytes
) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await called(party, raw, allows)
        party.legs[0].show("3001", "Ayu")
        told = await raw.next_request(method)
        assert header(told, "P-Asserted-Identity").startswith('"Ayu" <sip:3001@')
        assert "alice" in header(told, "From"), "From keeps its URI, unless the peer takes that"
        assert told.body == body
        raw.respond(told, 200, body=ANSWER if body else b"")
        party.legs[0].show("3001", "Ayu")  # no news
        await asyncio.sleep(1)
        assert {each.method for each in raw.drain()} <= {"ACK"}  # type: ignore[union-attr]


@in_virtual_time
async def test_from_changes_for_whoever_takes_that() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await called(party, raw, FROM_TOO)
        party.legs[0].show("3001", "Ayu")
        told = await raw.next_request("UPDATE")
        assert header(told, "From").startswith('"Ayu" <sip:3001@')
        assert header(told, "From").endswith(f";tag={party.legs[0].local_tag}")
        raw.respond(told, 200)
        party.legs[0].hang_up()
        assert header(await raw.next_request("BYE"), "From") == header(told, "From")


@in_virtual_time
async def test_news_before_the_answer_comes_with_it_or_right_after() -> None:
    def show_and_answer(party: Party, leg: object) -> None:
        party.legs[0].show("3001", "Ayu")
        party.legs[0].answer(ANSWER)

    async with party_and_raw(MemoryNetwork(), on_call=show_and_answer) as (_, raw):
        ok = await established(raw)
        assert header(ok, "P-Asserted-Identity").startswith('"Ayu" <sip:3001@')
        await asyncio.sleep(1)
        assert raw.drain() == []
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        party.call(RAW_URI)
        invite = await raw.next_request("INVITE")
        party.legs[0].show("3001", "Ayu")
        raw.respond(invite, 200, headers=UPDATES, body=ANSWER)
        await raw.next_request("ACK")
        assert header(await raw.next_request("UPDATE"), "P-Asserted-Identity")


@pytest.mark.parametrize(("refusal", "tries"), [(405, ["INVITE"]), (491, ["UPDATE"]), (488, [])])
@in_virtual_time
async def test_a_refused_update(refusal: int, tries: list[str]) -> None:
    """405 means re-INVITE, 491 means later; whatever else is the phone's own affair."""
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await called(party, raw, UPDATES)
        party.legs[0].show("3001", "Ayu")
        raw.respond(await raw.next_request("UPDATE"), refusal)
        await asyncio.sleep(3)
        assert [each.method for each in raw.drain()][:1] == tries  # type: ignore[union-attr]
        assert not party.legs[0].ended


@in_virtual_time
async def test_news_waits_for_an_open_exchange() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        await called(party, raw, UPDATES)
        party.legs[0].offer(OFFER)
        invite = await raw.next_request("INVITE")
        party.legs[0].show("3001", "Ayu")
        await asyncio.sleep(0.2)
        assert raw.drain() == []
        raw.respond(invite, 200, body=ANSWER)
        await raw.next_request("ACK")
        await raw.next_request("UPDATE")


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
@in_virtual_time
async def test_the_peers_news_is_told_once(method: str) -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw)
        for cseq, asserted in (
            (2, ""),
            (3, '"Budi" <sip:3002@h>'),
            (4, '"Budi" <sip:3002@h>'),
            (5, "nonsense"),
        ):
            headers = (("P-Asserted-Identity", asserted),) if asserted else ()
            body = OFFER if method == "INVITE" else b""
            raw.send(in_dialog(raw, method, ok, cseq=cseq, headers=headers, body=body))
            if method == "INVITE":
                await asyncio.sleep(0.1)
                party.legs[0].accept_offer(ANSWER)
                raw.send(in_dialog(raw, "ACK", await raw.next_response(200), cseq=cseq))
            else:
                assert header_or_none(await raw.next_response(200), "Contact")
        news = [each for each in party.events if isinstance(each, IdentityChanged)]
        assert news == [IdentityChanged("3002", "Budi")]


@in_virtual_time
async def test_a_refresh_that_asserts_nobody_is_no_news_but_a_new_from_is() -> None:
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw, headers=(("P-Asserted-Identity", "<sip:3001@h>"),))
        senders = ("<sip:raw@example.test>", '"New" <sip:3002@example.test>')
        for cseq, sender in enumerate((*senders, senders[1]), start=2):
            raw.send(in_dialog(raw, "UPDATE", ok, cseq=cseq, sender=f"{sender};tag=raw"))
            await raw.next_response(200)
        news = [each for each in party.events if isinstance(each, IdentityChanged)]
        assert news == [IdentityChanged("3002", "New")]


@in_virtual_time
async def test_what_is_shown_outlives_a_restart() -> None:
    network = MemoryNetwork()
    async with party_and_raw(network) as (party, raw):
        await called(party, raw, UPDATES)
        party.legs[0].show("3001", "Ayu")
        raw.respond(await raw.next_request("UPDATE"), 200)
        kept = json.loads(json.dumps(party.legs[0].snapshot()))
        await party.agent.stop()
        heir = Party(
            settings_at(ALICE), PlainDirectory(trunk_hosts=TRUNKS), transports=network.open, seed=2
        )
        await heir.agent.start()
        try:
            heir.agent.restore_leg(kept).offer(OFFER)
            again = await raw.next_request("INVITE")
            assert header(again, "P-Asserted-Identity").startswith('"Ayu" <sip:3001@')
        finally:
            await heir.agent.stop()


@in_virtual_time
async def test_a_caller_who_hides_stays_hidden_until_they_say_otherwise() -> None:
    """Carriers repeat the name in a refresh, and forget the wish."""
    asserted = ("P-Asserted-Identity", '"Citra" <sip:62811@far.example>')
    other = ("P-Asserted-Identity", "<sip:62855@far.example>")
    async with party_and_raw(MemoryNetwork()) as (party, raw):
        ok = await established(raw, headers=(asserted, ("Privacy", "id")))
        for cseq, headers in enumerate(
            [
                (asserted, ("Privacy", "id")),
                (asserted,),
                (other,),
                (other, ("Privacy", "user")),
                (other, ("Privacy", "none")),
                (asserted, ("Privacy", "id")),
            ],
            start=2,
        ):
            raw.send(in_dialog(raw, "UPDATE", ok, cseq=cseq, headers=headers))
            await raw.next_response(200)
        news = [event for event in party.events if isinstance(event, IdentityChanged)]
        assert news == [IdentityChanged("62855", ""), IdentityChanged("anonymous", "")]
