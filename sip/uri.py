"""SIP, SIPS and tel URIs: RFC 3261 §19.1, RFC 3966."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from sip.errors import MalformedMessage
from sip.grammar import ALPHANUM, MAX_PARAMS
from sip.headers.hostport import split_host_port

MAX_CHARS: Final = 2048
_NONE: Final[Mapping[str, str | None]] = MappingProxyType({})
_MARK: Final = "-_.!~*'()"
_SCHEME_CHARS: Final = ALPHANUM + "+-."
_USER_PLAIN: Final = frozenset(ALPHANUM + _MARK + "&=+$,;?/")
_PASSWORD_PLAIN: Final = frozenset(ALPHANUM + _MARK + "&=+$,")
_PARAM_PLAIN: Final = frozenset(ALPHANUM + _MARK + "[]/:&+$")
_HEADER_PLAIN: Final = frozenset(ALPHANUM + _MARK + "[]/?:+$")
_HEX: Final = "0123456789abcdefABCDEF"
_VISUAL_SEPARATORS: Final = str.maketrans("", "", "-.()")


class Uri(NamedTuple):
    """A URI taken apart, with escapes resolved.

    Attributes:
        scheme: lower case: "sip", "sips", "tel", or one that we only carry.
        user: "" if none; of a tel URI the number without visual separators.
        host: lower case, IPv6 in brackets; "" for tel and unknown schemes.
        params: names in lower case.
        headers: what follows "?", in order.
        opaque: everything after the colon, only of an unknown scheme.
    """

    scheme: str
    user: str = ""
    host: str = ""
    port: int | None = None
    params: Mapping[str, str | None] = _NONE
    headers: tuple[tuple[str, str], ...] = ()
    password: str | None = None
    opaque: str = ""

    @property
    def is_sip(self) -> bool:
        return self.scheme in ("sip", "sips")


def parse_uri(text: str) -> Uri:
    """Read a URI without angle brackets.

    Raises:
        MalformedMessage: outside the grammar of its scheme. Unknown schemes are only carried.
    """
    if len(text) > MAX_CHARS:
        raise MalformedMessage("URI", "too long", text)
    return _parse(text)


@lru_cache(maxsize=1024)  # a call's messages carry the same few URIs again and again
def _parse(text: str) -> Uri:
    scheme, colon, rest = text.partition(":")
    if scheme not in ("sip", "tel"):
        scheme = scheme.lower()
        if not colon or not scheme or scheme.strip(_SCHEME_CHARS):
            raise MalformedMessage("URI", "no scheme", text)
    if not rest:
        raise MalformedMessage("URI", "no scheme", text)
    if not text.isprintable() or " " in text or "<" in text or ">" in text or '"' in text:
        raise MalformedMessage("URI", "a character that must be escaped", text)
    if scheme in ("sip", "sips"):
        return _parse_sip(scheme, rest)
    if scheme == "tel":
        return _parse_tel(rest)
    return Uri(scheme, opaque=rest)


def format_uri(uri: Uri) -> str:
    if uri.opaque:
        return f"{uri.scheme}:{uri.opaque}"
    if uri.scheme == "tel":
        return f"tel:{uri.user}{_format_params(uri.params)}"
    userinfo = ""
    if uri.user:
        password = "" if uri.password is None else f":{_escape(uri.password, _PASSWORD_PLAIN)}"
        userinfo = f"{_escape(uri.user, _USER_PLAIN)}{password}@"
    port = "" if uri.port is None else f":{uri.port}"
    headers = "&".join(
        f"{_escape(name, _HEADER_PLAIN)}={_escape(value, _HEADER_PLAIN)}"
        for name, value in uri.headers
    )
    query = f"?{headers}" if headers else ""
    return f"{uri.scheme}:{userinfo}{uri.host}{port}{_format_params(uri.params)}{query}"


def number_of(uri: Uri) -> str:
    """What a URI names: a telephone number without separators and parameters, or a user's name.

    A number that is local to a phone-context keeps its own digits: RFC 3966 §5.1.5 forbids to
    glue the context to it. The user part of a SIP URI may be such a number too, §19.1.6.
    """
    number, semicolon, _ = uri.user.partition(";")
    is_telephone = uri.scheme == "tel" or semicolon or uri.params.get("user") == "phone"
    return number.translate(_VISUAL_SEPARATORS) if is_telephone else number


def same_uri(left: Uri, right: Uri) -> bool:
    """Whether two SIP URIs mean the same, RFC 3261 §19.1.4."""
    if (left.scheme, left.user, left.password, left.host, left.port, left.opaque) != (
        right.scheme,
        right.user,
        right.password,
        right.host,
        right.port,
        right.opaque,
    ):
        return False
    for name in left.params.keys() | right.params.keys():
        both = name in left.params and name in right.params
        if both and (left.params[name] or "").lower() != (right.params[name] or "").lower():
            return False
        if not both and name in _MUST_MATCH:
            return False
    return sorted(left.headers) == sorted(right.headers)


_MUST_MATCH: Final = ("user", "ttl", "method", "maddr", "transport")


def _parse_sip(scheme: str, rest: str) -> Uri:
    userinfo, at, hostpart = rest.rpartition("@")
    hostpart, question, query = hostpart.partition("?")
    hostport, semicolon, params = hostpart.partition(";")
    user, password = "", None
    if at:
        user_text, colon, password_text = userinfo.partition(":")
        if not user_text or "@" in userinfo:
            raise MalformedMessage("URI", "bad userinfo", rest)
        user = _unescape(user_text)
        password = _unescape(password_text) if colon else None
    host, port = split_host_port(hostport, "URI")
    return Uri(
        scheme,
        user,
        host.lower(),
        port,
        _parse_params(params) if semicolon else _NONE,
        _parse_headers(query) if question else (),
        password,
    )


def _parse_tel(rest: str) -> Uri:
    number, semicolon, params = rest.partition(";")
    digits = number.translate(_VISUAL_SEPARATORS)
    if not digits.removeprefix("+") or digits.removeprefix("+").strip("0123456789abcdefABCDEF*#"):
        raise MalformedMessage("URI", "not a telephone number", rest)
    return Uri("tel", digits, params=_parse_params(params) if semicolon else {})


def _parse_params(text: str) -> dict[str, str | None]:
    params: dict[str, str | None] = {}
    pieces = text.split(";")
    if len(pieces) > MAX_PARAMS:
        raise MalformedMessage("URI", "too many parameters", text)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        name = _unescape(name).lower()
        if not name or (equals and not value):
            raise MalformedMessage("URI", "empty parameter", text)
        if name in params:
            raise MalformedMessage("URI", f"parameter {name} given twice", text)
        params[name] = _unescape(value) if equals else None
    return params


def _parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    pieces = text.split("&")
    if len(pieces) > MAX_PARAMS:
        raise MalformedMessage("URI", "too many headers", text)
    headers = []
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if not name or not equals:
            raise MalformedMessage("URI", "header without name or value", text)
        headers.append((_unescape(name), _unescape(value)))
    return tuple(headers)


def _unescape(text: str) -> str:
    """Resolve %XX; bytes that are not UTF-8 survive as surrogates, so nothing is lost."""
    if "%" not in text:
        return text
    first, *rest = text.encode("utf-8", "surrogateescape").split(b"%")
    pieces = [first]
    for piece in rest:
        digits = piece[:2].decode("latin-1")
        if len(digits) != 2 or digits.strip(_HEX):
            raise MalformedMessage("URI", "bad escape", text)
        pieces.append(bytes.fromhex(digits) + piece[2:])
    return b"".join(pieces).decode("utf-8", "surrogateescape")


def _escape(text: str, plain: frozenset[str]) -> str:
    if plain.issuperset(text):
        return text
    return "".join(
        character
        if character in plain
        else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
        for character in text
    )


def _format_params(params: Mapping[str, str | None]) -> str:
    return "".join(
        f";{_escape(name, _PARAM_PLAIN)}"
        if value is None
        else f";{_escape(name, _PARAM_PLAIN)}={_escape(value, _PARAM_PLAIN)}"
        for name, value in params.items()
    )
