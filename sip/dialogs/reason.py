"""The Reason header of BYE and CANCEL, and what of it another call may be told: RFC 3326."""

from collections.abc import Collection

from sip.errors import MalformedMessage
from sip.grammar import parse_params
from sip.message import Headers, Message, header_values
from sip.quoting import quote, unquote

MAX_CHARS = 128
PASSED_AT_MOST = 4


def reason_headers(cause: str) -> Headers:
    """A Reason header with the cause as its text; none for ""."""
    return (("Reason", f"SIP;text={quote(cause[:MAX_CHARS])}"),) if cause else ()


def read(message: Message) -> str:
    """The first Reason as words: its text, else "Q.850 16" or "SIP 200"; "" when unreadable."""
    for value in header_values(message, "Reason"):
        protocol, _, rest = value.partition(";")
        try:
            params = parse_params(rest, "Reason") if rest else {}
        except MalformedMessage:
            continue
        text, cause = params.get("text"), params.get("cause")
        if text:
            return unquote(text)[:MAX_CHARS]
        if cause:
            return f"{protocol.strip()} {cause}"[:MAX_CHARS]
    return ""


def passed_on(headers: Headers, names: Collection[str] = ("Reason", "Retry-After")) -> Headers:
    """What the peer wrote, for the call on the other side of us: a few, and none that is long or
    not plain text."""
    told = [
        (name, value)
        for name, value in headers
        if name in names and len(value) <= MAX_CHARS and value.isprintable()
    ]
    return tuple(told[:PASSED_AT_MOST])
