"""CANCEL, both ways: RFC 3261 §9."""

from sip.dialogs import reason
from sip.dialogs.effects import Abandon, SendCancel, SettleSending
from sip.dialogs.leg_events import HungUp
from sip.dialogs.usage import InviteUsage, LegTimer
from sip.message import Request, response_to


def send(usage: InviteUsage, now: float) -> None:
    """Cancel our INVITE: at once after a provisional response, else as soon as one comes.

    Until then nobody further is asked: neither the next server of the name, nor by TCP.
    """
    usage.leaving = True
    outgoing = usage.outgoing
    if outgoing is not None and not outgoing.provisional:
        usage.outbox.append(SettleSending(outgoing.request))
    elif outgoing is not None:
        usage.outbox.append(SendCancel(outgoing.request, usage.leave_headers))
        usage.timers.start(LegTimer.GIVE_UP_CANCEL, now + usage.give_up_s)


def gave_up(usage: InviteUsage) -> None:
    """The peer took the CANCEL and never ended the INVITE: it counts as cancelled, §9.1."""
    if usage.outgoing is not None:
        usage.outbox.append(Abandon(usage.outgoing.request))
    usage.end()


def received(usage: InviteUsage, request: Request) -> None:
    """The peer withdraws its INVITE; after our final response it is too late, §9.2.

    The CANCEL itself has been answered with 200 by whoever matched it.
    """
    incoming = usage.incoming
    if incoming is None or incoming.accepted is not None:
        return
    usage.incoming = None
    usage.exchange.rolled_back()
    response = response_to(incoming.request, 487, to_tag=usage.local_tag)
    usage.respond(incoming.transaction, response)
    if incoming.initial:
        told = reason.passed_on(request.headers, ("Reason",))
        usage.tell(HungUp(reason.read(request), cancelled=True, headers=told))
        usage.end()
