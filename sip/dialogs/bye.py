"""BYE, both ways: RFC 3261 §15.1."""

from sip.dialogs import reason
from sip.dialogs.effects import TransactionKey
from sip.dialogs.leg_events import HungUp
from sip.dialogs.usage import InviteUsage, Stage
from sip.message import Headers, Request, response_to


def send(usage: InviteUsage, headers: Headers = ()) -> None:
    """End a confirmed dialog. What the peer still waits for is answered first.

    Who has accepted an INVITE waits for its ACK before, §15: a BYE that overtakes the 2xx finds no
    dialog, and the peer would talk to nobody.
    """
    if usage.incoming is not None and usage.incoming.accepted is not None:
        usage.leaving, usage.leave_headers = True, headers
        return
    refuse_pending(usage)
    usage.stage = Stage.LEAVING
    usage.timers.clear()
    usage.bye = usage.established.request("BYE", headers=headers)
    usage.send(usage.bye)


def received(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """The peer ends the dialog; a caller may do so even before our final response."""
    usage.respond(transaction, response_to(request, 200))
    refuse_pending(usage)
    told = reason.passed_on(request.headers, ("Reason",))
    usage.tell(HungUp(reason.read(request), headers=told))
    usage.end()


def refuse_pending(usage: InviteUsage) -> None:
    """Any INVITE of the peer's that is still unanswered gets 487, §15.1.2."""
    incoming = usage.incoming
    usage.incoming = None
    if incoming is not None and incoming.accepted is None:
        response = response_to(incoming.request, 487, to_tag=usage.local_tag)
        usage.respond(incoming.transaction, response)
