"""The parser: what it takes, what it refuses and how that can be answered; then for all inputs."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sip.errors import (
    BodyTooLarge,
    MalformedMessage,
    MessageTooLarge,
    UnsupportedVersion,
)
from sip.header_names import CANONICAL
from sip.inspection import inspect_request
from sip.message import Request, Response, header, header_or_none, response_to
from sip.parser import ParserLimits, parse_message
from sip.serialiser import serialise

FIVE = (
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
    b"Call-ID: c\r\nCSeq: 1 INVITE\r\n"
)
INVITE = b"INVITE sip:b@h SIP/2.0\r\n" + FIVE
RESPONSE = b"SIP/2.0 200 OK\r\n" + FIVE + b"\r\n"
COMPACT = (
    b"\r\n\r\nINVITE sip:b@h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
    b"f : <sip:a@h>\r\n ;tag=1\r\nT: <sip:b@h>\r\ni:c\r\ncseq:\r\n"
    b"\t1\r\n  INVITE \r\nx-Customer: 7\r\nl: 3\r\n\r\nabcdef"
)


def parse_request(data: bytes) -> Request:
    message = parse_message(data)
    assert isinstance(message, Request)
    return message


def refused(data: bytes, *, limits: ParserLimits | None = None) -> MalformedMessage:
    with pytest.raises(MalformedMessage) as caught:
        parse_message(data, limits=limits or ParserLimits())
    return caught.value


def test_compact_forms_folding_white_space_and_a_longer_datagram() -> None:
    message = parse_request(COMPACT)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:b@h", b"abc")
    assert header(message, "From") == "<sip:a@h> ;tag=1"
    assert header(message, "CSeq") == "1 INVITE"
    assert [name for name, _ in message.headers] == [
        "Via", "From", "To", "Call-ID", "CSeq", "X-Customer", "Content-Length",
    ]  # fmt: skip


def test_a_response() -> None:
    message = parse_message(b"SIP/2.0 180 Is Ringing \xc3\xa9\r\n" + FIVE + b"\r\n")
    assert message == Response(180, "Is Ringing é", message.headers)


def test_bare_line_feeds_and_a_missing_empty_line_are_taken() -> None:
    assert parse_request(INVITE.replace(b"\r\n", b"\n")) == parse_request(INVITE + b"\r\n")


def test_without_a_length_the_body_is_the_rest() -> None:
    assert parse_request(INVITE + b"\r\nv=0\r\n\r\nx").body == b"v=0\r\n\r\nx"


def test_bytes_that_are_no_utf8_survive() -> None:
    data = INVITE + b"Subject: \xff\xfe\r\nContent-Length: 0\r\n\r\n"
    assert serialise(parse_message(data)) == data


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_request_without_a_required_header_cannot_be_answered(missing: str) -> None:
    lines = [line for line in INVITE.split(b"\r\n") if not line.startswith(missing.encode() + b":")]
    error = refused(b"\r\n".join(lines) + b"\r\n")
    assert (error.element, error.partial) == (missing, None)


@pytest.mark.parametrize(
    ("extra", "element"),
    [
        (b"From: <sip:x@h>\r\n", "From"),
        (b"t: <sip:x@h>\r\n", "To"),
        (b"CSeq: 2 INVITE\r\n", "CSeq"),
        (b"Call-ID: d\r\n", "Call-ID"),
        (b"Max-Forwards: 1\r\nMax-Forwards: 2\r\n", "Max-Forwards"),
        (b"Content-Length: 0\r\nl: 0\r\n", "Content-Length"),
        (b"Content-Length: -1\r\n", "Content-Length"),
        (b"Content-Length: 9\r\n", "Content-Length"),
        (b"Content-Length: 99999999999999999999\r\n", "Content-Length"),
        (b"Content-Length: \xd9\xa3\r\n", "Content-Length"),
        (b"no colon\r\n", "header"),
        (b"Subject\r\n", "header"),
        (b"v:\r\n", "Via"),
        (b"a b: c\r\n", "header"),
        (b": c\r\n", "header"),
        (b"Subject: a\rb\r\n", "Subject"),
    ],
)
def test_what_breaks_a_request_can_be_answered_with_400(extra: bytes, element: str) -> None:
    error = refused(INVITE + extra + b"\r\n")
    assert (error.element, error.status) == (element, 400)
    assert error.partial is not None
    assert [name for name, _ in error.partial.headers] == ["Via", "From", "To", "Call-ID", "CSeq"]


@pytest.mark.parametrize(
    "cseq", [b"x INVITE", b"1", b"1 BYE", b"2147483648 INVITE", b"-1 INVITE", b"1 INVITE x"]
)
def test_a_bad_cseq_is_answered_with_400(cseq: bytes) -> None:
    error = refused(INVITE.replace(b"1 INVITE", cseq) + b"\r\n")
    assert (error.element, error.status) == ("CSeq", 400)
    assert error.partial is not None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"INVITE sip:b@h SIP/7.0", UnsupportedVersion),
        (b"INVITE sip:b@h SIP/2.1", UnsupportedVersion),
        (b"INVITE sip:b@h HTTP/1.1", MalformedMessage),
        (b"INVITE sip:b@h", MalformedMessage),
        (b"INVITE  sip:b@h SIP/2.0", MalformedMessage),
        (b"INVITE sip:b@h SIP/2.0 ", MalformedMessage),
        (b"IN(VITE sip:b@h SIP/2.0", MalformedMessage),
    ],
)
def test_start_lines(line: bytes, kind: type[MalformedMessage]) -> None:
    error = refused(line + b"\r\n" + FIVE + b"\r\n")
    assert type(error) is kind
    assert (error.partial is None) is line.startswith(b"IN(")


@pytest.mark.parametrize(
    "line", [b"SIP/2.0 99 x", b"SIP/2.0 700 x", b"SIP/2.0 4294967301 x", b"SIP/3.0 200 OK", b"SIP/"]
)
def test_a_bad_response_is_never_answered(line: bytes) -> None:
    assert refused(line + b"\r\n" + FIVE + b"\r\n").partial is None


def test_a_bad_ack_is_never_answered() -> None:
    ack = INVITE.replace(b"INVITE", b"ACK") + b"Content-Length: 5\r\n\r\n"
    assert refused(ack).partial is None


def test_sizes_are_bounded_and_answered() -> None:
    limits = ParserLimits(head_bytes=400, body_bytes=10, header_count=8, line_chars=150)
    body = refused(INVITE + b"Content-Length: 11\r\n\r\n" + b"x" * 11, limits=limits)
    head = refused(
        INVITE + b"".join(b"X: %090d\r\n" % n for n in range(5)) + b"\r\n", limits=limits
    )
    many = refused(INVITE + b"X: y\r\n" * 9 + b"\r\n", limits=limits)
    long = refused(INVITE + b"X: " + b"y" * 150 + b"\r\n\r\n", limits=limits)
    assert (type(body), body.status) == (BodyTooLarge, 413)
    assert [type(error) for error in (head, many, long)] == [MessageTooLarge] * 3
    assert all(error.partial is not None for error in (body, head, many, long))


NAMES = st.sampled_from(sorted(CANONICAL)) | st.from_regex(
    r"[A-Za-z0-9\-.!%*_+`'~]{1,20}", fullmatch=True
)
VALUES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=60)
TOKENS = st.from_regex(r"[A-Z\-.!%*_+`'~]{1,12}", fullmatch=True)
SINGLES = {"From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type"}


@st.composite
def requests(draw: st.DrawFn) -> Request:
    method = draw(TOKENS.filter(lambda token: not token.startswith("SIP")))
    number = draw(st.integers(0, 2**31 - 1))
    required = [("Via", "SIP/2.0/UDP h"), ("From", "f"), ("To", "t"), ("Call-ID", "c")]
    extra = [
        pair
        for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=8))
        if (pair := (CANONICAL.get(name, "X-Other"), value.strip(" \t")))[0] not in SINGLES
        and pair != ("Via", "")
    ]
    headers = draw(st.permutations([*required, ("CSeq", f"{number} {method}"), *extra]))
    return Request(method, "sip:b@h", tuple(headers), draw(st.binary(max_size=200)))


@given(requests())
def test_any_request_survives_being_written_and_read(message: Request) -> None:
    parsed = parse_request(serialise(message))
    assert parsed.headers[:-1] == message.headers
    assert (parsed.method, parsed.uri, parsed.body) == (message.method, message.uri, message.body)
    assert serialise(parsed) == serialise(message)


PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b";", b",", b"<", b">", b'"', b"\\", b"=", b"\x00",
     b"\xff", b"SIP/2.0", b"Via", b"sip:", b"@", b"[", b"]", b"%", b"tag", b"Content-Length: 5\r\n"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good message with a few pieces cut out, doubled or put in anywhere."""
    data = draw(
        st.sampled_from([COMPACT, INVITE + b"\r\n", b"SIP/2.0 200 OK\r\n" + FIVE + b"\r\n"])
    )
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 12)))
        data = (
            data[:start] + draw(PIECES | st.just(data[start:end] * 2) | st.just(b"")) + data[end:]
        )
    return data


