"""The load generator and the bare relay of `media/engine/examples/media_load.rs`, as processes."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final

CRATE: Final = Path(__file__).parents[2] / "media" / "engine" / "Cargo.toml"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a generator sent and got; delays are one way through what was measured."""

    sent: int
    received: int
    p50_us: int
    p99_us: int
    p999_us: int

    @property
    def lost(self) -> float:
        """Share of what was sent that did not arrive; for streams that come back one for one."""
        return 1 - self.received / self.sent


class LoadProcess:
    """One run of the program: it tells its ports, is told where to send, and works."""

    def __init__(self, *words: object) -> None:
        self._process = subprocess.Popen(
            [_program(), *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid
        self.ports = [int(word) for word in self._line().split()]

    def __enter__(self) -> "LoadProcess":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()  # ends a relay
        self._process.wait(30)

    def aim(self, destinations: Sequence[int]) -> None:
        """Name the port that each socket sends to; it begins at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, destinations)) + "\n")
        self._process.stdin.flush()

    def result(self) -> Heard:
        """What a generator measured; waits for its end."""
        return Heard(*map(int, self._line().split()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def cpu_s(pid: int, thread: str = "") -> float:
    """Seconds that the threads of a process with this name (all, without one) spent on a core.

    By the scheduler's own count in nanoseconds; the system calls' kernel time is in it.
    """
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().startswith(thread):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


@cache
def _program() -> str:
    """The program, built anew if its source changed."""
    build = ["cargo", "build", "--release", "--quiet", "--example", "media_load"]
    build += ["--manifest-path", str(CRATE), "--message-format", "json-render-diagnostics"]
    told: str = subprocess.run(build, check=True, capture_output=True, text=True).stdout
    return next(part for part in told.split('"') if part.endswith("/examples/media_load"))
