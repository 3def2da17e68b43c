"""Whether a number that a flow dials leads anywhere, by the demo's numbering plan."""

import pytest

from config.loader import load_settings
from config.settings import Settings, sample
from sentral.reach import leads_of


@pytest.mark.parametrize(
    ("number", "leads"),
    [
        ("1000", True),  # a flow
        ("1001", True),  # a queue
        ("2001", True),  # a phone
        ("2007", False),  # the pattern of phones, but nobody's
        ("*97", True),  # a feature, which only some may dial
        ("777777", False),
        ("", False),
        ("1" * 100, False),
    ],
)
def test_a_number_leads_somewhere_or_not(number: str, leads: bool) -> None:
    reach = leads_of(load_settings(sample("demo"), {}))
    assert reach is not None
    assert reach(number) == leads


def test_flows_without_a_numbering_plan_are_not_judged() -> None:
    assert leads_of(Settings()) is None
