"""A REFER that came outside the dialog it names, on the network: its answer and its NOTIFYs."""

from collections.abc import Callable, Mapping
from typing import Any

from sip.address import Address
from sip.dialogs.effects import DialogEffect, Respond, SendRequest
from sip.dialogs.outside_refer import OutsideRefer
from sip.edges.delivery import Delivery
from sip.edges.transaction_layer import TransactionLayer
from sip.message import Request, header_or_none
from sip.transactions.matching import Key


class ReferSubscription:
    """Outlives the leg that it is about, until the outcome is told or nobody waits for it.

    Attributes:
        refer: the REFER; of a restored one there is none.
    """

    def __init__(
        self,
        asked: OutsideRefer,
        layer: TransactionLayer,
        delivery: Delivery,
        *,
        refer: Request | None,
        source: Address,
        behind_nat: bool,
        keep: "Callable[[ReferSubscription, bool], None]",
    ) -> None:
        """
        Args:
            behind_nat: NOTIFYs without a route go back to the `source` of the REFER.
            keep: told whether requests in its dialog find it from now on.
        """
        self.armed_at: float | None = None
        self._refer = refer
        self._asked = asked
        self._layer = layer
        self._delivery = delivery
        self._source = source
        self._behind_nat = behind_nat
        self._keep = keep

    @property
    def id(self) -> tuple[str, str]:
        """Call-ID and our tag."""
        return self._asked.id

    @property
    def refer(self) -> Request:
        assert self._refer is not None, "answered by an earlier process"
        return self._refer

    @property
    def is_unanswered(self) -> bool:
        return self._asked.is_unanswered

    @property
    def is_open(self) -> bool:
        return self._asked.is_open

    def accept(self) -> None:
        self._take(self._asked.accept(self._layer.now()))

    def refuse(self, status: int) -> None:
        self._take(self._asked.refuse(status))

    def progress(self, status: int, reason: str = "") -> None:
        self._take(self._asked.progress(status, reason, self._layer.now()))

    def receive_subscribe(self, request: Request, key: Key, source: Address) -> None:
        """In its dialog: RFC 6665 §4.1.2.2.

        Raises:
            MalformedMessage: answer its status.
        """
        effects = self._asked.subscribed(request, key, self._layer.now())
        self._source = source
        self._take(effects)

    def snapshot(self) -> dict[str, Any] | None:
        """JSON values; None when nobody waits for an outcome."""
        asked = self._asked.snapshot(self._layer.now())
        if asked is None:
            return None
        return {"asked": asked, "source": list(self._source), "behind_nat": self._behind_nat}

    @classmethod
    def restored(
        cls,
        data: Mapping[str, Any],
        layer: TransactionLayer,
        delivery: Delivery,
        keep: "Callable[[ReferSubscription, bool], None]",
    ) -> "ReferSubscription":
        """Out of a `snapshot()`."""
        asked = OutsideRefer.restore(data["asked"], layer.now())
        source = Address(*data["source"])
        again = cls(
            asked,
            layer,
            delivery,
            refer=None,
            source=source,
            behind_nat=data["behind_nat"],
            keep=keep,
        )
        again._take([])
        return again

    # ---- for the alarm clock

    def next_deadline(self) -> float | None:
        return self._asked.next_deadline()

    def wake(self, now: float) -> None:
        self._take(self._asked.handle_timers(now))

    # ---- effects

    def _take(self, effects: list[DialogEffect]) -> None:
        self._keep(self, self.is_open)
        self._layer.alarms.watch(self)
        if effects:
            self._layer.fifo.run(self._perform, effects)

    def _perform(self, effect: DialogEffect) -> None:
        match effect:
            case Respond(key, response):
                assert isinstance(key, tuple)
                self._layer.respond(key, response)
            case SendRequest(notify):
                self._send(notify)
            case other:
                raise AssertionError(f"a REFER asked for {other}")

    def _send(self, notify: Request) -> None:
        def ended(status: int) -> None:
            if status >= 200:
                self._take(self._asked.report_answered(notify, status, self._layer.now()))

        pinned = self._behind_nat and header_or_none(notify, "Route") is None
        self._delivery.send(
            notify,
            self._source if pinned else None,
            pinned=pinned,
            on_response=lambda response: ended(response.status),
            on_failure=lambda error: ended(error.status),
        )
