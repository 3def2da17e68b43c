"""SIP messages as immutable values, and the messages that follow from others."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, TypeVar

from sip.header_names import CANONICAL, LISTS, canonical_name
from sip.quoting import split_outside_quotes
from sip.reasons import reason_for

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""(name, value) pairs in wire order; names are canonical, e.g. "Call-ID"."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: Headers = ()
    body: bytes = b""


Message: TypeAlias = Request | Response
MessageT = TypeVar("MessageT", Request, Response)

DIALOG_FORMING: Final = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY"})


def header(message: Message, name: str) -> str:
    """First value of a header that the parser has already required.

    Raises:
        KeyError: the header is absent, which the parser should have refused.
    """
    wanted = CANONICAL.get(name) or canonical_name(name)
    for candidate, value in message.headers:
        if candidate == wanted:
            return value
    raise KeyError(name)


def header_or_none(message: Message, name: str) -> str | None:
    wanted = CANONICAL.get(name) or canonical_name(name)
    for candidate, value in message.headers:
        if candidate == wanted:
            return value
    return None


def header_values(message: Message, name: str) -> list[str]:
    """All values in order; lists are split at their commas where the grammar has lists, §7.3.1."""
    wanted = CANONICAL.get(name) or canonical_name(name)
    values = [value for candidate, value in message.headers if candidate == wanted]
    if not values or wanted not in LISTS:
        return values
    return [
        stripped
        for value in values
        for item in split_outside_quotes(value, ",", angles=True)
        if (stripped := item.strip())
    ]


def with_header(message: MessageT, name: str, value: str) -> MessageT:
    """The message with exactly this value: in place of the first occurrence, or appended."""
    wanted = canonical_name(name)
    headers: list[tuple[str, str]] = []
    placed = False
    for pair in message.headers:
        if pair[0] != wanted:
            headers.append(pair)
        elif not placed:
            headers.append((wanted, value))
            placed = True
    if not placed:
        headers.append((wanted, value))
    return replace(message, headers=tuple(headers))


def without_header(message: MessageT, name: str) -> MessageT:
    wanted = canonical_name(name)
    return replace(message, headers=tuple(pair for pair in message.headers if pair[0] != wanted))


def with_top_via(message: MessageT, value: str) -> MessageT:
    """The message with its first Via value replaced, as a server does for `received`, §18.2.1."""
    headers = list(message.headers)
    for index, (name, old) in enumerate(headers):
        if name == "Via":
            below: list[str] = split_outside_quotes(old, ",")[1:]
            headers[index] = ("Via", ",".join([value, *below]))
            break
    return replace(message, headers=tuple(headers))


def response_to(
    request: Request,
    status: int,
    reason: str = "",
    *,
    to_tag: str | None = None,
    headers: Headers = (),
    body: bytes = b"",
) -> Response:
    """A response by the rules of RFC 3261 §8.2.6.2 and §12.1.1.

    `to_tag` is added to To unless the request carried one already. Record-Route is copied where
    the response may form a dialog, Timestamp into a 100. `headers` follow.
    """
    copied: list[tuple[str, str]] = []
    forms_dialog = 100 < status < 300 and request.method in DIALOG_FORMING
    for name, value in request.headers:
        if name in _COPIED or (name == "Record-Route" and forms_dialog):
            copied.append((name, value))
        elif name == "To":
            add = to_tag is not None and not has_tag(value)
            copied.append((name, f"{value};tag={to_tag}" if add else value))
        elif name == "Timestamp" and status == 100:
            copied.append((name, value))
    return Response(status, reason or reason_for(status), (*copied, *headers), body)


_COPIED: Final = frozenset({"Via", "From", "Call-ID", "CSeq"})


def has_tag(value: str) -> bool:
    """Whether a From or To value has a tag. Works on values that were never checked."""
    if "tag" not in value and "tag" not in value.lower():
        return False
    pieces = split_outside_quotes(value, ";", angles=True)[1:]
    return any(piece.partition("=")[0].strip().lower() == "tag" for piece in pieces)


def ack_for_failure(invite: Request, response: Response) -> Request:
    """The ACK for a 300-699 response, built by the transaction itself, RFC 3261 §17.1.1.3."""
    return _hop_by_hop(invite, "ACK", to=header(response, "To"))


def cancel_for(invite: Request) -> Request:
    """The CANCEL of a pending INVITE, RFC 3261 §9.1: same hop, same branch, same To."""
    return _hop_by_hop(invite, "CANCEL", to=header(invite, "To"))


def _hop_by_hop(invite: Request, method: str, *, to: str) -> Request:
    cseq_number = header(invite, "CSeq").split()[0]
    top_via = split_outside_quotes(header(invite, "Via"), ",")[0]
    routes = tuple(pair for pair in invite.headers if pair[0] == "Route")
    return Request(
        method=method,
        uri=invite.uri,
        headers=(
            ("Via", top_via),
            *routes,
            ("Max-Forwards", "70"),
            ("From", header(invite, "From")),
            ("To", to),
            ("Call-ID", header(invite, "Call-ID")),
            ("CSeq", f"{cseq_number} {method}"),
        ),
    )
