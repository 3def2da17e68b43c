"""Where a 3xx leads, and who diverted a call: RFC 5806 Diversion, RFC 7044 History-Info.

Diversions are told newest first, as Diversion has them; History-Info is written oldest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sip.errors import MalformedMessage
from sip.grammar import is_token, parse_params
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr
from sip.headers.privacy import ANONYMOUS, ANONYMOUS_HOST, read_privacy
from sip.message import Headers, Message, Response, header_values
from sip.quoting import unquote
from sip.uri import Uri, format_uri, number_of, parse_uri

FOLLOWED: Final = frozenset({300, 301, 302})
"""Refused: 305 would let the peer choose our proxy, 380 explains itself to people in a body."""

MAX_CONTACTS: Final = 5
MAX_DIVERSIONS: Final = 10

_PRIVATE: Final = ("Privacy", "history")

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
    "unconditional", "deflection", "unavailable", "unknown" …

    Attributes:
        private: who may not know asserted identities shall not read the number, RFC 7044 §10.1.
    """

    number: str
    reason: str = "unknown"
    name: str = ""
    private: bool = False

    @property
    def shown(self) -> str:
        """The number, as anybody may know it."""
        return ANONYMOUS if self.private else self.number


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
        found = tuple(each for value in values if (each := _diversion(value)) is not None)
    else:
        found = _from_history(header_values(message, "History-Info")[: MAX_DIVERSIONS + 1])
    if not read_privacy(message).hides_history:
        return found
    return tuple(replace(each, private=True) for each in found)


def _diversion(value: str) -> Diversion | None:
    try:
        address = parse_name_addr(value, "Diversion")
        number = number_of(parse_uri(address.uri))
    except MalformedMessage:
        return None
    reason = unquote(address.params.get("reason") or "unknown").lower()
    hidden = unquote(address.params.get("privacy") or "").lower()
    return Diversion(
        number,
        reason if is_token(reason) else "unknown",
        address.display if hidden != "name" else "",
        private=hidden in ("full", "uri"),
    )


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
                left = parse_uri(before.uri)
                why = _CAUSES.get(cause, "unknown")
                private = any(name.lower() == "privacy" for name, _ in left.headers)
                found.insert(0, Diversion(number_of(left), why, before.display, private))
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
    diversions: Sequence[Diversion],
    *,
    style: Style,
    domain: str,
    target: str,
    trusted: bool = False,
) -> Headers:
    """What a call that goes on to the URI `target` says of its past; `domain` is our own.

    `trusted`: whoever reads it may know private numbers, which are marked as such; nobody else
    reads more of them than why the call was passed on.
    """
    told = diversions[:MAX_DIVERSIONS]
    if style == "none" or not told:
        return ()
    if style == "diversion":
        return tuple(("Diversion", _written(each, domain, trusted)) for each in told)
    oldest_first = [*reversed(told)]
    first = _address(oldest_first[0], domain, trusted)
    entries = [format_name_addr(first._replace(params={"index": "1"}))]
    nexts = [_address(each, domain, trusted).uri for each in oldest_first[1:]]
    for depth, (left, to) in enumerate(zip(oldest_first, [*nexts, target], strict=True), start=2):
        uri = parse_uri(to)
        cause = _CAUSE_OF.get(left.reason, "404")
        caused = format_uri(uri._replace(params={**uri.params, "cause": cause}))
        index = ".".join("1" * depth)
        before = ".".join("1" * (depth - 1))
        params: dict[str, str | None] = {"index": index, "mp": before}
        entries.append(format_name_addr(NameAddr("", caused, params)))
    return tuple(("History-Info", entry) for entry in entries)


def _written(diversion: Diversion, domain: str, trusted: bool) -> str:
    params: dict[str, str | None] = {"reason": diversion.reason, "counter": "1"}
    if diversion.private:
        params["privacy"] = "full"
    address = _address(diversion, domain, trusted)
    plain = format_uri(parse_uri(address.uri)._replace(headers=()))
    return format_name_addr(NameAddr(address.display, plain, params))


def _address(diversion: Diversion, domain: str, trusted: bool) -> NameAddr:
    """Who passed the call on; History-Info marks a private one in the URI itself."""
    uri = Uri("sip", diversion.number, domain)
    if not diversion.private:
        return NameAddr(diversion.name, format_uri(uri))
    if trusted:
        return NameAddr(diversion.name, format_uri(uri._replace(headers=(_PRIVATE,))))
    return NameAddr("", format_uri(Uri("sip", ANONYMOUS, ANONYMOUS_HOST)))
