"""REFER from the peer and what becomes of it: RFC 3515, with Replaces (RFC 3891) in its target.

One is served at a time; its outcome travels in NOTIFY requests inside the dialog.
"""

from typing import Final

from sip.dialogs.dialog import cseq_number
from sip.dialogs.effects import TransactionKey
from sip.dialogs.leg_events import Referred
from sip.dialogs.usage import IncomingRequest, InviteUsage, Stage
from sip.headers.name_addr import parse_name_addr
from sip.message import Headers, Request, header_or_none, header_values, response_to
from sip.reasons import reason_for
from sip.uri import format_uri, parse_uri

FRAGMENT: Final = "message/sipfrag;version=2.0"
EXPIRES_S: Final = 180


def received(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """Tell the owner, who decides.

    Raises:
        MalformedMessage: Refer-To cannot be read.
    """
    values = header_values(request, "Refer-To")
    status = None
    if usage.stage is not Stage.CONFIRMED or usage.owner_gone:
        status = 481
    elif len(values) != 1:
        status = 400
    elif usage.refer is not None or usage.refer_id is not None:
        status = 491
    if status is not None:
        usage.respond(transaction, response_to(request, status))
        return
    uri = parse_uri(parse_name_addr(values[0], "Refer-To").uri)
    if not uri.is_sip or (uri.params.get("method") or "INVITE").upper() != "INVITE":
        usage.respond(transaction, response_to(request, 403))
        return
    usage.refer = IncomingRequest(request, transaction)
    replaces = next((text for name, text in uri.headers if name.lower() == "replaces"), "")
    target = format_uri(uri._replace(headers=()))
    usage.tell(Referred(target, replaces, header_or_none(request, "Referred-By") or ""))


def accept(usage: InviteUsage) -> None:
    """202, and the first NOTIFY, RFC 3515 §2.4.4; RFC 4488 lets the peer do without."""
    refer = usage.refer
    if refer is None:
        return
    usage.refer = None
    silent = (header_or_none(refer.request, "Refer-Sub") or "").strip().lower() == "false"
    headers: Headers = (("Contact", usage.contact),)
    if silent:
        headers = (*headers, ("Refer-Sub", "false"))
    usage.respond(refer.transaction, response_to(refer.request, 202, headers=headers))
    if not silent:
        usage.refer_id = str(cseq_number(refer.request))
        progress(usage, 100, "")


def refuse(usage: InviteUsage, status: int) -> None:
    refer = usage.refer
    if refer is not None:
        usage.refer = None
        usage.respond(refer.transaction, response_to(refer.request, status))


def progress(usage: InviteUsage, status: int, reason: str) -> None:
    """How the call that was asked for goes; a final status is the last that is told."""
    if usage.refer_id is None or usage.stage is not Stage.CONFIRMED:
        return
    state = f"active;expires={EXPIRES_S}" if status < 200 else "terminated;reason=noresource"
    headers = (
        ("Contact", usage.contact),
        ("Event", f"refer;id={usage.refer_id}"),
        ("Subscription-State", state),
        ("Content-Type", FRAGMENT),
    )
    body = f"SIP/2.0 {status} {reason or reason_for(status)}\r\n".encode()
    if status >= 200:
        usage.refer_id = None
    usage.send(usage.established.request("NOTIFY", headers=headers, body=body))
