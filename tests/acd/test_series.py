"""Sums without their terms are the sums of their terms."""

from math import fsum

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acd.series import FIRST, reciprocals


@given(
    st.floats(1e-6, 1e3), st.one_of(st.just(0.0), st.floats(1e-12, 1e3)), st.integers(0, 40 * FIRST)
)
@example(1.0, 5e-324, 1000)
@example(0.01, 0.5, FIRST)
@example(0.01, 0.5, FIRST + 1)
def test_they_are_what_the_terms_add_up_to(start: float, step: float, count: int) -> None:
    terms = [1 / (start + number * step) for number in range(1, count + 1)]
    found = reciprocals(start, step, count)
    assert found.terms == pytest.approx(fsum(terms), rel=1e-12)
    assert found.squares == pytest.approx(fsum(term * term for term in terms), rel=1e-12)


def test_callers_who_give_up_at_once_break_nothing() -> None:
    assert reciprocals(1.0, 1e300, 1000).terms == pytest.approx(0.0, abs=1e-290)
