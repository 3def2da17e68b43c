"""One call out and several places that may take it: one after the other, until one does."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from calls.faces import SipLeg
from calls.gateways import AWAY
from calls.leg import Leg
from sip.address import Target
from sip.dialogs.leg_events import LegEvent, Rejected, Ringing

Invite = Callable[[Target, Callable[[LegEvent], None]], SipLeg]

FLOW_FAILED: Final = 430


def _keep(target: Target) -> None:
    """Gateways stay what they are, whatever they answer."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When the next place is tried.

    Attributes:
        away: final statuses that mean nobody is there; any other answer is the called party's.
        patience_s: a place that sends nothing for so long is left; None leaves it to Timer B.
        on_flow_failed: told the place that answered 430, RFC 5626 §5.3.1.
    """

    away: frozenset[int]
    patience_s: float | None = None
    on_flow_failed: Callable[[Target], None] = _keep


GATEWAYS: Final = Policy(away=AWAY)
"""Silence and 503 lead to the next gateway; 486, 404 and 603 are the called party's answers."""

PHONES: Final = Policy(away=AWAY | {410, FLOW_FAILED, 480})
"""Of one user's phones and flows: the preferred first. Who rings or refuses ends the search."""


class Attempts:
    """Stands between the dialogs and the leg, which sees one call only. Once it rings nobody else
    is asked.

    Attributes:
        heard: takes events of the dialog begun last.
    """

    def __init__(
        self, leg: Leg, targets: Sequence[Target], invite: Invite, policy: Policy = GATEWAYS
    ) -> None:
        self._leg = leg
        self._left = list(targets)
        self._invite = invite
        self._policy = policy
        self.heard: Callable[[LegEvent], None]
        self._asked: Target
        self._current: SipLeg
        self._silence: asyncio.TimerHandle | None = None

    def begin(self) -> SipLeg:
        """The dialog with the first place; there is one at least."""
        self._asked = target = self._left.pop(0)
        self.heard = lambda event: self._heard_of(target, event)
        sip = self._current = self._invite(target, self.heard)
        if self._left and self._policy.patience_s is not None:
            loop = asyncio.get_running_loop()
            self._silence = loop.call_later(self._policy.patience_s, self._lose_patience)
        return sip

    def _heard_of(self, target: Target, event: LegEvent) -> None:
        if target is not self._asked:
            return  # given up: its dialog ends by itself
        self._stop_waiting()
        if isinstance(event, Ringing):
            self._left.clear()
        if isinstance(event, Rejected) and event.status == FLOW_FAILED:
            self._policy.on_flow_failed(target)
        away = isinstance(event, Rejected) and event.status in self._policy.away
        if away and self._left and not self._leg.closed:
            self._leg.sip = self.begin()
        else:
            self._leg.sip_event(event)

    def _lose_patience(self) -> None:
        self._silence = None
        if self._leg.closed:
            return
        silent = self._current
        self._leg.sip = self.begin()
        silent.hang_up()

    def _stop_waiting(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
