"""What it costs to decide a day again, decoding included.

    python -m bench.acd.replay [--calls 97000] [--hours 48] [--agents 160]

`sentral simulate --log` writes a log, `sentral acd replay` decides it again, each in a process of
its own; 97 000 calls are a million events. Prints the replay's wall-clock and CPU time.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def sentral(*words: str) -> Any:
    """What the command prints with `--json`. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "sentral", *words, "--json"], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def cpu_s() -> float:
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(log: Path, config: Sequence[str]) -> tuple[int, float, float]:
    """Events, wall-clock seconds and CPU seconds of one replay."""
    before_s, began_at = cpu_s(), time.monotonic()
    found = sentral("acd", "replay", str(log), *config)
    assert found["same"], found["difference"]
    return found["events"], time.monotonic() - began_at, cpu_s() - before_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=97_000)
    parser.add_argument("--hours", type=float, default=48)
    parser.add_argument("--agents", type=int, default=160)
    parser.add_argument("--config", default="config/bench.yaml")
    options = parser.parse_args()
    config = ["--config", options.config]
    load = ["--calls", str(options.calls), "--hours", str(options.hours)]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "day.log"
        people = ["--agents", str(options.agents)]
        sentral("simulate", *config, *load, *people, "--log", str(log))
        size_mb = log.stat().st_size / 1e6
        events, wall_s, used_s = measured(log, config)
    print(f"{events} events ({size_mb:.0f} MB) replayed in {wall_s:.1f} s, {used_s:.1f} s of CPU:")
    print(f"{used_s / events * 1e6:.1f} us each, {used_s / events * 1e6:.0f} s for a million")


if __name__ == "__main__":
    main()
