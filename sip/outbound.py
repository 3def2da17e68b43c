"""What a REGISTER says of the way back to its phone: flows (RFC 5626), Path (RFC 3327), NAT."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sip.address import Address
from sip.errors import MalformedMessage
from sip.grammar import is_digits
from sip.headers.name_addr import NameAddr, parse_name_addr
from sip.headers.via import Via, parse_via
from sip.message import Request, header_values
from sip.uri import Uri, parse_uri

MAX_PATHS: Final = 8
MAX_INSTANCE_CHARS: Final = 200
MAX_REG_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Flow:
    """One of a phone's ways to us, RFC 5626 §4.2; `number` is its reg-id."""

    instance: str
    number: int


def instance_of(contact: NameAddr) -> str:
    """`+sip.instance` without its quotes and angles; "" if there is none, or one too long."""
    text = (contact.params.get("+sip.instance") or "").strip('"').strip("<>")
    return text if len(text) <= MAX_INSTANCE_CHARS else ""


def flow_of(request: Request, contact: NameAddr) -> Flow | None:
    """The flow that the contact asks for; None for an ordinary contact, §6."""
    number = contact.params.get("reg-id") or ""
    instance = instance_of(contact)
    if not instance or not is_digits(number) or len(number) > 10:
        return None
    if not 1 <= int(number) <= MAX_REG_ID or not supports(request, "outbound"):
        return None
    return Flow(instance, int(number))


def supports(request: Request, tag: str) -> bool:
    values = header_values(request, "Supported") + header_values(request, "Require")
    return any(value.lower() == tag for value in values)


def path_of(request: Request) -> tuple[str, ...]:
    """Path values, the proxy nearest to us first: they become the Route to the phone.

    Raises:
        MalformedMessage: too many, or one that cannot be routed by (RFC 3327 §4 demands `lr`).
    """
    values = header_values(request, "Path")
    if len(values) > MAX_PATHS:
        raise MalformedMessage("Path", f"more than {MAX_PATHS} proxies", request.uri)
    for value in values:
        uri = _path_uri(value)
        if not uri.is_sip or "lr" not in uri.params:
            raise MalformedMessage("Path", "not the SIP URI of a loose router", value)
    return tuple(values)


def through_proxy(request: Request) -> bool:
    return len(header_values(request, "Via")) > 1


def edge_keeps_flow(path: tuple[str, ...]) -> bool:
    """Whether the proxy nearest to the phone does so: the last one in Path has `ob`, §5.1."""
    return bool(path) and "ob" in _path_uri(path[-1]).params


def is_behind_nat(request: Request, contact: Uri, source: Address) -> bool:
    """Whether the phone does not know the address that it is seen at.

    A proxy's packets come from the proxy, and what lies behind that is the proxy's business.
    """
    if through_proxy(request):
        return False
    via = parse_via(header_values(request, "Via")[0])
    return _differs(via, source) or not _is_at(contact.host, contact.port, source)


def _differs(via: Via, source: Address) -> bool:
    """For a connection the host alone: its port is any free one."""
    host = via.host.strip("[]").lower() != source.host.lower()
    return host or (not source.reliable and (via.port or 5060) != source.port)


def _is_at(host: str, port: int | None, source: Address) -> bool:
    if host.strip("[]") != source.host.lower():
        return False
    return source.reliable or (port or 5060) == source.port


def _path_uri(value: str) -> Uri:
    return parse_uri(parse_name_addr(value, "Path").uri)


def contact_params(instance: str, reg_id: int) -> Mapping[str, str | None]:
    """What a 200 repeats of a flow's Contact."""
    named = {"+sip.instance": f'"<{instance}>"'} if instance else {}
    return {**named, "reg-id": str(reg_id)} if reg_id else named
