"""`name-addr / addr-spec` with parameters, as in From, To, Contact, Route: RFC 3261 §20.10."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from sip.errors import MalformedMessage
from sip.grammar import LWS, TOKEN_CHARS, format_params, parse_params
from sip.quoting import closing_quote, quote, unquote

MAX_CHARS: Final = 4096
_NONE: Final[Mapping[str, str | None]] = MappingProxyType({})


class NameAddr(NamedTuple):
    """An address with a name to show.

    Attributes:
        display: unquoted, "" if none.
        uri: the text between the angle brackets; `sip.uri.parse_uri` reads it.
        params: the header's own parameters, names in lower case, values as sent.
    """

    display: str
    uri: str
    params: Mapping[str, str | None] = _NONE

    @property
    def tag(self) -> str | None:
        return self.params.get("tag")


@lru_cache(maxsize=2048)  # a dialog's From and To come with each of its messages
def parse_name_addr(value: str, element: str = "address") -> NameAddr:
    """Read one value; the caller has split comma-separated ones.

    Raises:
        MalformedMessage: outside the grammar; names `element`, the header it came from.
    """
    if len(value) > MAX_CHARS:
        raise MalformedMessage(element, "too long", value)
    value = value.strip(LWS)
    display, opening = _display_name(value, element)
    if opening < 0:
        return _bare(value, element)
    closing = value.find(">", opening)
    if closing < 0:
        raise MalformedMessage(element, "'<' is never closed", value)
    uri = value[opening + 1 : closing]
    _require_uri(uri, value, element)
    rest = value[closing + 1 :].strip(LWS)
    if not rest:
        return NameAddr(display, uri)
    if rest[0] != ";":
        raise MalformedMessage(element, "text after '>'", value)
    return NameAddr(display, uri, parse_params(rest[1:], element))


def format_name_addr(address: NameAddr) -> str:
    display = f"{quote(address.display)} " if address.display else ""
    return f"{display}<{address.uri}>{format_params(address.params)}"


def _display_name(value: str, element: str) -> tuple[str, int]:
    """The unquoted name, and where "<" is (-1 if there is none: then there is no name either)."""
    if value[:1] == '"':
        end = closing_quote(value, 0)
        opening = value.find("<", end)
        if end < 0 or opening < 0 or value[end + 1 : opening].strip(LWS):
            raise MalformedMessage(element, "bad quoted display name", value)
        return unquote(value[: end + 1]), opening
    opening = value.find("<")
    if opening <= 0:
        return "", opening
    display = value[:opening].strip(LWS)
    if display.strip(_DISPLAY_CHARS) and not _is_plain(display):
        raise MalformedMessage(element, "display name needs quotes", value)
    return display, opening


_DISPLAY_CHARS: Final = TOKEN_CHARS + LWS


def _is_plain(display: str) -> bool:
    """Tokens and letters beyond ASCII: many phones send the latter without quotes."""
    return all(character in _DISPLAY_CHARS or character > "\x7f" for character in display)


def _bare(value: str, element: str) -> NameAddr:
    """An addr-spec without brackets: what follows ";" belongs to the header, §20."""
    uri, semicolon, rest = value.partition(";")
    uri = uri.rstrip(LWS)
    _require_uri(uri, value, element)
    if "?" in uri or "," in uri:
        raise MalformedMessage(element, "this URI needs angle brackets", value)
    return NameAddr("", uri, parse_params(rest, element) if semicolon else {})


def _require_uri(uri: str, value: str, element: str) -> None:
    if (
        not 0 < uri.find(":") < len(uri) - 1
        or " " in uri
        or "\t" in uri
        or '"' in uri
        or "<" in uri
    ):
        raise MalformedMessage(element, "not a URI", value)
