"""docs/metrics.md says what the program serves."""

from pathlib import Path

from telemetry.metrics_page import PAGE, page


def test_the_page_is_current() -> None:
    written = (Path(__file__).parents[2] / PAGE).read_text(encoding="utf-8")
    assert written == page(), "run python -m telemetry.metrics_page"


def test_every_line_of_the_table_says_something() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    assert len(rows) > 35
    assert all(cell.strip() for row in rows for cell in (row.split("|")[1], row.split("|")[4]))
