"""One call out through a trunk: gateway after gateway until one takes it."""

from collections.abc import Callable, Sequence

from calls.faces import SipLeg
from calls.gateways import AWAY
from calls.leg import Leg
from sip.address import Target
from sip.dialogs.leg_events import LegEvent, Rejected, Ringing

Invite = Callable[[Target, Callable[[LegEvent], None]], SipLeg]


class GatewayAttempts:
    """Stands between the dialogs and the leg, which sees one call only.

    Silence and 503 lead to the next gateway; whatever else is an answer (486, 404 and 603 are
    the called party's), and once it rings nobody else is asked.
    """

    def __init__(self, leg: Leg, targets: Sequence[Target], invite: Invite) -> None:
        self._leg = leg
        self._left = list(targets)
        self._invite = invite

    def begin(self) -> SipLeg:
        """The dialog with the first gateway; there is one at least."""
        return self._invite(self._left.pop(0), self.heard)

    def heard(self, event: LegEvent) -> None:
        if isinstance(event, Ringing):
            self._left.clear()
        away = isinstance(event, Rejected) and event.status in AWAY
        if away and self._left and not self._leg.closed:
            self._leg.sip = self.begin()
        else:
            self._leg.sip_event(event)
