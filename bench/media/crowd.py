"""Very many calls and listeners at once: what is lost and how late it is, beside a bare relay.

    python -m bench.media.crowd [--calls 1500] [--listeners 3000] [--middling 500] [--seconds 5]

The generator runs on the same cores. Each kind is run in turn, `--runs` times; the median of each
figure is told, and the least, because a neighbour's work on the same machine only ever adds.
"""

import argparse
from collections.abc import Callable
from statistics import median
from typing import Final

from bench.media.packets import Measured, bare_relay, bridged_calls, prompts

Kind = tuple[str, Callable[[], Measured]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in DEFAULTS.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    seconds = given.seconds
    kinds: list[Kind] = [
        (f"bare relay, {given.calls} calls", lambda: bare_relay(given.calls, seconds)),
        (f"{given.calls} bridged calls", lambda: bridged_calls(given.calls, seconds)),
        (
            f"{given.calls} bridged calls, real-time priority",
            lambda: bridged_calls(given.calls, seconds, priority=10),
        ),
        (f"{given.listeners} listeners", lambda: prompts(given.listeners, seconds)),
        (
            f"{given.listeners} listeners, real-time priority",
            lambda: prompts(given.listeners, seconds, priority=10),
        ),
        (f"bare relay, {given.middling} calls", lambda: bare_relay(given.middling, seconds)),
        (f"{given.middling} bridged calls", lambda: bridged_calls(given.middling, seconds)),
        (
            f"{given.middling} bridged calls, real-time priority",
            lambda: bridged_calls(given.middling, seconds, priority=10),
        ),
    ]
    runs: list[list[Measured]] = [[] for _ in kinds]
    for _ in range(given.runs):
        for (_, measure), measured in zip(kinds, runs, strict=True):
            measured.append(measure())
    for (what, _), measured in zip(kinds, runs, strict=True):
        _say(what, measured)


DEFAULTS: Final = {"calls": 1500, "listeners": 3000, "middling": 500, "seconds": 5, "runs": 3}


def _say(what: str, runs: list[Measured]) -> None:
    lost = [one.heard.lost for one in runs]
    late = [one.heard.p99_us for one in runs]
    line = f"{what}: {median(one.core for one in runs):.1%} of a core"
    line += f", {median(one.packet_us for one in runs):.2f} µs per packet"
    line += f"; lost {median(lost):.3%} (least {min(lost):.3%})"
    if any(late):
        line += f"; delay p99 {median(late) / 1000:.2f} ms (least {min(late) / 1000:.2f})"
    print(line, flush=True)


if __name__ == "__main__":
    main()
