"""Requests of ours that open something: INVITE and OPTIONS, RFC 3261 §8.1.1 and §22."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sip.address import Address, Target
from sip.dialogs.capabilities import ACCEPT, CAPABILITIES
from sip.dialogs.dialog import MAX_FORWARDS
from sip.dialogs.offer_answer import SDP_TYPE
from sip.digest import Credentials, answer_challenge, choose_challenge
from sip.edges.local_host import bracketed
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr
from sip.message import Headers, Request, Response, header, header_values, with_header
from sip.uri import Uri, format_uri, parse_uri


@dataclass(frozen=True, slots=True)
class Names:
    """The ids of one new dialog, made by whoever has randomness."""

    call_id: str
    local_tag: str
    cseq: int = 1


def random_names(rng: Random, host: str) -> Names:
    return Names(f"{rng.getrandbits(96):024x}@{host}", random_tag(rng))


def random_tag(rng: Random) -> str:
    return f"{rng.getrandbits(64):016x}"


def invite_request(
    target: Target,
    names: Names,
    *,
    from_user: str,
    from_display: str,
    from_host: str,
    to_uri: str | None,
    contact: str,
    sdp: bytes,
    headers: Headers,
) -> Request:
    """An INVITE without Via. A header given by the caller replaces one of ours of that name."""
    caller = NameAddr(
        from_display, format_uri(Uri("sip", from_user, from_host)), {"tag": names.local_tag}
    )
    session: Headers = (("Content-Type", SDP_TYPE),) if sdp else ()
    given = {name for name, _ in headers}
    ours: Headers = (
        *(("Route", route) for route in target.route),
        MAX_FORWARDS,
        ("From", format_name_addr(caller)),
        ("To", f"<{to_uri or target.uri}>"),
        ("Call-ID", names.call_id),
        ("CSeq", f"{names.cseq} INVITE"),
        ("Contact", contact),
        *CAPABILITIES,
        *session,
    )
    kept = tuple(pair for pair in ours if pair[0] not in given)
    return Request("INVITE", target.uri, (*kept, *headers), sdp)


def options_request(target: Target, names: Names, *, from_host: str, contact: str) -> Request:
    """An OPTIONS outside any dialog, to see whether somebody is there, §11.1."""
    return _outside("OPTIONS", target, names, from_host, (("Contact", contact), ACCEPT))


def standalone_request(
    method: str, target: Target, names: Names, ours: Address, headers: Headers, body: bytes
) -> Request:
    """A request outside any dialog, from our domain as a whole; `ours` as the target sees it."""
    headers = (("Contact", contact("", ours)), *headers)
    return _outside(method, target, names, bracketed(ours.host), headers, body)


def _outside(
    method: str, target: Target, names: Names, from_host: str, headers: Headers, body: bytes = b""
) -> Request:
    return Request(
        method,
        target.uri,
        (
            *(("Route", route) for route in target.route),
            MAX_FORWARDS,
            ("From", f"<sip:{from_host}>;tag={names.local_tag}"),
            ("To", f"<{target.uri}>"),
            ("Call-ID", names.call_id),
            ("CSeq", f"{names.cseq} {method}"),
            *headers,
        ),
        body,
    )


def authorisation(
    credentials: Credentials, rng: Random
) -> Callable[[Request, Response], Headers | None]:
    """What answers a 401 or 407 with the credentials; None when it offers nothing that we know."""

    def answer(request: Request, response: Response) -> Headers | None:
        asked, given = (
            ("WWW-Authenticate", "Authorization")
            if response.status == 401
            else ("Proxy-Authenticate", "Proxy-Authorization")
        )
        challenge = choose_challenge(header_values(response, asked))
        if challenge is None:
            return None
        cnonce = random_tag(rng)
        value = answer_challenge(
            credentials,
            challenge,
            request.method,
            request.uri,
            cnonce=cnonce,
            body=request.body,
        )
        return None if value is None else ((given, value),)

    return answer


def contact(user: str, ours: Address) -> str:
    """Our Contact: `ours` as the peer sees us. WebSocket is `ws` with and without TLS, RFC 7118."""
    transport = ours.transport.lower().replace("wss", "ws")
    params = {} if transport == "udp" else {"transport": transport}
    return f"<{format_uri(Uri('sip', user, bracketed(ours.host), ours.port, params))}>"


def with_contact(request: Request, ours: Address) -> Request:
    """The request with its Contact at `ours`; the user and the header's parameters stay."""
    old = parse_name_addr(header(request, "Contact"), "Contact")
    new = parse_name_addr(contact(parse_uri(old.uri).user, ours), "Contact")
    if new.uri == old.uri:
        return request
    return with_header(request, "Contact", format_name_addr(new._replace(params=old.params)))
