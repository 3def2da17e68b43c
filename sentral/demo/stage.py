"""What one sees while the demo plays: a line for each thing that happens, and who does what now.

On a terminal the lines scroll above a panel that is drawn anew; elsewhere there are only lines.
"""

import time
from types import TracebackType
from typing import Final, Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

WIDTH: Final = 100
FRAMES_PER_S: Final = 8


def console() -> Console:
    """At most `WIDTH` columns, and all of them where the output is no terminal."""
    found = Console(highlight=False)
    found.width = min(found.width, WIDTH) if found.is_terminal else WIDTH
    return found


class Stage:
    """Use it as a context; `say` and `now` may be called at any time in it."""

    def __init__(self, output: Console, styles: dict[str, str], *, steps: int) -> None:
        """`styles`: name of a person to a colour. `steps`: `done` is called so many times."""
        self._console = output
        self._styles = styles
        self._began = time.monotonic()
        self._doing: dict[str, str] = {}
        self._spinners: dict[str, Spinner] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40, complete_style="green"),
            TextColumn("{task.percentage:>3.0f} %"),
        )
        self._task = self._progress.add_task("the demo", total=steps)
        self._live = (
            Live(
                get_renderable=self._drawn,
                console=output,
                refresh_per_second=FRAMES_PER_S,
                transient=True,
            )
            if output.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, who: str, what: str) -> None:
        """Somebody does something, or something happens to them."""
        line = Text.assemble(
            (f"{time.monotonic() - self._began:6.1f} s  ", "dim"),
            (f"{who:<8}", self._styles.get(who, "bold")),
            what,
        )
        self._console.print(line)
        if who in self._doing:
            self._doing[who] = what

    def enter(self, who: str, what: str) -> None:
        self._doing[who] = what
        self._spinners[who] = Spinner("dots", style="dim")
        self.say(who, what)

    def leave(self, who: str) -> None:
        self._doing.pop(who, None)
        self._progress.advance(self._task)

    def _drawn(self) -> RenderableType:
        table = Table(box=box.SIMPLE, show_header=False, padding=(0, 1))
        for who, what in self._doing.items():
            name = Text(who, style=self._styles.get(who, "bold"))
            table.add_row(self._spinners[who], name, Text(what))
        return Group(table, Padding(self._progress, (0, 0, 0, 2)))
