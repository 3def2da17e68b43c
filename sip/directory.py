"""Whom the SIP front end knows. `sentral` implements it from the configuration."""

from collections.abc import Mapping
from typing import Protocol

from sip.digest import Algorithm


class Directory(Protocol):
    """Look-ups are in memory, answer at once and never raise."""

    @property
    def realm(self) -> str:
        """Protection space of phones' passwords, RFC 7616 §3.3."""

    @property
    def domains(self) -> frozenset[str]:
        """Hosts that are "our domain", lower case, our own addresses among them."""

    def digests(self, username: str) -> Mapping[Algorithm, str] | None:
        """HA1 in hex by algorithm of a phone; None for nobody we know."""

    def is_phone(self, user: str) -> bool:
        """Whether `sip:user@<our domain>` is a phone's address of record."""

    def trunk_at(self, host: str, port: int, transport: str) -> str | None:
        """Name of the trunk whose calls are admitted from this source address."""

    def trunk_digests(self, username: str) -> tuple[str, Mapping[Algorithm, str]] | None:
        """Trunk name and HA1 by algorithm of a trunk that calls us with credentials."""
