"""Our own address as a target will see it: for Contact, and the host of Call-ID and From."""

from random import Random
from typing import Final

from sip.address import Address, Target
from sip.edges.listening import Listeners
from sip.edges.local_host import bracketed
from sip.edges.outgoing import contact, options_request, random_names
from sip.edges.resolver import Resolver
from sip.errors import MalformedMessage
from sip.headers.name_addr import parse_name_addr
from sip.message import Request
from sip.uri import parse_uri

ANYWHERE: Final = "192.0.2.1"
ANYWHERE_6: Final = "2001:db8::1"
"""Asked of the routing table when a peer's address is not known yet; nothing is sent there."""


class OwnContact:
    def __init__(self, listeners: Listeners, resolver: Resolver, rng: Random) -> None:
        self._rng = rng
        self._listeners = listeners
        self._resolver = resolver

    def seen_by(self, target: Target) -> Address:
        """A URI that cannot be read is left to the sending, which reports it."""
        host = ANYWHERE if 4 in self._listeners.families else ANYWHERE_6
        anywhere = Address(self._listeners.kinds[0], host, 0)
        return self._listeners.seen_by(target.address or self._guess(target) or anywhere)

    def for_target(self, target: Target, user: str) -> tuple[str, str]:
        """Our host, and our Contact value."""
        ours = self.seen_by(target)
        return ours.host, contact(user, ours)

    def options_to(self, target: Target) -> Request:
        """A question outside any dialog whether somebody is there, §11.1."""
        host, ours = self.for_target(target, "")
        names = random_names(self._rng, host)
        return options_request(target, names, from_host=bracketed(host), contact=ours)

    def _guess(self, target: Target) -> Address | None:
        try:
            first_hop = parse_name_addr(target.route[0]).uri if target.route else target.uri
            return self._resolver.guess(parse_uri(first_hop))
        except MalformedMessage:
            return None
