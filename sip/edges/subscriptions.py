"""The notifier on the network: SUBSCRIBE in, NOTIFY out, expiry on time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from sip.address import Address, Target
from sip.admission import Admission, Admitted, PhoneIdentity, Refuse
from sip.directory import Directory
from sip.edges.delivery import Delivery
from sip.edges.outgoing import Names, contact, random_names, random_tag, standalone_request
from sip.edges.own_contact import OwnContact
from sip.edges.transaction_layer import TransactionLayer
from sip.message import Headers, Request, Response, header_or_none, response_to
from sip.notifier import Notifier
from sip.outbound import through_proxy
from sip.subscription import EventPackage, Notify, Subscriber
from sip.uri import parse_uri

Respond = Callable[[Response], None]


class Subscriptions:
    """Only phones of our own domain that prove who they are may subscribe.

    Attributes:
        on_subscribe: told when there may be one more than was kept before.
    """

    def __init__(
        self,
        notifier: Notifier,
        admission: Admission,
        directory: Directory,
        layer: TransactionLayer,
        delivery: Delivery,
        own: OwnContact,
        *,
        rng: Random,
        on_wrong_credentials: Callable[[Address], None],
    ) -> None:
        self.armed_at: float | None = None
        self.on_subscribe: Callable[[], None] = lambda: None
        self._notifier = notifier
        self._admission = admission
        self._directory = directory
        self._layer = layer
        self._delivery = delivery
        self._own = own
        self._rng = rng
        self._on_wrong_credentials = on_wrong_credentials

    def subscribe(self, request: Request, source: Address, respond: Respond) -> None:
        """Answer a SUBSCRIBE outside any dialog.

        Raises:
            MalformedMessage: answer its status.
        """
        tag = random_tag(self._rng)
        unknown = self._notifier.unknown_event(request, to_tag=tag)
        if unknown is not None:
            respond(unknown)
            return
        decision = self._admission.admit(request, source, self._layer.now(), to_tag=tag)
        if not isinstance(decision, Admitted):
            if isinstance(decision, Refuse):
                self._on_wrong_credentials(source)
            respond(decision.response)
            return
        uri = parse_uri(request.uri)
        ours = uri.is_sip and uri.host.strip("[]") in self._directory.domains
        if not isinstance(decision.identity, PhoneIdentity) or not ours:
            respond(response_to(request, 404 if not ours else 403, to_tag=tag))
            return
        answer = self._notifier.subscribe(
            request,
            Subscriber(decision.identity.user, source, not through_proxy(request)),
            uri.user or decision.identity.user,
            self._layer.now(),
            local_tag=tag,
            contact=contact(uri.user, self._layer.listeners.seen_by(source)),
        )
        respond(answer.response)
        self._send(answer.notifies)
        self.on_subscribe()

    def refresh(self, request: Request, respond: Respond) -> None:
        """Answer a SUBSCRIBE inside a dialog; raises MalformedMessage."""
        answer = self._notifier.refresh(request, self._layer.now())
        respond(answer.response)
        self._send(answer.notifies)

    def changed(self, package: str, resource: str) -> None:
        """Tell whoever watches it."""
        self._send(self._notifier.changed(package, resource, self._layer.now()))

    def tell(self, package: EventPackage, resource: str, targets: Sequence[Target]) -> None:
        """NOTIFY a phone of itself that did not subscribe, as many expect of message-summary."""
        body = package.body(resource, package.state(resource, resource), None, 0)
        headers: Headers = (
            ("Event", package.name),
            ("Subscription-State", "terminated;reason=noresource"),
            ("Content-Type", package.content_type),
        )
        for target in targets:
            ours = self._own.seen_by(target)
            names: Names = random_names(self._rng, ours.host)
            request = standalone_request("NOTIFY", target, names, ours, headers, body)
            self._delivery.send(
                request,
                target.address,
                pinned=target.registered,
                on_response=lambda _: None,
                on_failure=lambda _: None,
            )

    def snapshot(self, now: float) -> list[dict[str, Any]]:
        return self._notifier.snapshot(now)

    def restore(self, snapshot: Iterable[Mapping[str, Any]], *, elapsed_s: float) -> None:
        """Go on with what an earlier process kept; everybody is told the state of now."""
        self._send(self._notifier.restore(snapshot, self._layer.now(), elapsed_s=elapsed_s))

    def __len__(self) -> int:
        return len(self._notifier)

    def next_deadline(self) -> float | None:
        return self._notifier.next_deadline()

    def wake(self, now: float) -> None:
        self._send(self._notifier.handle_timers(now))

    def _send(self, notifies: Iterable[Notify]) -> None:
        self._layer.alarms.watch(self)
        self._layer.fifo.run(self._send_one, notifies)

    def _send_one(self, notify: Notify) -> None:
        subscriber = notify.subscription.subscriber
        pinned = subscriber.behind_nat and header_or_none(notify.request, "Route") is None
        ended = partial(self._ended, notify)
        self._delivery.send(
            notify.request,
            subscriber.source if pinned else None,
            pinned=pinned,
            on_response=lambda response: ended(response.status),
            on_failure=lambda error: ended(error.status),
        )

    def _ended(self, notify: Notify, status: int) -> None:
        if status >= 200:
            self._send(self._notifier.answered(notify, status, self._layer.now()))
