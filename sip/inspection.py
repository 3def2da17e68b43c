"""What a server looks at before it does anything about a request: RFC 3261 §8.2.

The parser leaves addresses as text; this reads those that every later step needs, once for each
new transaction, so that no step further in meets a surprise.
"""

from collections.abc import Iterable
from typing import Final

from sip.errors import MalformedMessage, UnsupportedScheme
from sip.headers.name_addr import parse_name_addr
from sip.headers.numeric import parse_max_forwards
from sip.headers.via import parse_via
from sip.message import Request, header, header_or_none, header_values
from sip.uri import parse_uri

SERVED_SCHEMES: Final = frozenset({"sip", "sips", "tel"})
MAX_VIAS: Final = 70


def inspect_request(request: Request) -> None:
    """Check Request-URI, Via, From, To, Max-Forwards, Contact and Route.

    Raises:
        UnsupportedScheme: the Request-URI is neither sip, sips nor tel: 416.
        MalformedMessage: one of them cannot be read; answer its status to `partial`, which is
            the request itself (an ACK is never answered). Where Via cannot be read, the answer
            goes to the packet's source.
    """
    try:
        _inspect(request)
    except MalformedMessage as error:
        error.partial = None if request.method == "ACK" else request
        raise


def unsupported(request: Request, supported: Iterable[str]) -> list[str]:
    """Option tags of Require that we do not know: answer 420 with them in Unsupported, §8.2.2.3."""
    known = {tag.lower() for tag in supported}
    return [tag for tag in header_values(request, "Require") if tag.lower() not in known]


def _inspect(request: Request) -> None:
    vias = header_values(request, "Via")
    if len(vias) > MAX_VIAS:
        raise MalformedMessage("Via", "too many", request.uri)
    for via in vias:
        parse_via(via)
    for name in ("From", "To"):
        parse_uri(parse_name_addr(header(request, name), name).uri)
    hops = header_or_none(request, "Max-Forwards")
    if hops is not None:
        parse_max_forwards(hops)
    if parse_uri(request.uri).scheme not in SERVED_SCHEMES:
        raise UnsupportedScheme("Request-URI", "a scheme that is not served", request.uri)
    for name in ("Contact", "Route", "Record-Route"):
        for value in header_values(request, name):
            if value != "*" or name != "Contact" or request.method != "REGISTER":
                parse_uri(parse_name_addr(value, name).uri)
