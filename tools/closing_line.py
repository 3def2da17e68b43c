"""Sums the closing lines of pytest and cargo test in the logs named on the command line.

Prints `N passed, N failed, N skipped` and ends with 1 when something failed or no test ran.
A target that failed without naming a failed test (a style check, a crash) counts as one failure.
"""

import re
import sys
from collections import Counter
from pathlib import Path

PYTEST_LINE = re.compile(
    r"^(?:=+ )?(\d+ (?:passed|failed|skipped|error|xfailed|deselected).*) in [\d.]+s"
)
CARGO_LINE = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored")
COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)\b")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
TARGET_FAILED = "sentral-target-failed"

WORDS = {"error": "failed", "errors": "failed", "xfailed": "passed", "xpassed": "passed"}


def counts_of(log: str) -> Counter[str]:
    """Passed, failed and skipped tests of one target's output."""
    counts: Counter[str] = Counter()
    for line in COLOUR.sub("", log).splitlines():
        if found := CARGO_LINE.match(line):
            passed, failed, ignored = map(int, found.groups())
            counts.update(passed=passed, failed=failed, skipped=ignored)
        elif found := PYTEST_LINE.match(line):
            for number, word in COUNT.findall(found[1]):
                counts[WORDS.get(word, word)] += int(number)
    if TARGET_FAILED in log and not counts["failed"]:
        counts["failed"] = 1
    return counts


def main(paths: list[str]) -> int:
    total: Counter[str] = Counter()
    for path in paths:
        total += counts_of(Path(path).read_text(encoding="utf-8", errors="replace"))
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
