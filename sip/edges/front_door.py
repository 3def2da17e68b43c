"""Who may call us: each INVITE outside a dialog is let in, challenged or refused.

So is each REFER that names a dialog which it is not in, by Target-Dialog (RFC 4538).
"""

import logging
from collections.abc import Callable
from random import Random

from sip.address import Address
from sip.admission import Admission, Admitted, Identity, PhoneIdentity, Refuse
from sip.dialogs.capabilities import invite_refusal
from sip.dialogs.session_timer import refusal as too_short
from sip.edges.leg_maker import LegMaker
from sip.edges.leg_table import LegTable
from sip.edges.limits import session_timer
from sip.edges.outgoing import random_tag
from sip.edges.reception import Reception
from sip.edges.sip_leg import SipLeg
from sip.edges.transaction_layer import TransactionLayer
from sip.guard import Guard
from sip.headers.target_dialog import parse_target_dialog
from sip.message import Request, header_or_none
from sip.settings import SipSettings
from sip.transactions.matching import Key

_log = logging.getLogger(__name__)


class FrontDoor:
    def __init__(
        self,
        settings: SipSettings,
        admission: Admission,
        reception: Reception,
        layer: TransactionLayer,
        legs: LegTable,
        maker: LegMaker,
        *,
        guard: Guard,
        rng: Random,
        on_call: Callable[[SipLeg], None],
    ) -> None:
        """`reception` refuses what nobody needs to look at; `on_call` gets who is let in."""
        self._settings = settings
        self._admission = admission
        self._reception = reception
        self._layer = layer
        self._legs = legs
        self._maker = maker
        self._guard = guard
        self._rng = rng
        self._on_call = on_call

    def invited(self, request: Request, key: Key, source: Address) -> None:
        if header_or_none(request, "Max-Forwards") == "0":  # we are a B2BUA: RFC 7332 §4
            self._reception.refuse(request, key, 483)
            return
        if len(self._legs) >= self._settings.max_dialogs:
            self._reception.refuse(request, key, 503)
            return
        tag = random_tag(self._rng)
        identity = self._admitted(request, key, source, tag)
        if identity is None:
            return
        demanded, timer = self._settings.demanded_extensions, session_timer(self._settings)
        refused = invite_refusal(request, demanded, to_tag=tag)
        refused = refused or too_short(timer, request, to_tag=tag)
        if refused is not None:
            self._layer.respond(key, refused)
            return
        ours = self._layer.listeners.seen_by(source)
        self._let_in(self._maker.inbound(request, key, source, ours, tag, identity))

    def referred(self, request: Request, key: Key, source: Address) -> None:
        """A REFER outside any dialog: only about a call that goes on, and that it can name.

        Raises:
            MalformedMessage: answer its status.
        """
        tag = random_tag(self._rng)
        identity = self._admitted(request, key, source, tag)
        if identity is None:
            return
        targets = [value for name, value in request.headers if name == "Target-Dialog"]
        if len(targets) != 1:
            self._reception.refuse(request, key, 400 if targets else 403)
            return
        leg = self._legs.named(parse_target_dialog(targets[0]))
        if leg is None:
            self._reception.refuse(request, key, 481)
            return
        leg.receive_outside_refer(
            self._maker.refer_subscription(request, key, source, tag, identity), identity
        )

    def _admitted(self, request: Request, key: Key, source: Address, tag: str) -> Identity | None:
        """Who sent it, as proved; None when it is answered already."""
        decision = self._admission.admit(request, source, self._layer.now(), to_tag=tag)
        if not isinstance(decision, Admitted):
            if isinstance(decision, Refuse):
                self._reception.distrust(source)
            self._layer.respond(key, decision.response)
            return None
        assert decision.identity is not None, "only OPTIONS is for anybody"
        if isinstance(decision.identity, PhoneIdentity):
            self._guard.credentials_accepted(source.host)
        return decision.identity

    def _let_in(self, leg: SipLeg) -> None:
        try:
            self._on_call(leg)
        except Exception:
            _log.exception("call %s could not be taken", leg.call_id)
            leg.reject(500)
