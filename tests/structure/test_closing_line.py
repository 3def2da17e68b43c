"""The one line that CI reads sums what the runners said."""

import subprocess
import sys
from pathlib import Path

from tests.structure.checkout import ROOT

CARGO = (
    "test result: ok. 69 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s"
)
GOOD = "==== 100 passed, 2 skipped, 7 deselected in 61.20s (0:01:01) ====\n"
QUIET = "3 passed in 0.50s\n"
BAD = "= 1 failed, 99 passed, 1 error in 3.00s =\nsentral-target-failed\n"


def closing_line(folder: Path, *logs: str) -> tuple[str, int]:
    paths = [folder / f"{number}.log" for number in range(len(logs))]
    for path, log in zip(paths, logs, strict=True):
        path.write_text(log)
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "closing_line.py", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip(), done.returncode


def test_runners_are_summed(tmp_path: Path) -> None:
    summed = closing_line(tmp_path, f"noise\n{CARGO}\n{QUIET}", GOOD)
    assert summed == ("172 passed, 0 failed, 3 skipped", 0)


def test_errors_are_failures(tmp_path: Path) -> None:
    assert closing_line(tmp_path, GOOD, BAD) == ("199 passed, 2 failed, 2 skipped", 1)


def test_a_target_that_failed_without_a_test_counts_as_one_failure(tmp_path: Path) -> None:
    broken = "Found 3 errors.\nsentral-target-failed\n"
    assert closing_line(tmp_path, broken, GOOD) == ("100 passed, 1 failed, 2 skipped", 1)


def test_no_test_at_all_is_no_success(tmp_path: Path) -> None:
    assert closing_line(tmp_path, "nothing") == ("0 passed, 0 failed, 0 skipped", 1)
