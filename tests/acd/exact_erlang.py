"""Erlang A and C by another road than `acd.staffing`: sums over states, to fifty digits.

No recursion, no integral: the chance of each state is a fraction, and who arrives behind k others
waits for k + 1 departures, one after the other, of rates n·μ + j·θ (Riordan, "Stochastic Service
Systems", 1962, §4.4; Mandelbaum and Zeltyn, "The Palm/Erlang-A queue", 2005, §4).
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import prod
from typing import Final

DIGITS: Final = 120
"""The signs of a sum of exponentials alternate: most digits cancel."""

NEGLIGIBLE: Final = Fraction(1, 10**14)


@dataclass(frozen=True, slots=True)
class Exactly:
    waiting: float
    answered: float
    in_target: float
    asa_s: float


def erlang_a(
    agents: int, calls_per_hour: int, aht_s: int, patience_s: int, within_s: int
) -> Exactly:
    arrives, served, leaves = (
        Fraction(calls_per_hour, 3600),
        Fraction(1, aht_s),
        Fraction(1, patience_s),
    )
    weights = _weights(agents, arrives, served, leaves)
    total = sum(weights)
    answered = in_target = waited_s = Fraction(0)
    for number, weight in enumerate(weights):
        share = weight / total
        if number < agents:
            answered += share
            in_target += share
            continue
        forward = [agents * served + place * leaves for place in range(number - agents + 1)]
        through = [rate + leaves for rate in forward]
        reached = share * prod(a / b for a, b in zip(forward, through, strict=True))
        answered += reached
        waited_s += reached * sum(1 / rate for rate in through)
        in_target += reached * _done_within(within_s, through)
    return Exactly(
        waiting=float(sum(weights[agents:]) / total),
        answered=float(answered),
        in_target=float(in_target),
        asa_s=float(waited_s / answered),
    )


def erlang_c(agents: int, erlangs: Fraction) -> Fraction:
    """Share who wait, by the definition."""
    terms = [Fraction(1)]
    for number in range(1, agents + 1):
        terms.append(terms[-1] * erlangs / number)
    busy = terms[-1] * agents / (agents - erlangs)
    return busy / (sum(terms[:-1]) + busy)


def _weights(agents: int, arrives: Fraction, served: Fraction, leaves: Fraction) -> list[Fraction]:
    """Of the states "so many callers are here", up to where hardly anybody ever is."""
    weights = [Fraction(1)]
    while len(weights) <= agents or weights[-1] > NEGLIGIBLE * max(weights):
        number = len(weights)
        departs = min(number, agents) * served + max(0, number - agents) * leaves
        weights.append(weights[-1] * arrives / departs)
    return weights


def _done_within(seconds: int, rates: list[Fraction]) -> Fraction:
    """The chance that stages of these rates, all different, are over by then."""
    with localcontext() as context:
        context.prec = DIGITS
        left = Decimal(0)
        for own in rates:
            factor = prod((rate / (rate - own) for rate in rates if rate != own), start=Fraction(1))
            left += _decimal(factor) * (-_decimal(own) * seconds).exp()
        return 1 - Fraction(left)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
