"""The files of the checkout that the structure tests read: what git tracks or would track."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

ROOMS: Final = (
    "acd",
    "calls",
    "config",
    "events",
    "ivr",
    "media",
    "records",
    "sentral",
    "sip",
    "telemetry",
    "web",
)


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Paths relative to the root, without ignored ones; of all suffixes when none is given."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = (Path(line) for line in listed)
    return tuple(
        path
        for path in paths
        if (not suffixes or path.suffix in suffixes) and (ROOT / path).is_file()
    )


def text_of(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
