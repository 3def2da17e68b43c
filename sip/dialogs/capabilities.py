"""What we understand, and how we refuse the rest: RFC 3261 §8.2.1 to §8.2.3."""

from collections.abc import Collection
from typing import Final

from sip.dialogs.offer_answer import SDP_TYPE
from sip.headers.privacy import read_privacy
from sip.inspection import unsupported
from sip.message import (
    Headers,
    Message,
    Request,
    Response,
    header_or_none,
    header_values,
    response_to,
)

SERVED: Final = (
    *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "REGISTER", "PRACK", "UPDATE", "REFER"),
    *("SUBSCRIBE", "NOTIFY"),
)
ALLOW: Final = ("Allow", ", ".join(SERVED))
ACCEPT: Final = ("Accept", SDP_TYPE)
SUPPORTED: Final = ("Supported", "100rel, timer, replaces, tdialog")
SESSION: Final = ("Content-Type", SDP_TYPE)
CAPABILITIES: Final[Headers] = (ALLOW, ACCEPT, SUPPORTED)

KNOWN: Final = frozenset((*SERVED, "SUBSCRIBE", "MESSAGE", "PUBLISH"))
"""Methods with a registered meaning: 405 when we do not serve them, 501 beyond, §21.5.2."""

SUPPORTED_TAGS: Final[frozenset[str]] = frozenset({"100rel", "timer", "replaces", "tdialog"})
REGISTRAR_TAGS: Final[frozenset[str]] = frozenset({"path", "outbound"})
"""Understood in a REGISTER alone."""


def refusal(request: Request, *, to_tag: str | None = None) -> Response | None:
    """The response to a request that we cannot serve whoever sends it; None if we can."""
    if request.method not in SERVED:
        status = 405 if request.method in KNOWN else 501
        return response_to(request, status, to_tag=to_tag, headers=(ALLOW,))
    if request.method in ("ACK", "CANCEL"):
        return None  # §8.2.2.3: Require means nothing in them
    known = SUPPORTED_TAGS | REGISTRAR_TAGS if request.method == "REGISTER" else SUPPORTED_TAGS
    unknown = unsupported(request, known)
    if unknown:
        headers = (("Unsupported", ", ".join(unknown)),)
        return response_to(request, 420, to_tag=to_tag, headers=headers)
    return None


def invite_refusal(
    invite: Request, demanded: Collection[str], *, to_tag: str | None = None
) -> Response | None:
    """The response to an INVITE out of a dialog that could not become a call here; None if it can.

    Args:
        demanded: option tags that a caller must support, or gets 421, §21.4.16.
    """
    offered = {
        tag.lower() for name in ("Supported", "Require") for tag in header_values(invite, name)
    }
    missing = [tag for tag in demanded if tag not in offered]
    if missing:
        return response_to(invite, 421, to_tag=to_tag, headers=(("Require", ", ".join(missing)),))
    if denied := read_privacy(invite).denied:  # RFC 3323 §5
        reason = f"Privacy Not Given: {', '.join(denied)}"
        return response_to(invite, 500, reason, to_tag=to_tag)
    if not _takes_sessions(invite):
        return response_to(invite, 406, to_tag=to_tag, headers=(ACCEPT,))
    return body_refusal(invite, to_tag=to_tag)


def body_refusal(invite: Request, *, to_tag: str | None = None) -> Response | None:
    """415 for an INVITE whose body we must understand and do not, §8.2.3."""
    if not invite.body:
        return None
    encoding = header_or_none(invite, "Content-Encoding")
    if encoding is not None and encoding.strip().lower() != "identity":
        headers = (("Accept-Encoding", "identity"),)
        return response_to(invite, 415, to_tag=to_tag, headers=headers)
    if session_of(invite) or _is_optional(invite):
        return None
    return response_to(invite, 415, to_tag=to_tag, headers=(ACCEPT,))


def options_response(request: Request, *, to_tag: str | None = None) -> Response:
    """What an INVITE could use here, §11.2, and what a REGISTER could, RFC 5626 §6."""
    supported = ("Supported", f"{SUPPORTED[1]}, {', '.join(sorted(REGISTRAR_TAGS))}")
    headers = (ALLOW, ACCEPT, supported)
    return response_to(request, 200, to_tag=to_tag, headers=headers)


def session_of(message: Message) -> bytes:
    """The session description in a message, b"" if it has none."""
    if not message.body:
        return b""
    return message.body if content_type(message) in (SDP_TYPE, "") else b""


def content_type(message: Message) -> str:
    """Lower case, without parameters; "" if absent."""
    value = header_or_none(message, "Content-Type") or ""
    return value.partition(";")[0].strip().lower()


def _takes_sessions(invite: Request) -> bool:
    """Whether our session description may be in the answer: Accept says so or is not there. An
    empty one, which takes nothing at all, is seen only from phones that mean nothing by it."""
    ranges = [value.partition(";")[0].strip().lower() for value in header_values(invite, "Accept")]
    named = [each for each in ranges if each]
    return not named or not {SDP_TYPE, "application/*", "*/*"}.isdisjoint(named)


def _is_optional(message: Message) -> bool:
    disposition = (header_or_none(message, "Content-Disposition") or "").lower()
    return "handling=optional" in disposition.replace(" ", "")
