"""The torture messages of RFC 4475 and RFC 5118, each with an explicit expectation.

The originals are not part of this repository. When a folder with them lies beside the checkout
they are run byte for byte; elsewhere these tests are skipped, and the other tests of this folder
cover the same cases one by one.

An expectation is either the status that the request is refused with (None: it is dropped
silently) or what was read from it. Checks beyond the message itself, such as an unknown body
type, an expired date or Max-Forwards 0, belong to the dialogs and edges above.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sip.errors import MalformedMessage
from sip.headers.auth import is_digest
from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import parse_name_addr
from sip.headers.numeric import parse_max_forwards
from sip.headers.via import parse_via, top_via
from sip.inspection import inspect_request, unsupported
from sip.message import Message, Request, Response, header, header_or_none, header_values
from sip.parser import parse_message
from sip.serialiser import serialise
from sip.transactions.matching import server_key
from sip.uri import parse_uri

TORTURE = Path(__file__).resolve().parents[3] / "shared" / "torture"


@dataclass(frozen=True)
class Refused:
    """`status` None: nothing can or may be answered."""

    status: int | None
    element: str


@dataclass(frozen=True)
class Accepted:
    """Each check takes the message and returns what the value beside it must equal."""

    checks: dict[str, tuple[Callable[[Any], object], object]] = field(default_factory=dict)


def uri_of(name: str) -> Callable[[Message], object]:
    return lambda message: parse_uri(parse_name_addr(header(message, name), name).uri)


def user_of(name: str) -> Callable[[Message], object]:
    return lambda message: parse_uri(parse_name_addr(header(message, name), name).uri).user


def display_of(name: str) -> Callable[[Message], object]:
    return lambda message: parse_name_addr(header(message, name), name).display


def tag_of(name: str) -> Callable[[Message], object]:
    return lambda message: parse_name_addr(header(message, name), name).tag


def vias(message: Message) -> list[tuple[str, str]]:
    parsed = [parse_via(value) for value in header_values(message, "Via")]
    return [(via.transport, via.host) for via in parsed]


def body_length(message: Message) -> int:
    return len(message.body)


def status(message: Response) -> tuple[int, str]:
    return message.status, message.reason


RFC_4475: dict[str, Accepted | Refused] = {
    # §3.1.1 valid messages
    "wsinv.dat": Accepted(
        {
            "To": (tag_of("To"), "1918181833n"),
            "From": (display_of("From"), 'J Rosenberg \\"'),
            "Max-Forwards": (lambda m: parse_max_forwards(header(m, "Max-Forwards")), 68),
            "CSeq": (lambda m: parse_cseq(header(m, "CSeq")), (9, "INVITE")),
            "Via": (
                vias,
                [("UDP", "192.0.2.2"), ("TCP", "spindle.example.com"), ("UDP", "192.168.255.111")],
            ),
            "Subject": (lambda m: header(m, "Subject"), ""),
            "folded": (
                lambda m: header(m, "NewFangledHeader"),
                "newfangled value continued newfangled value",
            ),
            "unknown": (lambda m: header(m, "UnknownHeaderWithUnusualValue"), ";;,,;;,;"),
            "Contact": (display_of("Contact"), 'Quoted string ""'),
            "body": (body_length, 150),
        }
    ),
    "intmeth.dat": Accepted(
        {
            "method": (lambda m: m.method, "!interesting-Method0123456789_*+`.%indeed'~"),
            "user": (
                lambda m: parse_uri(m.uri).user,
                "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
            ),
            "To": (display_of("To"), "BEL:\x07 NUL:\x00 DEL:\x7f"),
            "From": (display_of("From"), "token1~` token2'+_ token3*%!.-"),
            "tag": (tag_of("From"), "_token~1'+`*%!-."),
            "extension": (
                lambda m: header(m, "extensionHeader-!.%*+_`'~"),
                "\ufeff大停電",
            ),
        }
    ),
    "esc01.dat": Accepted(
        {
            "user": (lambda m: parse_uri(m.uri).user, "sips:user@example.com"),
            "To": (user_of("To"), "user"),
            "From": (user_of("From"), "I have spaces"),
            "Contact": (
                lambda m: dict(uri_of("Contact")(m).params),  # type: ignore[attr-defined]
                {"lr": None, "name": "value%41"},
            ),
        }
    ),
    "escnull.dat": Accepted(
        {
            "To": (user_of("To"), "null-\x00-null"),
            "Contact": (lambda m: len(header_values(m, "Contact")), 2),
        }
    ),
    "esc02.dat": Accepted(
        {
            "method": (lambda m: m.method, "RE%47IST%45R"),
            "To": (display_of("To"), "%Z%45"),
            "Contact": (lambda m: len(header_values(m, "Contact")), 2),
        }
    ),
    "lwsdisp.dat": Accepted({"From": (display_of("From"), "caller")}),
    "longreq.dat": Accepted(
        {
            "Via": (lambda m: len(vias(m)), 34),
            "branch": (lambda m: len(top_via(m).host) > 0, True),
            "body": (body_length, 150),
        }
    ),
    "dblreq.dat": Accepted({"method": (lambda m: m.method, "REGISTER"), "body": (body_length, 0)}),
    "semiuri.dat": Accepted({"user": (lambda m: parse_uri(m.uri).user, "user;par=u@example.net")}),
    "transports.dat": Accepted(
        {"Via": (lambda m: [via[0] for via in vias(m)], ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"])}
    ),
    "mpart01.dat": Accepted({"body": (body_length, 553)}),
    "unreason.dat": Accepted(
        {"status": (lambda m: (m.status, m.reason[:15]), (200, "= 2**3 * 5**2 н"))}
    ),
    "noreason.dat": Accepted({"status": (status, (100, ""))}),
    # §3.1.2 invalid messages
    "badinv01.dat": Refused(400, "Via"),
    "clerr.dat": Refused(400, "Content-Length"),
    "ncl.dat": Refused(400, "Content-Length"),
    "scalar02.dat": Refused(400, "CSeq"),
    "scalarlg.dat": Refused(None, "CSeq"),
    "quotbal.dat": Refused(400, "To"),
    "ltgtruri.dat": Refused(400, "URI"),
    "lwsruri.dat": Refused(400, "start-line"),
    "lwsstart.dat": Refused(400, "start-line"),
    "trws.dat": Refused(400, "start-line"),
    "escruri.dat": Accepted(  # headers in a Request-URI are ignored, not obeyed
        {
            "headers": (lambda m: parse_uri(m.uri).headers, (("Route", "<sip:example.com>"),)),
            "Route": (lambda m: header_values(m, "Route"), []),
        }
    ),
    "baddate.dat": Accepted({"Date": (lambda m: header(m, "Date")[-3:], "EST")}),  # we use no Date
    "regbadct.dat": Refused(400, "Contact"),
    "badaspec.dat": Refused(400, "To"),
    "baddn.dat": Refused(400, "From"),
    "badvers.dat": Refused(505, "start-line"),
    "mismatch01.dat": Refused(400, "CSeq"),
    "mismatch02.dat": Refused(400, "CSeq"),
    "bigcode.dat": Refused(None, "start-line"),
    # §3.2 transaction layer
    "badbranch.dat": Accepted(
        {"unique": (lambda m: top_via(m).has_unique_branch, False)}  # matched as by RFC 2543
    ),
    # §3.3 application layer
    "insuf.dat": Refused(None, "From"),
    "unkscm.dat": Refused(416, "Request-URI"),
    "novelsc.dat": Refused(416, "Request-URI"),
    "unksm2.dat": Accepted(  # the registrar refuses these, a parser carries them
        {"To": (lambda m: uri_of("To")(m).scheme, "isbn")}  # type: ignore[attr-defined]
    ),
    "bext01.dat": Accepted(
        {
            "Require": (
                lambda m: unsupported(m, {"timer"}),
                ["nothingSupportsThis", "nothingSupportsThisEither"],
            )
        }
    ),
    "invut.dat": Accepted({"type": (lambda m: header(m, "c"), "application/unknownformat")}),
    "regaut01.dat": Accepted({"scheme": (lambda m: is_digest(header(m, "Authorization")), False)}),
    "multi01.dat": Refused(400, "CSeq"),
    "mcl01.dat": Refused(400, "Content-Length"),
    "bcast.dat": Accepted({"Via": (lambda m: len(vias(m)), 2)}),  # the edge finds it is not ours
    "zeromf.dat": Accepted(
        {"Max-Forwards": (lambda m: parse_max_forwards(header(m, "Max-Forwards")), 0)}
    ),
    "cparam01.dat": Accepted(
        {
            "header": (
                lambda m: dict(parse_name_addr(header(m, "Contact")).params),
                {"unknownparam": None},
            )
        }
    ),
    "cparam02.dat": Accepted(
        {
            "uri": (
                lambda m: dict(uri_of("Contact")(m).params),  # type: ignore[attr-defined]
                {"unknownparam": None},
            )
        }
    ),
    "regescrt.dat": Accepted(
        {
            "Contact": (
                lambda m: uri_of("Contact")(m).headers,  # type: ignore[attr-defined]
                (("Route", "<sip:sip.example.com>"),),
            )
        }
    ),
    "sdp01.dat": Accepted({"Accept": (lambda m: header(m, "Accept"), "text/nobodyKnowsThis")}),
    # §3.4 backward compatibility
    "inv2543.dat": Accepted(
        {
            "unique": (lambda m: top_via(m).has_unique_branch, False),
            "tag": (tag_of("From"), None),
            "Max-Forwards": (lambda m: header_or_none(m, "Max-Forwards"), None),
        }
    ),
}

SIX = "[2001:db8::10]"
RFC_5118: dict[str, Accepted | Refused] = {
    "ipv6-good": Accepted({"host": (lambda m: parse_uri(m.uri).host, SIX)}),
    "ipv6-bad": Refused(400, "URI"),
    "port-ambiguous": Accepted(
        {
            "host": (lambda m: parse_uri(m.uri).host, "[2001:db8::10:5070]"),
            "port": (lambda m: parse_uri(m.uri).port, None),
        }
    ),
    "port-unambiguous": Accepted(
        {"host": (lambda m: (parse_uri(m.uri).host, parse_uri(m.uri).port), (SIX, 5070))}
    ),
    "via-received-param-with-delim": Accepted(
        {"received": (lambda m: top_via(m).params["received"], "[2001:db8::9:255]")}
    ),
    "via-received-param-no-delim": Accepted(
        {"received": (lambda m: top_via(m).params["received"], "2001:db8::9:255")}
    ),
    # These two copies have bare line feeds, so the Content-Length of the RFC is too large for them.
    "ipv6-in-sdp": Refused(400, "Content-Length"),
    "mult-ip-in-header": Accepted(
        {
            "Via": (
                vias,
                [("UDP", "[2001:db8::9:1]"), ("UDP", "192.0.2.1"), ("TCP", "[2001:db8::9:255]")],
            )
        }
    ),
    "mult-ip-in-sdp": Refused(400, "Content-Length"),
    "ipv4-mapped-ipv6": Accepted(
        {"port": (lambda m: (top_via(m).host, top_via(m).port), ("[::ffff:192.0.2.10]", 19823))}
    ),
    "ipv6-bug-abnf-3-colons": Accepted(
        {"host": (lambda m: parse_uri(m.uri).host, "[2001:db8:::192.0.2.1]")}
    ),
    "ipv6-correct-abnf-2-colons": Accepted(
        {"host": (lambda m: parse_uri(m.uri).host, "[2001:db8::192.0.2.1]")}
    ),
}

pytestmark = pytest.mark.skipif(not TORTURE.is_dir(), reason="no torture messages beside us")


def read(path: Path) -> Message:
    message = parse_message(path.read_bytes())
    if isinstance(message, Request):
        inspect_request(message)
        server_key(message)
    return message


def expect(path: Path, expectation: Accepted | Refused) -> None:
    if isinstance(expectation, Refused):
        with pytest.raises(MalformedMessage) as caught:
            read(path)
        error = caught.value
        answered = None if error.partial is None else error.status
        assert (answered, error.element) == (expectation.status, expectation.element)
        return
    message = read(path)
    assert parse_message(serialise(message)).headers[:-1] == tuple(
        pair for pair in message.headers if pair[0] != "Content-Length"
    )
    for name, (found, value) in expectation.checks.items():
        assert found(message) == value, name


@pytest.mark.parametrize("name", sorted(RFC_4475))
def test_rfc_4475(name: str) -> None:
    expect(TORTURE / "rfc4475" / name, RFC_4475[name])


@pytest.mark.parametrize("name", sorted(RFC_5118))
def test_rfc_5118(name: str) -> None:
    expect(TORTURE / "rfc5118" / name, RFC_5118[name])


def test_no_message_lacks_an_expectation() -> None:
    for folder, expectations in (("rfc4475", RFC_4475), ("rfc5118", RFC_5118)):
        assert {path.name for path in (TORTURE / folder).iterdir()} == set(expectations)