def read_everything(data: bytes) -> None:
    """What the stack does with any datagram before it trusts it."""
    partial = None
    try:
        message = parse_message(data)
        if isinstance(message, Request):
            inspect_request(message)
    except MalformedMessage as error:
        partial = error.partial
    else:
        assert parse_message(serialise(message)).body == message.body
        assert header_or_none(message, "Via")
    if partial is not None:
        answer = serialise(response_to(partial, 400, to_tag="t"))
        assert answer.startswith(b"SIP/2.0 400 ")


@settings(max_examples=400)
@given(mutated())
@example(b"")
@example(b"\r\n\r\n")
@example(b"\x00" * 50)
@example(b"INVITE sip:b@h SIP/2.0\r\n \r\n\r\n")
@example(b" \r\n x: y\r\n\r\n")
def test_a_damaged_message_raises_nothing_but_malformed_message(data: bytes) -> None:
    read_everything(data)


@given(st.binary(max_size=300))
def test_noise_raises_nothing_but_malformed_message(data: bytes) -> None:
    read_everything(data)


@pytest.mark.parametrize(
    "value", [b"<" * 8000, b'"' * 8000, b"\\" * 8000, b";" * 8000, b"," * 8000, b'"\\' * 4000]
)
def test_values_made_to_be_slow_are_read_in_linear_time(value: bytes) -> None:
    """Quadratic work on 8000 characters would take the timeout of the whole test run."""
    for name in (b"Contact: ", b"Route: ", b"X: "):
        for _ in range(20):
            read_everything(INVITE + name + value + b"\r\n\r\n")
