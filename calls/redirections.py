"""Where a redirected call goes on: only to where whoever redirects could have called themselves.

A 302 is a stranger's wish about our money: a phone's leads to what that phone may dial, a trunk's
to what the trunk may dial, or to another host of the trunk's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calls.numbers import NumberingPlan, Route
from calls.referral import NONE, Referral
from calls.settings import PhoneSettings, Redirect, TrunkSettings
from calls.trunks import Trunks
from events.ids import PhoneId, TrunkName
from sip.errors import MalformedMessage
from sip.redirection import Diversion
from sip.uri import Uri, number_of, parse_uri

MAX_HOPS: Final = 5
"""Places that one call is sent to, the first included."""

_TARGETS: Final = ("phone", "trunk", "queue", "flow")

_REASONS: Final = {300: "unknown", 301: "unconditional", 302: "unconditional"}


@dataclass(frozen=True, slots=True)
class Hop:
    """A phone or a trunk to try; or a queue or a flow, which ends the search.

    `uri`: where exactly, "" for wherever it is.
    """

    kind: str
    target: str
    number: str
    uri: str = ""
    referral: Referral = NONE


@dataclass(frozen=True, slots=True)
class Redirected:
    """What a 3xx said: `contacts`, the most wanted first."""

    status: int
    contacts: tuple[str, ...]


class Redirections:
    """One per process: the policies."""

    def __init__(
        self,
        plan: NumberingPlan,
        phones: Mapping[PhoneId, PhoneSettings],
        trunks: Trunks,
        domains: frozenset[str],
    ) -> None:
        """`domains`: the hosts that are ours."""
        self._plan = plan
        self._phones = phones
        self._trunks = trunks
        self._domains = domains

    def hops(self, hop: Hop, contacts: Sequence[str]) -> list[Hop]:
        """Where the contacts lead that `hop` may send us to; the others are left out."""
        policy, caller_class = self._who(hop)
        if policy != "follow":
            return []
        return [to for uri in contacts if (to := self._hop(hop, uri, caller_class)) is not None]

    def _who(self, hop: Hop) -> tuple[Redirect, str]:
        """Its policy, and the class as which the numbering plan knows it."""
        if hop.kind == "trunk":
            trunk = self._trunks.settings.get(TrunkName(hop.target))
            return (trunk.redirect if trunk else "refuse"), hop.target
        phone = self._phones.get(PhoneId(hop.target))
        return (phone.redirect, phone.permissions) if phone else ("refuse", "")

    def _hop(self, hop: Hop, text: str, caller_class: str) -> Hop | None:
        try:
            uri = parse_uri(text)
        except MalformedMessage:
            return None
        number = number_of(uri)
        if uri.scheme == "tel" or (uri.is_sip and uri.host.strip("[]") in self._domains):
            route = self._plan.route(number, caller_class=caller_class)
            if isinstance(route, Route) and route.kind in _TARGETS:
                return Hop(route.kind, route.target, route.number)
            return None
        if hop.kind == "trunk" and uri.is_sip and self._is_the_trunks(hop.target, uri):
            return Hop("trunk", hop.target, number, text)
        return None

    def _is_the_trunks(self, trunk: str, uri: Uri) -> bool:
        name = TrunkName(trunk)
        settings: TrunkSettings = self._trunks.settings[name]
        gateways = {parse_uri(gateway.uri).host for gateway in settings.all_gateways}
        known = gateways | set(settings.redirect_hosts)
        return uri.host in known or self._trunks.at(uri.host.strip("[]")) == name


class Search:
    """One call on its way from place to place: bounded, and nowhere twice."""

    def __init__(self, redirections: Redirections, first: Hop, past: Sequence[Diversion]) -> None:
        """`past`: who passed the call on before, the last one first."""
        self.diversions = tuple(past)
        self._redirections = redirections
        self._left: list[tuple[Hop, tuple[Diversion, ...]]] = [(first, self.diversions)]
        self._seen = {first}

    def next(self) -> Hop | None:
        """The next place, None when nothing is left; `diversions` are those on the way there."""
        if not self._left:
            return None
        hop, self.diversions = self._left.pop(0)
        return hop

    def redirected(self, hop: Hop, by: Redirected) -> None:
        """`hop` wants the call to go on to these, before whatever else is left."""
        reason = _REASONS.get(by.status, "unknown")
        past = (Diversion(hop.number, reason), *self.diversions)
        further = []
        for to in self._redirections.hops(hop, by.contacts):
            if to not in self._seen and len(self._seen) < MAX_HOPS:
                self._seen.add(to)
                further.append((to, past))
        self._left = [*further, *self._left]
