"""`host [":" port]`, as in Via and in URIs: RFC 3261 §25.1, IPv6 by RFC 5118 §4."""

from functools import lru_cache
from typing import Final

from sip.errors import MalformedMessage
from sip.grammar import DIGITS, HOST_CHARS, IPV6_CHARS, LWS

MAX_HOST_CHARS: Final = 255


@lru_cache(maxsize=1024)  # few hosts, in nearly every header
def split_host_port(text: str, element: str) -> tuple[str, int | None]:
    """Returns the host as sent (IPv6 in its brackets) and the port, None if absent.

    Three colons in a row in an IPv6 reference are let through: RFC 3261's own grammar had that
    mistake, RFC 5118 §4.10.

    Raises:
        MalformedMessage: the host is neither a name nor an address, or the port is not 1-65535.
    """
    text = text.strip(LWS)
    if text[:1] == "[":
        end = text.find("]")
        address = text[1:end]
        if end < 0 or ":" not in address or address.strip(IPV6_CHARS):
            raise MalformedMessage(element, "not an IPv6 reference", text)
        host, rest = text[: end + 1], text[end + 1 :]
        if rest.strip(LWS)[:1] not in ("", ":"):
            raise MalformedMessage(element, "not a host", text)
        _, colon, port_text = rest.partition(":")
    else:
        host, colon, port_text = text.partition(":")
        host = host.rstrip(LWS)
        if not host or host.strip(HOST_CHARS):
            raise MalformedMessage(element, "not a host", text)
    if len(host) > MAX_HOST_CHARS:
        raise MalformedMessage(element, "host too long", text)
    return host, _port(port_text.strip(LWS), element) if colon else None


def _port(text: str, element: str) -> int:
    if not text or len(text) > 5 or text.strip(DIGITS) or not 0 < int(text) <= 65535:
        raise MalformedMessage(element, "port out of range", text)
    return int(text)
