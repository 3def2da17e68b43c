"""The registrar: RFC 3261 §10.3, for phones of our own domain that prove who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sip.address import Address
from sip.admission import refusal
from sip.authenticator import Authenticator, Verified
from sip.directory import Directory
from sip.errors import MalformedMessage
from sip.headers.cseq import parse_cseq
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr
from sip.headers.numeric import parse_delta_seconds
from sip.location import Binding, BindingChange, Location, same_contact
from sip.message import (
    Headers,
    Request,
    Response,
    header,
    header_or_none,
    header_values,
    response_to,
)
from sip.outbound import (
    Flow,
    contact_params,
    edge_keeps_flow,
    flow_of,
    instance_of,
    is_behind_nat,
    path_of,
    supports,
    through_proxy,
)
from sip.uri import Uri, format_uri, parse_uri

_MAX_USER_AGENT_CHARS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationLimits:
    """Seconds, and how many contacts one address of record may have.

    `flow_timer_s` is told to phones with flows: how often they shall send a keep-alive.
    """

    min_expires_s: int = 60
    default_expires_s: int = 300
    max_expires_s: int = 3600
    max_contacts: int = 10
    flow_timer_s: int = 120


@dataclass(frozen=True, slots=True)
class Registration:
    """What came of a REGISTER.

    Attributes:
        changes: users who became reachable or stopped being so.
        wrong_credentials: count it against the source.
    """

    response: Response
    changes: Sequence[BindingChange] = ()
    wrong_credentials: bool = False


@dataclass(frozen=True, slots=True)
class _Contact:
    uri: str
    expires_s: int
    q: float
    instance: str = ""
    flow: Flow | None = None
    behind_nat: bool = False

    def replaces(self, binding: Binding) -> bool:
        """Whether both are one binding: the same flow, RFC 5626 §6, or else the same URI."""
        if self.flow is not None and binding.reg_id:
            return self.flow == Flow(binding.instance, binding.reg_id)
        return same_contact(binding.contact_uri, self.uri)


@dataclass(frozen=True, slots=True)
class _Registering:
    """A request that was proved to be the user's."""

    request: Request
    user: str
    source: Address
    received_by: Address | None
    now: float
    path: tuple[str, ...]


class _Rejected(Exception):
    """A request that breaks a rule of §10.3; nothing was changed."""

    def __init__(self, status: int, reason: str = "", headers: Headers = ()) -> None:
        super().__init__(status, reason)
        self.status, self.reason, self.headers = status, reason, headers


