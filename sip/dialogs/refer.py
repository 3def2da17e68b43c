"""REFER and what becomes of it, both ways: RFC 3515, with Replaces (RFC 3891) in its target.

One is served at a time each way; its outcome travels in NOTIFY requests inside the dialog.
"""

from sip.dialogs import bye
from sip.dialogs.dialog import cseq_number
from sip.dialogs.effects import TransactionKey
from sip.dialogs.errors import DialogGone
from sip.dialogs.leg_events import Lost, Referred, ReferReported
from sip.dialogs.leg_timers import LegTimer
from sip.dialogs.refer_reports import EXPIRES_S, NO_RESULT
from sip.dialogs.usage import IncomingRequest, InviteUsage, Stage
from sip.errors import SipError
from sip.headers.name_addr import parse_name_addr
from sip.message import Headers, Request, Response, header_or_none, header_values, response_to
from sip.uri import format_uri, parse_uri

# ---- from the peer


def received(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """Tell the owner, who decides.

    Raises:
        MalformedMessage: Refer-To cannot be read.
    """
    wish = out_of_place(usage) or read(request)
    if isinstance(wish, int):
        usage.respond(transaction, response_to(request, wish))
        return
    usage.refer = IncomingRequest(request, transaction)
    usage.tell(wish)


def out_of_place(usage: InviteUsage) -> int | None:
    """The status for a REFER that comes too early, too late or while another one is served."""
    if usage.stage is not Stage.CONFIRMED or usage.owner_gone:
        return 481
    return 491 if usage.refer is not None or usage.reports.refer_id is not None else None


def read(request: Request) -> Referred | int:
    """What a REFER asks for, or the status of its refusal.

    Raises:
        MalformedMessage: Refer-To cannot be read.
    """
    values = header_values(request, "Refer-To")
    if len(values) != 1:
        return 400
    uri = parse_uri(parse_name_addr(values[0], "Refer-To").uri)
    if not uri.is_sip or (uri.params.get("method") or "INVITE").upper() != "INVITE":
        return 403
    replaces = next((text for name, text in uri.headers if name.lower() == "replaces"), "")
    target = format_uri(uri._replace(headers=()))
    return Referred(target, replaces, header_or_none(request, "Referred-By") or "")


def acceptance(request: Request, contact: str, *, to_tag: str | None = None) -> Response:
    """202; RFC 4488 §4 lets the peer do without reports, and we say that we have understood."""
    headers: Headers = (("Contact", contact),)
    if wants_no_reports(request):
        headers = (*headers, ("Refer-Sub", "false"))
    return response_to(request, 202, to_tag=to_tag, headers=headers)


def wants_no_reports(request: Request) -> bool:
    return (header_or_none(request, "Refer-Sub") or "").strip().lower() == "false"


def accept(usage: InviteUsage, now: float) -> None:
    """202, and the first NOTIFY, RFC 3515 §2.4.4."""
    refer = usage.refer
    if refer is None:
        return
    usage.refer = None
    usage.respond(refer.transaction, acceptance(refer.request, usage.contact))
    if not wants_no_reports(refer.request):
        refer_id = str(cseq_number(refer.request))
        _send_report(usage, usage.reports.begin(usage.established, refer_id, now))


def refuse(usage: InviteUsage, status: int) -> None:
    refer = usage.refer
    if refer is not None:
        usage.refer = None
        usage.respond(refer.transaction, response_to(refer.request, status))


def progress(usage: InviteUsage, status: int, reason: str, now: float) -> None:
    """How the call that was asked for goes; a final status is the last that is told."""
    if usage.stage is Stage.CONFIRMED:
        _send_report(usage, usage.reports.tell(usage.established, status, now, reason))


def subscribed(
    usage: InviteUsage, request: Request, transaction: TransactionKey, now: float
) -> None:
    """The peer wants to be told for longer, or no more.

    Raises:
        MalformedMessage: answer its status.
    """
    if usage.stage is not Stage.CONFIRMED or usage.owner_gone:
        usage.respond(transaction, response_to(request, 481))
        return
    response, notify = usage.reports.subscribed(request, usage.established, now)
    usage.respond(transaction, response)
    _send_report(usage, notify)


def resume(usage: InviteUsage, now: float) -> None:
    """Who waited to be told when an earlier process went down does so for the usual time."""
    if usage.reports.refer_id is not None:
        usage.reports.ends_at = now + EXPIRES_S
        _send_report(usage, None)


def ran_out(usage: InviteUsage, now: float) -> None:
    """Nobody asked for longer, and nobody has told the outcome."""
    if usage.stage is Stage.CONFIRMED:
        _send_report(usage, usage.reports.ran_out(usage.established, now))


def report_answered(usage: InviteUsage, now: float) -> None:
    """The peer has our NOTIFY: on to what waited for that, the BYE last."""
    if usage.stage is not Stage.CONFIRMED:
        usage.reports.open = usage.reports.waiting = None
        return
    following = usage.reports.answered(usage.established, now)
    _send_report(usage, following)
    if following is None:
        _leave_at_last(usage)


def report_failed(usage: InviteUsage) -> None:
    """The peer no longer listens; a dialog that is gone shows itself by its BYE or refresh."""
    usage.reports.failed()
    if usage.stage is Stage.CONFIRMED:
        _send_report(usage, None)
        _leave_at_last(usage)


def _leave_at_last(usage: InviteUsage) -> None:
    if usage.leaving and usage.incoming is None:
        bye.send(usage, usage.leave_headers)


def _send_report(usage: InviteUsage, notify: Request | None) -> None:
    if notify is not None:
        usage.send(notify)
    ends_at = usage.reports.ends_at
    if ends_at is None:
        usage.timers.stop(LegTimer.REFER_EXPIRES)
    else:
        usage.timers.start(LegTimer.REFER_EXPIRES, ends_at)


# ---- ours


def send(usage: InviteUsage, target: str, headers: Headers) -> None:
    """Ask the peer to call `target`, a URI, and to leave us when it has."""
    if usage.stage is not Stage.CONFIRMED or usage.referring is not None:
        return
    usage.challenged.discard("REFER")
    _send(usage, (("Refer-To", f"<{target}>"), *headers))


def _send(usage: InviteUsage, headers: Headers) -> None:
    usage.referring = usage.established.request(
        "REFER", headers=(("Contact", usage.contact), *headers)
    )
    usage.send(usage.referring)


def answered(usage: InviteUsage, request: Request, response: Response) -> None:
    """The final response to our REFER: with a 2xx the peer has only agreed to try."""
    if response.status < 300:
        return
    if response.status in (401, 407):
        credentials = usage.answer_challenge(request, response)
        if credentials:
            kept = (pair for pair in request.headers if pair[0] in ("Refer-To", "Referred-By"))
            _send(usage, (*kept, *credentials))
            return
    if response.status in (408, 481):
        _lost(usage, DialogGone("REFER", response.status))
    else:
        _reported(usage, response.status)


def failed(usage: InviteUsage, error: SipError) -> None:
    _lost(usage, error)


def notified(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """A NOTIFY of the peer's; it may overtake the answer to our REFER, §2.4.4."""
    event = (header_or_none(request, "Event") or "").partition(";")[0].strip().lower()
    if event != "refer" or usage.referring is None:
        status = 489 if event != "refer" else 481
        usage.respond(transaction, response_to(request, status))
        return
    usage.respond(transaction, response_to(request, 200))
    told = _status_in(request.body)
    state = (header_or_none(request, "Subscription-State") or "").partition(";")[0].strip().lower()
    if state == "terminated" and (told is None or told < 200):
        told = NO_RESULT
    if told is not None:
        _reported(usage, told)


def _reported(usage: InviteUsage, status: int) -> None:
    if status >= 200:
        usage.referring = None
    usage.tell(ReferReported(status))


def _lost(usage: InviteUsage, error: SipError) -> None:
    usage.referring = None
    usage.tell(Lost(error))
    bye.send(usage)


def _status_in(fragment: bytes) -> int | None:
    """Of the status line that a message/sipfrag begins with, RFC 3420; None if it has none."""
    version, _, rest = fragment[:64].decode("latin-1").partition(" ")
    code = rest[:3]
    if not version.upper().startswith("SIP/2.0") or not (code.isascii() and code.isdigit()):
        return None
    return int(code) if 100 <= int(code) <= 699 else None
