"""URIs: RFC 3261 §19.1 with its comparison examples, RFC 3966."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.errors import MalformedMessage
from sip.uri import Uri, format_uri, number_of, parse_uri, same_uri


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:alice@atlanta.com", Uri("sip", "alice", "atlanta.com")),
        ("SIPS:Alice@ATLANTA.com:5061", Uri("sips", "Alice", "atlanta.com", 5061)),
        ("sip:a:secret@h;x=tcp", Uri("sip", "a", "h", None, {"x": "tcp"}, (), "secret")),
        ("sip:h;lr;x=%3B", Uri("sip", "", "h", None, {"lr": None, "x": ";"})),
        ("sip:h?S=a%20b&x=", Uri("sip", "", "h", headers=(("S", "a b"), ("x", "")))),
        ("sip:%75se%72@h", Uri("sip", "user", "h")),
        ("sip:user;par=u%40example.net@h", Uri("sip", "user;par=u@example.net", "h")),
        ("sip:a@[2001:DB8::1]:5070", Uri("sip", "a", "[2001:db8::1]", 5070)),
        ("tel:+1-201-555-0123;ext=1", Uri("tel", "+12015550123", params={"ext": "1"})),
        ("tel:*70", Uri("tel", "*70")),
        ("urn:service:sos", Uri("urn", opaque="service:sos")),
    ],
)  # fmt: skip
def test_accepted(text: str, uri: Uri) -> None:
    assert parse_uri(text) == uri
    assert parse_uri(format_uri(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "", "sip", "sip:", "sip:@h", "sip:a@", "sip:a@h:", "sip:a@h:0", "sip:a@h:99999",
        "sip:a@h:5x", "sip:2001:db8::10", "sip:a@[::1", "sip:a@[hello]", "sip:a@h;", "sip:a@h;x=",
        "sip:a@h;x;X=1", "sip:a@h?", "sip:a@h?b", "sip:%@h", "sip:%4@h", "sip:%zz@h", "sip:a b@h",
        "sip:a@h;x=u@v", "<sip:a@h>", 'sip:"a"@h', "sip:a@h\x00", "sip:a@ho st", "sip:a@h/x",
        "tel:", "tel:+", "tel:abc-xyz", "1 2:x", "sip:" + "a" * 3000,
    ],
)  # fmt: skip
def test_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        parse_uri(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        ("sip:alice@h?subject=a%20b&priority=c", "sip:alice@h?priority=c&subject=a%20b"),
    ],
)
def test_equal_by_the_rfcs_examples(left: str, right: str) -> None:
    assert same_uri(parse_uri(left), parse_uri(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ],
)
def test_different_by_the_rfcs_examples(left: str, right: str) -> None:
    assert not same_uri(parse_uri(left), parse_uri(right))


TEXT = st.text(min_size=1, max_size=20)
ENCODABLE = TEXT.filter(lambda text: all(not "\ud800" <= c <= "\udfff" for c in text))
LOWER = ENCODABLE.map(str.lower).filter(lambda text: text == text.lower())
URIS = st.builds(
    Uri,
    st.sampled_from(["sip", "sips"]),
    ENCODABLE,
    st.sampled_from(["h", "example.com", "192.0.2.1", "[2001:db8::1]"]),
    st.none() | st.integers(1, 65535),
    st.dictionaries(LOWER, st.none() | ENCODABLE, max_size=3),
    st.lists(st.tuples(ENCODABLE, ENCODABLE), max_size=3).map(tuple),
    st.none() | ENCODABLE,
    st.just(""),
)  # fmt: skip


@given(URIS)
def test_any_uri_survives_being_written_and_read(uri: Uri) -> None:
    assert parse_uri(format_uri(uri)) == uri


@given(st.text(max_size=60))
def test_nothing_but_malformed_message_is_raised(text: str) -> None:
    try:
        uri = parse_uri("sip:" + text)
    except MalformedMessage:
        return
    assert parse_uri(format_uri(uri)) == uri


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel:+1-201-555-0123", "+12015550123"),
        ("tel:863-1234;phone-context=+1-914-555", "8631234"),
        ("tel:7042;phone-context=example.com", "7042"),
        ("sip:+1-201-555-0123@h;user=phone", "+12015550123"),
        ("sip:1002;phone-context=example.com@h;user=phone", "1002"),
        ("sip:863-1234;phone-context=+1-914@h", "8631234"),
        ("sip:alice.b-c@h", "alice.b-c"),
        ("sip:h", ""),
    ],
)
def test_the_number_that_is_named(text: str, number: str) -> None:
    assert number_of(parse_uri(text)) == number
