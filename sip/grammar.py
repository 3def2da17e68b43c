"""Pieces of the grammar that many headers share: RFC 3261 §25.1.

Everything here costs time linear in its input. Callers bound the length first.
"""

from collections.abc import Mapping
from typing import Final

from sip.errors import MalformedMessage
from sip.quoting import closing_quote, split_outside_quotes

ALPHANUM: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
TOKEN_CHARS: Final = ALPHANUM + "-.!%*_+`'~"
WORD_CHARS: Final = TOKEN_CHARS + '()<>:\\"/[]?{}'
HOST_CHARS: Final = ALPHANUM + "-._"  # "_" is not in §25.1, but in many a real host name
IPV6_CHARS: Final = "0123456789abcdefABCDEF:."
LWS: Final = " \t"
DIGITS: Final = "0123456789"
MAX_PARAMS: Final = 64

Params = dict[str, str | None]
"""Parameter names in lower case to values as sent (quotes included), None for a bare name."""


def is_token(text: str) -> bool:
    return (text.isalnum() and text.isascii()) or (bool(text) and not text.strip(TOKEN_CHARS))


def is_digits(text: str) -> bool:
    """ASCII digits only; `str.isdigit` also takes other scripts' digits, which `int` may refuse."""
    return bool(text) and not text.strip(DIGITS)


_USUAL_PARAMS: Final = frozenset(
    "branch rport received tag lr transport expires q user ob reg-id algorithm".split()  # noqa: SIM905
)


def parse_params(text: str, element: str) -> Params:
    """Read `name[=value]` pairs between semicolons; `text` comes after the first semicolon.

    Raises:
        MalformedMessage: a name is not a token, a name is given twice (§7.3.1), or a value is
            neither a token, a host nor a quoted-string.
    """
    params: Params = {}
    pieces = split_outside_quotes(text, ";")
    if len(pieces) > MAX_PARAMS:
        raise MalformedMessage(element, "too many parameters", text)
    for piece in pieces:
        name, equals, value = piece.partition("=")
        if name not in _USUAL_PARAMS:
            name = name.strip(LWS).lower()
        if name not in _USUAL_PARAMS and not is_token(name):
            raise MalformedMessage(element, "a parameter's name is not a token", text)
        if name in params:
            raise MalformedMessage(element, f"parameter {name} given twice", text)
        params[name] = _param_value(value.strip(LWS), element) if equals else None
    return params


def _param_value(value: str, element: str) -> str:
    if value.isalnum() and value.isascii():
        return value
    if value[:1] == '"':
        if closing_quote(value, 0) != len(value) - 1:
            raise MalformedMessage(element, "bad quoted-string", value)
    elif not value or value.strip(_PARAM_VALUE_CHARS):
        raise MalformedMessage(element, "a parameter's value is not a token", value)
    return value


# Wider than gen-value: `received` carries a bare IPv6 address, and +sip.instance-like URNs,
# base64 and paths come unquoted from real phones. Separators that would end the value stay out.
_PARAM_VALUE_CHARS: Final = TOKEN_CHARS + "[]:/@$&?#^|{}()=\\"


def format_params(params: Mapping[str, str | None]) -> str:
    """`;name=value;flag`, the inverse of `parse_params`."""
    return "".join(
        f";{name}" if value is None else f";{name}={value}" for name, value in params.items()
    )
