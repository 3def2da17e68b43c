"""A dialog: RFC 3261 §12. State that both ends share, and requests built from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sip.errors import MalformedMessage
from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import parse_name_addr
from sip.headers.via import top_via
from sip.message import Headers, Message, Request, Response, header, header_or_none, header_values
from sip.uri import parse_uri

MAX_FORWARDS = ("Max-Forwards", "70")


@dataclass(slots=True)
class Dialog:
    """One dialog from our point of view.

    Attributes:
        local: our From or To value with its tag, as written into requests.
        remote: the peer's, likewise.
        contact: our Contact value.
        remote_cseq: None until the peer sent a request.
        route_set: Route values in the order we write them.
    """

    call_id: str
    local: str
    remote: str
    local_tag: str
    remote_tag: str
    contact: str
    remote_target: str
    route_set: tuple[str, ...]
    local_cseq: int = 0
    remote_cseq: int | None = None

    def request(
        self, method: str, *, headers: Headers = (), body: bytes = b"", cseq: int | None = None
    ) -> Request:
        """The next request of ours; `cseq` names the number of an ACK, which reuses one.

        A strict router as first hop gets its own URI as Request-URI, §12.2.1.1.
        """
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self.remote_target, self.route_set
        if routes and not is_loose(routes[0]):
            uri = parse_name_addr(routes[0], "Route").uri
            routes = (*routes[1:], f"<{self.remote_target}>")
        return Request(
            method,
            uri,
            (
                *(("Route", route) for route in routes),
                MAX_FORWARDS,
                ("From", self.local),
                ("To", self.remote),
                ("Call-ID", self.call_id),
                ("CSeq", f"{cseq} {method}"),
                *((("Contact", self.contact),) if method == "INVITE" else ()),
                *headers,
            ),
            body,
        )

    def refresh_target(self, message: Message) -> None:
        """Take the Contact of a re-INVITE or of its 2xx, §12.2.1.2; one without changes nothing."""
        self.remote_target = contact_uri(message) or self.remote_target

    def snapshot(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def restore(cls, data: Mapping[str, Any]) -> "Dialog":
        return cls(**{**data, "route_set": tuple(data["route_set"])})


def dialog_of_callee(invite: Request, *, local_tag: str, contact: str) -> Dialog:
    """The dialog that our response with a tag makes of the peer's INVITE, §12.1.1.

    Raises:
        MalformedMessage: the INVITE has no usable Contact, From or CSeq.
    """
    remote = header(invite, "From")
    target = contact_uri(invite)
    if target is None and not top_via(invite).has_unique_branch:  # RFC 2543 §6.13
        target = parse_name_addr(remote, "From").uri
        _require_sip(target, "From")
    if target is None:
        raise MalformedMessage("Contact", "an INVITE needs one", "")
    return Dialog(
        call_id=header(invite, "Call-ID"),
        local=f"{header(invite, 'To')};tag={local_tag}",
        remote=remote,
        local_tag=local_tag,
        remote_tag=parse_name_addr(remote, "From").tag or "",  # none: RFC 2543, §12.1.1
        contact=contact,
        remote_target=target,
        route_set=_route_set(invite),
        remote_cseq=cseq_number(invite),
    )


def dialog_of_caller(invite: Request, response: Response, *, contact: str) -> Dialog:
    """The dialog that the peer's response makes of our INVITE, §12.1.2.

    Raises:
        MalformedMessage: the response has no usable To, Contact or Record-Route.
    """
    local, remote = header(invite, "From"), header(response, "To")
    return Dialog(
        call_id=header(invite, "Call-ID"),
        local=local,
        remote=remote,
        local_tag=parse_name_addr(local, "From").tag or "",
        remote_tag=parse_name_addr(remote, "To").tag or "",
        contact=contact,
        remote_target=contact_uri(response) or invite.uri,
        route_set=_route_set(response)[::-1],
        local_cseq=cseq_number(invite),
    )


def cseq_number(message: Message) -> int:
    return parse_cseq(header(message, "CSeq"))[0]


def contact_uri(message: Message) -> str | None:
    """The URI of the first Contact, None if there is none.

    Raises:
        MalformedMessage: it is no address, or of a scheme that we cannot send to.
    """
    value = header_or_none(message, "Contact")
    if value is None:
        return None
    first = header_values(message, "Contact")[:1]
    uri = parse_name_addr(first[0] if first else value, "Contact").uri
    _require_sip(uri, "Contact")
    return uri


def is_loose(route: str) -> bool:
    """Whether the Route value has the `lr` parameter, §19.1.1."""
    return "lr" in parse_uri(parse_name_addr(route, "Route").uri).params


def next_hop(request: Request) -> str:
    """The URI that says where the request goes: a loose first Route, else the Request-URI, §8.1.2.

    Raises:
        MalformedMessage: the Route is no address.
    """
    route = header_or_none(request, "Route")
    if route is None or not is_loose(header_values(request, "Route")[0]):
        return request.uri
    return parse_name_addr(header_values(request, "Route")[0], "Route").uri


def _route_set(message: Message) -> tuple[str, ...]:
    routes = tuple(header_values(message, "Record-Route"))
    for route in routes:
        _require_sip(parse_name_addr(route, "Record-Route").uri, "Record-Route")
    return routes


def _require_sip(uri: str, element: str) -> None:
    if parse_uri(uri).scheme not in ("sip", "sips"):
        raise MalformedMessage(element, "not a SIP URI", uri)
