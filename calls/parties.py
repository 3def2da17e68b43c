"""Surrogate ids of outside parties: events name these, never a number or a person."""

import hmac
from collections.abc import Callable

from events.ids import PartyId

Remember = Callable[[PartyId, str, str], None]
"""Told each party's (id, number, name), for a table from which it can be erased."""


class Parties:
    """The same number gets the same id for as long as the key lives, without asking a database."""

    def __init__(self, key: bytes, remember: Remember) -> None:
        """`key`: at least 16 secret bytes; without it nobody can tell a number from its id."""
        assert len(key) >= 16
        self._key = key
        self._remember = remember

    def party(self, number: str, name: str = "") -> PartyId:
        party = self.surrogate(number)
        self._remember(party, number, name)
        return party

    def surrogate(self, number: str) -> PartyId:
        """The id alone; the number is written down nowhere."""
        digest = hmac.digest(self._key, number.encode(), "sha256")
        return PartyId(f"p-{digest.hex()[:20]}")
