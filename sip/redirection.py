"""Where a 3xx leads, and who diverted a call: RFC 5806 Diversion, RFC 7044 History-Info.

Diversions are told newest first, as Diversion has them; History-Info is written oldest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sip.errors import MalformedMessage
from sip.grammar import is_token, parse_params
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr
from sip.message import Headers, Message, Response, header_values
from sip.quoting import unquote
from sip.uri import Uri, format_uri, number_of, parse_uri

FOLLOWED: Final = frozenset({300, 301, 302})
"""Refused: 305 would let the peer choose our proxy, 380 explains itself to people in a body."""

MAX_CONTACTS: Final = 5
MAX_DIVERSIONS: Final = 10

Style = Literal["none", "diversion", "history_info"]

_CAUSES: Final = {
    "302": "unconditional",
    "408": "no-answer",
    "480": "deflection",
    "486": "user-busy",
    "487": "deflection",
    "503": "unavailable",
}
"""RFC 7544 §4: what History-Info's cause is called in Diversion."""

_CAUSE_OF: Final = {reason: cause for cause, reason in _CAUSES.items()}


@dataclass(frozen=True, slots=True)
class Diversion:
    """Whose number the call was meant for, and why it did not stay: "user-busy", "no-answer",
    "unconditional", "deflection", "unavailable", "unknown" …"""

    number: str
    reason: str = "unknown"
    name: str = ""


def contacts(status: int, headers: Headers) -> tuple[str, ...]:
    """The URIs of a redirection, the most wanted first (q, §8.1.3.4); none of other responses."""
    if status not in FOLLOWED:
        return ()
    found: list[tuple[float, str]] = []
    for value in header_values(Response(status, "", headers), "Contact")[:MAX_CONTACTS]:
        try:
            address = parse_name_addr(value, "Contact")
            parse_uri(address.uri)
        except MalformedMessage:
            continue
        found.append((_quality(address.params.get("q")), address.uri))
    return tuple(uri for _, uri in sorted(found, key=lambda each: -each[0]))


def _quality(value: str | None) -> float:
    """0 to 1; 1 where nothing, or nothing readable, is said."""
    digits = (value or "").replace(".", "", 1)
    if value is None or not digits.isdigit() or not digits.isascii() or len(value) > 5:
        return 1.0
    return min(float(value), 1.0)


# ---- who diverted it


def read_diversions(message: Message) -> tuple[Diversion, ...]:
    """From Diversion, else from History-Info; what cannot be read is left out."""
    values = header_values(message, "Diversion")[:MAX_DIVERSIONS]
    if values:
        return tuple(found for value in values if (found := _diversion(value)) is not None)
    return _from_history(header_values(message, "History-Info")[: MAX_DIVERSIONS + 1])


def _diversion(value: str) -> Diversion | None:
    try:
        address = parse_name_addr(value, "Diversion")
        number = number_of(parse_uri(address.uri))
    except MalformedMessage:
        return None
    reason = unquote(address.params.get("reason") or "unknown").lower()
    return Diversion(number, reason if is_token(reason) else "unknown", address.display)


def _from_history(values: Sequence[str]) -> tuple[Diversion, ...]:
    """An entry with a cause says why the one before it was left, RFC 7544 §3."""
    found: list[Diversion] = []
    before: NameAddr | None = None
    for value in values:
        try:
            address = parse_name_addr(value, "History-Info")
            uri = parse_uri(address.uri)
            cause = uri.params.get("cause") or _reason_of(before)
            if before is not None and cause:
                number = number_of(parse_uri(before.uri))
                found.insert(0, Diversion(number, _CAUSES.get(cause, "unknown"), before.display))
        except MalformedMessage:
            continue
        before = address
    return tuple(found)


def _reason_of(address: NameAddr | None) -> str:
    """The cause in an entry's own Reason, which says how trying it ended, RFC 7044 §5."""
    for name, value in parse_uri(address.uri).headers if address else ():
        if name.lower() == "reason":
            params = parse_params(value.partition(";")[2], "Reason")
            return params.get("cause") or ""
    return ""


def diversion_headers(
    diversions: Sequence[Diversion], *, style: Style, domain: str, target: str
) -> Headers:
    """What a call that goes on to the URI `target` says of its past; `domain` is our own."""
    told = diversions[:MAX_DIVERSIONS]
    if style == "none" or not told:
        return ()
    if style == "diversion":
        return tuple(("Diversion", _written(each, domain)) for each in told)
    oldest_first = [*reversed(told)]
    first = NameAddr(oldest_first[0].name, _uri(oldest_first[0].number, domain))
    entries = [format_name_addr(first._replace(params={"index": "1"}))]
    nexts = [_uri(each.number, domain) for each in oldest_first[1:]]
    for depth, (left, to) in enumerate(zip(oldest_first, [*nexts, target], strict=True), start=2):
        uri = parse_uri(to)
        cause = _CAUSE_OF.get(left.reason, "404")
        caused = format_uri(uri._replace(params={**uri.params, "cause": cause}))
        index = ".".join("1" * depth)
        before = ".".join("1" * (depth - 1))
        params: dict[str, str | None] = {"index": index, "mp": before}
        entries.append(format_name_addr(NameAddr("", caused, params)))
    return tuple(("History-Info", entry) for entry in entries)


def _written(diversion: Diversion, domain: str) -> str:
    params: dict[str, str | None] = {"reason": diversion.reason, "counter": "1"}
    return format_name_addr(NameAddr(diversion.name, _uri(diversion.number, domain), params))


def _uri(number: str, domain: str) -> str:
    return format_uri(Uri("sip", number, domain))
