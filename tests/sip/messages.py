"""Messages that many tests start from."""

from sip.message import Headers, Request, Response, with_header
from sip.parser import parse_message
from sip.serialiser import serialise


def request(
    method: str = "INVITE",
    uri: str = "sip:bob@192.0.2.2",
    *,
    branch: str = "z9hG4bK1",
    headers: Headers = (),
    body: bytes = b"",
    **changed: str,
) -> Request:
    """A request from alice to bob.

    `changed` replaces headers: keys are names with "_" for "-", e.g. `Call_ID="x"`.
    """
    message = Request(
        method,
        uri,
        (
            ("Via", f"SIP/2.0/UDP 192.0.2.1;branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", '"Alice" <sip:alice@192.0.2.1>;tag=a'),
            ("To", "<sip:bob@192.0.2.2>"),
            ("Call-ID", "c1"),
            ("CSeq", f"1 {method}"),
            *headers,
        ),
        body,
    )
    for name, value in changed.items():
        message = with_header(message, name.replace("_", "-"), value)
    return message


def response(status: int, to: Request, *, to_tag: str = "b") -> Response:
    headers = tuple(
        (name, f"{value};tag={to_tag}" if name == "To" else value)
        for name, value in to.headers
        if name != "Max-Forwards"
    )
    return Response(status, "Reason", headers)


def reparsed(message: Request) -> Request:
    """The request as a peer would read it."""
    parsed = parse_message(serialise(message))
    assert isinstance(parsed, Request)
    return parsed
