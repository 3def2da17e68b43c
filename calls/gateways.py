"""The gateways of one trunk: which is tried first, and which are away."""

from collections.abc import Sequence
from typing import Protocol

from calls.settings import GatewaySettings, TrunkSettings

AWAY = frozenset({408, 503})
"""Any other final answer, a refusal included, shows that somebody is there."""


class Dice(Protocol):
    """`random.Random`."""

    def random(self) -> float: ...


class Gateways:
    """Health is what OPTIONS found: down after `probe_down_after` failures in a row, up again
    after `probe_up_after` answers in a row."""

    def __init__(self, settings: TrunkSettings, dice: Dice) -> None:
        self.all: tuple[GatewaySettings, ...] = settings.all_gateways
        self._settings = settings
        self._dice = dice
        self._down: set[str] = set()
        self._against: dict[str, int] = {}

    @property
    def up(self) -> bool:
        """Whether one at least is there; nobody knows of a trunk that only calls us."""
        return len(self._down) < len(self.all) or not self.all

    def is_up(self, uri: str) -> bool:
        return uri not in self._down

    def probed(self, uri: str, status: int) -> None:
        """Take the final status of an OPTIONS; so many in a row against its state change it."""
        answered = status not in AWAY
        if answered == self.is_up(uri):
            self._against.pop(uri, None)
            return
        count = self._against.get(uri, 0) + 1
        needed = self._settings.probe_up_after if answered else self._settings.probe_down_after
        if count < needed:
            self._against[uri] = count
            return
        self._against.pop(uri, None)
        if answered:
            self._down.discard(uri)
        else:
            self._down.add(uri)

    def in_order(self) -> list[str]:
        """URIs to try: the lowest priority number first, drawn by weight among equals; those that
        are down come last, as a probe may be wrong and a call has nothing to lose."""
        return [uri for group in (True, False) for uri in self._drawn(group)]

    def _drawn(self, up: bool) -> list[str]:
        chosen = [each for each in self.all if self.is_up(each.uri) is up]
        ordered: list[str] = []
        for priority in sorted({each.priority for each in chosen}):
            ordered += self._by_weight([each for each in chosen if each.priority == priority])
        return ordered

    def _by_weight(self, gateways: Sequence[GatewaySettings]) -> list[str]:
        """Efraimidis and Spirakis: sort by u^(1/w); heavier ones tend to the front."""
        keys = {each.uri: self._dice.random() ** (1 / each.weight) for each in gateways}
        return sorted(keys, key=lambda uri: keys[uri], reverse=True)
