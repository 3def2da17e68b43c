"""What the demo prints at its end: each call, what was heard, one ladder, the numbers."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from events.kpi import (
    QueueCounts,
    abandonment_rate,
    average_handling_time_s,
    average_speed_of_answer_s,
    service_level,
)
from sentral.demo.results import CallResult, total
from sentral.demo.stories import Check


def print_heading(output: Console, text: str) -> None:
    output.print()
    output.print(Text(text, style="bold"))


def print_calls(output: Console, results: Sequence[CallResult]) -> None:
    table = _table(
        *("caller", "path", "keys", "queue", "agent", ">waited", ">talked", ">held"),
        *("outcome", "ended by"),
    )
    for each in results:
        table.add_row(
            *(each.caller, each.path, each.keys, each.queue, each.agent),
            *(_seconds(each.waited_s), _seconds(each.talked_s), _seconds(each.held_s or None)),
            *(each.outcome, each.ended_by),
        )
    output.print(table)


def print_checks(output: Console, checks: Sequence[Check]) -> None:
    """Honestly: a thing that was not heard is said to be so."""
    for check in checks:
        mark = Text("  yes  ", style="green") if check.ok else Text("  NO   ", style="bold red")
        mark.append(check.what, style="default not bold")
        if check.detail:
            mark.append(f" ({check.detail})", style="dim not bold")
        output.print(mark)


def print_ladder(output: Console, ladder: str) -> None:
    output.print(Text(ladder.rstrip("\n")), soft_wrap=True)


def print_numbers(output: Console, by_queue: Mapping[str, QueueCounts]) -> None:
    table = _table(
        *("queue", ">offered", ">answered", ">abandoned", ">abandonment", ">service level"),
        *(">speed of answer", ">handling time"),
    )
    for name, counts in by_queue.items():
        table.add_row(name, *_numbers(counts))
    table.add_row("together", *_numbers(total(by_queue.values())))
    output.print(table)


def print_formulas(output: Console) -> None:
    """What the percentages are of."""
    output.print(
        Text(
            " service level: answered within 20 s / (answered + abandoned but short ones);"
            " docs/metrics.md",
            style="dim",
        )
    )


def _numbers(counts: QueueCounts) -> list[str]:
    return [
        *(str(counts.offered), str(counts.answered), str(counts.abandoned)),
        *(_percent(abandonment_rate(counts)), _percent(service_level(counts))),
        _seconds(average_speed_of_answer_s(counts)),
        _seconds(average_handling_time_s(counts)),
    ]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    for column in columns:
        name = column.removeprefix(">")
        table.add_column(name, justify="right" if name != column else "left", no_wrap=False)
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} s"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"
