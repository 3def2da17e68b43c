"""Which of our addresses a peer sees: what we write into Via, Contact and session descriptions."""

import socket
from typing import Final

from sip.settings import SipSettings

WILDCARDS: Final = frozenset({"0.0.0.0", "::"})
CACHED_AT_MOST: Final = 10_000


class LocalHost:
    """`toward` answers at once: it asks the kernel's routing table, and sends nothing."""

    def __init__(self, settings: SipSettings) -> None:
        self._listen = settings.listen
        self._public = settings.public_address
        self._known: dict[str, str] = {}

    @property
    def own(self) -> frozenset[str]:
        """Hosts by which we are surely meant."""
        return frozenset({self._listen, self._public} - {""}) - WILDCARDS

    def public(self, peer: str) -> str:
        """The host for Via and Contact, IPv6 without brackets."""
        return self._public or self.toward(peer)

    def toward(self, peer: str) -> str:
        """The address of ours that packets to `peer` leave from; `listen` when that is one."""
        if self._listen not in WILDCARDS:
            return self._listen
        known = self._known.get(peer)
        if known is None:
            if len(self._known) >= CACHED_AT_MOST:
                self._known.clear()
            known = self._known[peer] = _source_toward(peer) or self._listen
        return known


def _source_toward(peer: str) -> str | None:
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((peer, 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def bracketed(host: str) -> str:
    """As hosts stand in URIs and Via."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
