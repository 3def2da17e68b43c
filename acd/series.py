"""Sums of many terms 1 / (start + n · step) without adding them one by one."""

from math import log1p
from typing import Final, NamedTuple

FIRST: Final = 32
"""Terms that are added; beyond them the formula is as exact as a float."""


class Sums(NamedTuple):
    terms: float
    squares: float


def reciprocals(start: float, step: float, count: int) -> Sums:
    """Of 1 / (start + n · step) for n = 1 … count, and of their squares.

    By the Euler–Maclaurin formula after the first terms; `start` is more than nothing, `step` not
    less. The error is below 1e-12 of the sum.
    """
    first = [1 / (start + number * step) for number in range(1, min(count, FIRST) + 1)]
    terms, squares = sum(first), sum(term * term for term in first)
    if count <= FIRST:
        return Sums(terms, squares)
    a, b = 1 / (start + (FIRST + 1) * step), 1 / (start + count * step)
    further = count - FIRST - 1
    growth = further * step * a
    terms += further * a * (log1p(growth) / growth if growth else 1.0) + (a + b) / 2
    squares += further * a * b + (a * a + b * b) / 2
    at_a, at_b = step * a, step * b
    for weight, power in ((1 / 12, 1), (-1 / 120, 3), (1 / 252, 5)):  # B(2k) / 2k
        terms += weight * (at_a**power * a - at_b**power * b)
        squares += weight * (power + 1) * (at_a**power * a * a - at_b**power * b * b)
    return Sums(terms, squares)
