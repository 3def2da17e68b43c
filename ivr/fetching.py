"""Look-ups by HTTP as flows see them: a question, an answer or a failure; who is let through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

OPENS_AFTER: Final = 5
"""Failures in a row after which a server is left alone."""

STAYS_OPEN_S: Final = 30.0
"""How long it is left alone before one look-up tries it again."""

MAX_ORIGINS: Final = 1000


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """`url` is complete and quoted; `body` is sent as JSON; `token_env` names the environment
    variable whose value is sent as a bearer token."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    token_env: str = ""
    timeout_s: float = 3.0


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`value`: the body read as JSON; None when there is none."""

    status: int
    value: Any = None


class FetchFailed(Exception):
    """No usable answer: "timeout", "unreachable", "unusable" (no JSON, too large), "left_alone"."""

    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


class Fetch(Protocol):
    async def __call__(self, question: HttpQuestion) -> HttpAnswer:
        """Ask once. Raises FetchFailed."""


@dataclass(slots=True)
class _Origin:
    failures: int = 0
    closed_again_at: float = 0.0


class CircuitBreaker:
    """Leaves a server alone that failed several times in a row, then lets one look-up try it.

    A caller who would wait for a dead server in vain is told at once instead.
    """

    def __init__(self) -> None:
        self._origins: dict[str, _Origin] = {}

    def lets_through(self, origin: str, now: float) -> bool:
        known = self._origins.get(origin)
        if known is None or known.failures < OPENS_AFTER:
            return True
        if now < known.closed_again_at:
            return False
        known.closed_again_at = now + STAYS_OPEN_S  # this one tries; the others still wait
        return True

    def succeeded(self, origin: str) -> None:
        self._origins.pop(origin, None)

    def failed(self, origin: str, now: float) -> None:
        if origin not in self._origins and len(self._origins) >= MAX_ORIGINS:
            self._origins.pop(next(iter(self._origins)))
        known = self._origins.setdefault(origin, _Origin())
        known.failures += 1
        if known.failures >= OPENS_AFTER:
            known.closed_again_at = now + STAYS_OPEN_S
