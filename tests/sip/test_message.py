"""Messages as values, and the ones that follow from others."""

import pytest

from sip.message import (
    Request,
    ack_for_failure,
    cancel_for,
    has_tag,
    header,
    header_or_none,
    header_values,
    response_to,
    with_header,
    with_top_via,
    without_header,
)
from tests.sip.messages import request


def test_headers_are_found_by_any_spelling_of_their_name() -> None:
    message = Request("OPTIONS", "sip:x", (("Call-ID", "1"), ("X-Customer-Id", "7")))
    assert header(message, "i") == header(message, "CALL-ID") == "1"
    assert header(message, "x-customer-ID") == "7"
    assert header_or_none(message, "Subject") is None
    with pytest.raises(KeyError):
        header(message, "Subject")


def test_lists_are_split_only_where_the_grammar_has_lists() -> None:
    message = Request(
        "INVITE",
        "sip:x",
        (
            ("Contact", '"a, b" <sip:a@h;x=1>, <sip:b@h>'),
            ("Date", "Sat, 13 Nov 2010 23:29:00 GMT"),
            ("Contact", "<sip:c,d@h>"),
            ("Supported", ""),
            ("Authorization", 'Digest username="a", realm="b"'),
        ),
    )
    contacts = ['"a, b" <sip:a@h;x=1>', "<sip:b@h>", "<sip:c,d@h>"]
    assert header_values(message, "Contact") == contacts
    assert header_values(message, "Date") == ["Sat, 13 Nov 2010 23:29:00 GMT"]
    assert header_values(message, "Supported") == []
    assert len(header_values(message, "Authorization")) == 1


def test_a_header_is_replaced_where_it_stood_and_only_once_left() -> None:
    message = Request("INVITE", "sip:x", (("Route", "1"), ("To", "t"), ("Route", "2")))
    assert with_header(message, "route", "3").headers == (("Route", "3"), ("To", "t"))
    assert with_header(message, "Subject", "s").headers[-1] == ("Subject", "s")
    assert without_header(message, "Route").headers == (("To", "t"),)


def test_a_response_copies_what_rfc_3261_8_2_6_says() -> None:
    invite = request(
        headers=(("Record-Route", "<sip:p;lr>"), ("Timestamp", "54"), ("Subject", "no")),
        Via="SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2",
    )
    ringing = response_to(invite, 180, to_tag="t1", headers=(("Contact", "<sip:me>"),))
    assert ringing.reason == "Ringing"
    assert ringing.headers == (
        ("Via", header(invite, "Via")),
        ("From", header(invite, "From")),
        ("To", "<sip:bob@192.0.2.2>;tag=t1"),
        ("Call-ID", "c1"),
        ("CSeq", "1 INVITE"),
        ("Record-Route", "<sip:p;lr>"),
        ("Contact", "<sip:me>"),
    )
    trying = response_to(invite, 100)
    assert header(trying, "Timestamp") == "54"
    assert header(trying, "To") == "<sip:bob@192.0.2.2>"
    assert header_or_none(trying, "Record-Route") is None
    assert header_or_none(response_to(invite, 486, to_tag="t"), "Record-Route") is None


def test_a_tag_that_is_there_is_never_replaced() -> None:
    bye = request("BYE", To="<sip:bob@h>;tag=theirs")
    assert header(response_to(bye, 200, to_tag="ours"), "To") == "<sip:bob@h>;tag=theirs"


@pytest.mark.parametrize(
    ("value", "tagged"),
    [
        ("<sip:b@h>;tag=x", True),
        ("sip:b@h ; TAG = x", True),
        ("<sip:b@h;tag=x>", False),
        ('"a;tag=x" <sip:b@h>', False),
        ("<sip:tag@h>;x=tag", False),
    ],
)
def test_only_the_headers_own_parameter_is_a_tag(value: str, tagged: bool) -> None:
    assert has_tag(value) is tagged


def test_the_ack_of_a_failure_and_the_cancel_belong_to_the_invites_hop() -> None:
    invite = request(
        headers=(("Route", "<sip:p1;lr>"), ("Route", "<sip:p2;lr>"), ("Subject", "no")),
        Via="SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2",
        CSeq="7 INVITE",
    )
    busy = response_to(invite, 486, to_tag="t1")
    ack, cancel = ack_for_failure(invite, busy), cancel_for(invite)
    assert ack.uri == cancel.uri == invite.uri
    for message in (ack, cancel):
        assert header_values(message, "Via") == ["SIP/2.0/UDP a;branch=z9hG4bK1"]
        assert header_values(message, "Route") == ["<sip:p1;lr>", "<sip:p2;lr>"]
        assert header_or_none(message, "Subject") is None
    assert header(ack, "To").endswith("tag=t1")
    assert header(cancel, "To") == header(invite, "To")
    assert (header(ack, "CSeq"), header(cancel, "CSeq")) == ("7 ACK", "7 CANCEL")


def test_replacing_the_top_via_keeps_those_below_it() -> None:
    message = request(Via="SIP/2.0/UDP a, SIP/2.0/UDP b")
    assert header_values(with_top_via(message, "SIP/2.0/UDP c"), "Via") == [
        "SIP/2.0/UDP c",
        "SIP/2.0/UDP b",
    ]
