"""Which transaction a message belongs to: RFC 3261 §17.1.3, §17.2.3, §8.2.2.2, §9.2.

Keys are tuples to look up in a dict. An ACK has the key of its INVITE; a 2xx's ACK has a branch
of its own and finds its dialog instead. All functions raise MalformedMessage when the top Via,
From or To cannot be read.
"""

from typing import TypeAlias

from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import parse_name_addr
from sip.headers.via import Via, top_via
from sip.message import Request, Response, header

Key: TypeAlias = tuple[str, ...]


def client_key(response: Response) -> Key:
    """The key under which `client_key_of` filed the request that this answers."""
    _, method = parse_cseq(header(response, "CSeq"))
    return (top_via(response).branch or "", method)


def client_key_of(request: Request) -> Key:
    """The key of a client transaction that sends `request`: its branch and method."""
    return (top_via(request).branch or "", request.method)


def server_key(request: Request) -> Key:
    """The key of the server transaction that the request creates or belongs to."""
    return _key(request, "INVITE" if request.method == "ACK" else request.method)


def invite_key(request: Request) -> Key:
    """The key of the INVITE that an ACK acknowledges or a CANCEL cancels, §9.2."""
    return _key(request, "INVITE")


def merged_key(request: Request) -> Key | None:
    """Same key under two server transactions: the request was forked and met us twice, 482.

    None inside a dialog, where the rule does not apply, §8.2.2.2.
    """
    if parse_name_addr(header(request, "To"), "To").tag is not None:
        return None
    from_tag = parse_name_addr(header(request, "From"), "From").tag
    return (from_tag or "", header(request, "Call-ID"), header(request, "CSeq"))


def _key(request: Request, method: str) -> Key:
    via = top_via(request)
    if via.has_unique_branch:
        sent_by = via.host.lower(), str(via.port or _default_port(via))
        return (via.branch or "", *sent_by, method)
    return _key_of_rfc2543(request, via, method)


def _key_of_rfc2543(request: Request, via: Via, method: str) -> Key:
    """Without the magic cookie, everything that repetitions have in common.

    To's tag is left out for an INVITE and its ACK and CANCEL, as an ACK carries the tag of our
    response and the INVITE does not; the rest tells transactions apart well enough.
    """
    to_tag = None if method == "INVITE" else parse_name_addr(header(request, "To"), "To").tag
    from_tag = parse_name_addr(header(request, "From"), "From").tag
    number, _ = parse_cseq(header(request, "CSeq"))
    return (
        request.uri,
        to_tag or "",
        from_tag or "",
        header(request, "Call-ID"),
        str(number),
        f"{via.host}:{via.port}:{via.branch}",
        method,
    )


def _default_port(via: Via) -> int:
    return 5061 if via.transport in ("TLS", "WSS") else 5060