class Registrar:
    """Changes the location table, all of a request or nothing of it."""

    def __init__(
        self,
        directory: Directory,
        authenticator: Authenticator,
        location: Location,
        limits: RegistrationLimits | None = None,
    ) -> None:
        self.location = location
        self._directory = directory
        self._authenticator = authenticator
        self._limits = limits or RegistrationLimits()

    def register(
        self,
        request: Request,
        source: Address,
        now: float,
        *,
        to_tag: str,
        received_by: Address | None = None,
    ) -> Registration:
        """Answer a REGISTER: once for each, above the transaction layer.

        Args:
            to_tag: for the To of the response.
            received_by: the transport address of ours that it came to.

        Raises:
            MalformedMessage: a header that matters cannot be read: answer its status.
        """
        verdict = self._authenticator.verify(request, now)
        if not isinstance(verdict, Verified):
            refused = refusal(self._authenticator, verdict, request, now, to_tag=to_tag)
            return Registration(refused.response, wrong_credentials=refused.response.status == 403)
        try:
            user = self._registered_user(request, verdict)
            asked = _Registering(request, user, source, received_by, now, path_of(request))
            changes = self._update(asked)
        except _Rejected as error:
            return Registration(
                response_to(
                    request, error.status, error.reason, to_tag=to_tag, headers=error.headers
                )
            )
        headers = (*self._contact_headers(user, now), *self._way_back(asked))
        return Registration(response_to(request, 200, to_tag=to_tag, headers=headers), changes)

    def expire(self, now: float) -> list[BindingChange]:
        return self.location.expire(now)

    def next_deadline(self) -> float | None:
        return self.location.next_deadline()

    def _registered_user(self, request: Request, verdict: Verified) -> str:
        """Whose bindings change: steps 1, 4 and 5. A phone registers itself only."""
        aor = parse_uri(parse_name_addr(header(request, "To"), "To").uri)
        for uri in (parse_uri(request.uri), aor):
            if not uri.is_sip or uri.host.strip("[]") not in self._directory.domains:
                raise _Rejected(404)
        if verdict.trunk is not None or aor.user != verdict.username:
            raise _Rejected(403)
        if not self._directory.is_phone(aor.user):
            raise _Rejected(404)
        return aor.user

    def _update(self, asked: _Registering) -> list[BindingChange]:
        """Steps 6 and 7."""
        request, now = asked.request, asked.now
        values = header_values(request, "Contact")
        if not values:  # a fetch
            return []
        before = self.location.bindings(asked.user, now)
        if "*" in values:
            return self._remove_all(request, asked.user, before, now)
        if len(values) > 2 * self._limits.max_contacts:
            raise _Rejected(403, "Too Many Contacts")
        expires_s = _default_expires(request, self._limits.default_expires_s)
        contacts = [self._contact(value, asked, expires_s) for value in values]
        _require_flow(asked, contacts)
        call_id, (number, _) = header(request, "Call-ID"), parse_cseq(header(request, "CSeq"))
        kept, added = before, list[Binding]()
        for contact in contacts:
            for old in before:
                if contact.replaces(old):
                    _require_newer(old, call_id, number)
            kept = [binding for binding in kept if not contact.replaces(binding)]
            added = [binding for binding in added if not contact.replaces(binding)]
            if contact.expires_s > 0:
                added.append(_binding(contact, asked))
        return self.location.replace(asked.user, self._within_limit(kept, added), now)

    def _within_limit(self, kept: list[Binding], added: list[Binding]) -> list[Binding]:
        """The oldest make room: a phone that restarts with a new port must not lock itself out."""
        if len(added) > self._limits.max_contacts:
            raise _Rejected(403, "Too Many Contacts")
        newest_first = sorted(kept, key=lambda binding: -binding.registered_at)
        return [*added, *newest_first][: self._limits.max_contacts]

    def _remove_all(
        self, request: Request, user: str, kept: list[Binding], now: float
    ) -> list[BindingChange]:
        alone = len(header_values(request, "Contact")) == 1
        if not alone or (header_or_none(request, "Expires") or "").strip() != "0":
            raise _Rejected(400, "Contact * Needs Expires 0")
        number, _ = parse_cseq(header(request, "CSeq"))
        for binding in kept:
            _require_newer(binding, header(request, "Call-ID"), number)
        return self.location.replace(user, [], now)

    def _contact(self, value: str, asked: _Registering, asked_s: int) -> _Contact:
        address = parse_name_addr(value, "Contact")
        uri = parse_uri(address.uri)
        if not uri.is_sip:
            raise _Rejected(400, "Contact Is Not a SIP URI")
        expires = address.params.get("expires")
        if expires is not None:
            try:
                asked_s = parse_delta_seconds(expires, "Contact")
            except MalformedMessage:  # "malformed values SHOULD be treated as 3600", §10.2.1.1
                asked_s = self._limits.max_expires_s
        if 0 < asked_s < self._limits.min_expires_s:
            minimum = ("Min-Expires", str(self._limits.min_expires_s))
            raise _Rejected(423, headers=(minimum,))
        return _Contact(
            _stored(uri),
            min(asked_s, self._limits.max_expires_s),
            _q(address),
            instance_of(address),
            flow_of(asked.request, address),
            is_behind_nat(asked.request, uri, asked.source),
        )

    def _contact_headers(self, user: str, now: float) -> Headers:
        """Step 8: every current binding, with the seconds it has left."""
        return tuple(
            ("Contact", _contact_value(binding, now))
            for binding in self.location.bindings(user, now)
        )

    def _way_back(self, asked: _Registering) -> Headers:
        """Path as it was stored, RFC 3327 §5.3, and that the flow is kept, RFC 5626 §6."""
        request = asked.request
        headers: list[tuple[str, str]] = []
        if supports(request, "path"):
            headers += [("Path", value) for value in asked.path]
        addresses = [
            parse_name_addr(value, "Contact")
            for value in header_values(request, "Contact")
            if value != "*"
        ]
        if any(flow_of(request, address) for address in addresses):
            headers.append(("Require", "outbound"))
            if not through_proxy(request):  # else the edge proxy's to say
                headers.append(("Flow-Timer", str(self._limits.flow_timer_s)))
        return tuple(headers)


def _require_flow(asked: _Registering, contacts: Sequence[_Contact]) -> None:
    """RFC 5626 §6: a flow is registered alone, and the proxy next to the phone must keep it."""
    if all(contact.flow is None for contact in contacts):
        return
    if len(contacts) > 1:
        raise _Rejected(400, "One Contact For Each Flow")
    if through_proxy(asked.request) and not edge_keeps_flow(asked.path):
        raise _Rejected(439)


def _binding(contact: _Contact, asked: _Registering) -> Binding:
    request = asked.request
    return Binding(
        user=asked.user,
        contact_uri=contact.uri,
        source=asked.source,
        expires_at=asked.now + contact.expires_s,
        registered_at=asked.now,
        call_id=header(request, "Call-ID"),
        cseq=parse_cseq(header(request, "CSeq"))[0],
        q=contact.q,
        user_agent=(header_or_none(request, "User-Agent") or "")[:_MAX_USER_AGENT_CHARS],
        received_by=asked.received_by,
        path=asked.path,
        instance=contact.instance,
        reg_id=contact.flow.number if contact.flow else 0,
        behind_nat=contact.behind_nat,
    )


def _contact_value(binding: Binding, now: float) -> str:
    params = {
        "expires": str(max(1, round(binding.expires_at - now))),
        **contact_params(binding.instance, binding.reg_id),
    }
    return format_name_addr(NameAddr("", binding.contact_uri, params))


def _default_expires(request: Request, default_s: int) -> int:
    value = header_or_none(request, "Expires")
    if value is None:
        return default_s
    try:
        return parse_delta_seconds(value, "Expires")
    except MalformedMessage:
        return default_s


def _require_newer(binding: Binding, call_id: str, cseq: int) -> None:
    """Step 7: what one phone sent earlier must not undo what it sent later."""
    if binding.call_id == call_id and cseq <= binding.cseq:
        raise _Rejected(500, "Out of Order")


def _stored(uri: Uri) -> str:
    """Without headers, which would let a phone put headers into our requests."""
    return format_uri(uri._replace(headers=()))


def _q(address: NameAddr) -> float:
    text = address.params.get("q") or "1"
    digits = text.replace(".", "", 1)
    if len(text) > 5 or not digits.isascii() or not digits.isdigit():
        return 1.0
    return min(1.0, float(text))
