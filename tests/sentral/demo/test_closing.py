"""What is printed at the end fits, is plain where there is no terminal, and is honest."""

from io import StringIO

import pytest
from rich.console import Console

from events.kpi import QueueCounts
from sentral.demo.closing import print_calls, print_checks, print_numbers
from sentral.demo.play import judge
from sentral.demo.results import CallResult
from sentral.demo.stories import Check
from sentral.failures import Failure


def paper() -> tuple[Console, StringIO]:
    written = StringIO()
    return Console(file=written, width=100, highlight=False), written


def test_a_call_is_one_line_of_a_hundred_columns() -> None:
    output, written = paper()
    print_calls(
        output,
        [
            CallResult(
                *("Carmen", "1000 → flow main", "3 1", "billing", "Citra"),
                *(123.4, 123.4, 12.3, "rejected (404)", "system"),
            )
        ],
    )
    lines = written.getvalue().splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 100
    row = "Carmen 1000 → flow main 3 1 billing Citra 123.4 s 123.4 s 12.3 s rejected (404) system"
    assert " ".join(lines[2].split()) == row


def test_what_was_not_heard_is_said_so() -> None:
    output, written = paper()
    print_checks(output, [Check("Ana heard Robin", True, "100%"), Check("Robin heard Ana", False)])
    assert written.getvalue() == "  yes  Ana heard Robin (100%)\n  NO   Robin heard Ana\n"


def test_a_check_that_failed_fails_the_demo() -> None:
    judge([Check("this", True)])
    with pytest.raises(Failure, match=r"this was not so: that$"):
        judge([Check("this", True), Check("that", False)])
    with pytest.raises(Failure, match="anything"):
        judge([])


def test_queues_and_all_together() -> None:
    output, written = paper()
    counts = QueueCounts(
        *(4, 3, 2, 1, 0, 0),
        answered_wait_s=6.0,
        handled=2,
        talk_s=8.0,
        wrap_up_s=2.0,
    )
    print_numbers(output, {"billing": counts, "sales": QueueCounts()})
    rows = [line.split() for line in written.getvalue().splitlines()[2:]]
    assert rows[0] == ["billing", "4", "3", "1", "25%", "50%", "2.0", "s", "5.0", "s"]
    assert rows[1] == ["sales", "0", "0", "0"]
    assert rows[2] == ["together", *rows[0][1:]]
