"""Dialogs: tags, sequence numbers, targets and routes of both ends, RFC 3261 §12."""

import json

import pytest

from sip.dialogs.dialog import (
    Dialog,
    dialog_of_callee,
    dialog_of_caller,
    next_hop,
)
from sip.errors import MalformedMessage
from sip.message import Headers, Request, Response, header, header_values

OURS = "<sip:us@192.0.2.1:5060>"
BASIC: Headers = (
    ("Via", "SIP/2.0/UDP far.test;branch=z9hG4bK7"),
    ("From", '"Ann" <sip:ann@far.test>;tag=far'),
    ("To", "<sip:us@near.test>"),
    ("Call-ID", "c1"),
    ("CSeq", "7 INVITE"),
)
CONTACT = ("Contact", "<sip:ann@192.0.2.9:5070>;expires=60")


def invite(*more: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:us@near.test", (*BASIC, *more))


def callee(*more: tuple[str, str]) -> Dialog:
    return dialog_of_callee(invite(CONTACT, *more), local_tag="near", contact=OURS)


def caller(*more: tuple[str, str]) -> Dialog:
    ok = Response(200, "OK", (*BASIC[:2], ("To", "<sip:us@near.test>;tag=near"), *BASIC[3:], *more))
    return dialog_of_caller(invite(), ok, contact=OURS)


def test_the_callee_sees_it_from_the_other_side() -> None:
    bye = callee().request("BYE")
    assert bye.uri == "sip:ann@192.0.2.9:5070"
    assert header(bye, "From") == "<sip:us@near.test>;tag=near"
    assert header(bye, "To") == '"Ann" <sip:ann@far.test>;tag=far'
    assert header(bye, "CSeq") == "1 BYE"
    assert callee().remote_cseq == 7


def test_the_caller_goes_on_counting() -> None:
    dialog = caller(CONTACT)
    assert [header(dialog.request("INFO"), "CSeq") for _ in range(2)] == ["8 INFO", "9 INFO"]
    assert header(dialog.request("ACK", cseq=7), "CSeq") == "7 ACK"
    assert header(dialog.request("BYE"), "CSeq") == "10 BYE"
    assert dialog.remote_cseq is None


def test_only_an_invite_carries_our_contact() -> None:
    dialog = callee()
    assert header(dialog.request("INVITE"), "Contact") == OURS
    assert header_values(dialog.request("BYE"), "Contact") == []


ROUTES = ("Record-Route", "<sip:p1.test;lr>, <sip:p2.test;lr>")


def test_routes_run_towards_the_peer_on_either_side() -> None:
    forth = ["<sip:p1.test;lr>", "<sip:p2.test;lr>"]
    assert header_values(callee(ROUTES).request("BYE"), "Route") == forth
    assert header_values(caller(CONTACT, ROUTES).request("BYE"), "Route") == forth[::-1]


@pytest.mark.parametrize(
    ("route", "uri", "hop"),
    [
        ((), "sip:ann@192.0.2.9:5070", "sip:ann@192.0.2.9:5070"),
        ((ROUTES,), "sip:ann@192.0.2.9:5070", "sip:p1.test;lr"),
        ((("Record-Route", "<sip:strict.test>"),), "sip:strict.test", "sip:strict.test"),
    ],
)
def test_where_a_request_goes(route: Headers, uri: str, hop: str) -> None:
    bye = callee(*route).request("BYE")
    assert (bye.uri, next_hop(bye)) == (uri, hop)


def test_behind_a_strict_router_the_target_is_the_last_route() -> None:
    routes = ("Record-Route", "<sip:strict.test>, <sip:p2.test;lr>")
    bye = callee(routes).request("BYE")
    assert header_values(bye, "Route") == ["<sip:p2.test;lr>", "<sip:ann@192.0.2.9:5070>"]


def test_the_target_moves_with_a_new_contact_only() -> None:
    dialog = callee()
    dialog.refresh_target(invite())
    assert dialog.remote_target == "sip:ann@192.0.2.9:5070"
    dialog.refresh_target(invite(("Contact", "<sip:ann@198.51.100.1>")))
    assert dialog.remote_target == "sip:ann@198.51.100.1"


@pytest.mark.parametrize(
    "bad",
    [
        (),
        (("Contact", "<mailto:ann@far.test>"),),
        (("Contact", "nonsense"),),
        (CONTACT, ("Record-Route", "<tel:1>")),
    ],
)
def test_no_dialog_comes_of_addresses_that_we_cannot_send_to(bad: Headers) -> None:
    with pytest.raises(MalformedMessage):
        dialog_of_callee(invite(*bad), local_tag="near", contact=OURS)


def test_a_peer_without_a_tag_is_of_rfc_2543() -> None:
    old = Request("INVITE", "sip:us@near.test", (("From", "<sip:a@b>"), *BASIC[1:], CONTACT))
    assert dialog_of_callee(old, local_tag="near", contact=OURS).remote_tag == ""


def test_a_2xx_without_contact_leaves_the_request_uri() -> None:
    assert caller().remote_target == "sip:us@near.test"


def test_it_survives_as_json() -> None:
    dialog = callee(ROUTES)
    dialog.request("INVITE")
    assert Dialog.restore(json.loads(json.dumps(dialog.snapshot()))) == dialog


def test_a_peer_before_rfc_3261_is_met_at_its_from_when_it_has_no_contact() -> None:
    old = (("Via", "SIP/2.0/UDP far.test"), *BASIC[1:])
    dialog = dialog_of_callee(Request("INVITE", "sip:us@near.test", old), local_tag="n", contact="")
    assert dialog.remote_target == "sip:ann@far.test"
    by_number = Request("INVITE", "sip:us", (*old[:1], ("From", "<tel:+1>"), *old[2:]))
    with pytest.raises(MalformedMessage, match="From"):
        dialog_of_callee(by_number, local_tag="n", contact="")
