"""Plants bugs in the distributor, one at a time, and says which of them no test notices.

    python tools/mutants.py [--since REV] [--minutes 30] [--seed 1] [--only acd/queues.py] [-o FILE]

A mutant is one small change: a comparison turned or moved by one, `and` for `or`, plus for minus,
a condition negated, a number off by one, a statement left out. Each is tried in a copy of the
checkout against the tests of the distributor, quick ones first. With `--since` only lines that
changed since that revision are touched. The order is by chance, from the seed, so that what a time
limit allows is a fair sample. Exit code 1: some survived.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST_S: Final = 180
"""A mutant that keeps the tests busy for so long is noticed: it loops."""
LEFT_OUT: Final = (".git", ".venv", ".make", "var", "node_modules", "__pycache__")
SWAPS: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    path: Path
    line: int
    what: str
    text: str
    """The whole file with the bug in it."""


def mutants_of(path: Path, source: str, lines: set[int] | None = None) -> Iterator[Mutant]:
    """Every single change of a file; `lines`: only there."""
    tree = ast.parse(source)
    for number, node in enumerate(ast.walk(tree)):
        for change in changes_of(node):
            line = getattr(node, "lineno", None)
            if line is None or (lines is not None and line not in lines):
                continue
            twin = copy.deepcopy(tree)
            what = change(list(ast.walk(twin))[number])
            yield Mutant(path, line, what, ast.unparse(ast.fix_missing_locations(twin)))


def changes_of(node: ast.AST) -> Iterator[Callable[[ast.AST], str]]:
    """What can be done to one node; each names itself."""
    match node:
        case ast.Compare(ops=ops) if type(ops[0]) in SWAPS:
            yield _swap_comparison
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign() if type(node.op) in SWAPS:
            yield _swap_operator
        case ast.If() | ast.While() | ast.IfExp():
            yield _negate
        case ast.Constant(value=int() | float() | bool()):
            yield _other_value
        case ast.Expr(value=ast.Call()):
            yield _leave_out


def _swap_comparison(node: ast.AST) -> str:
    assert isinstance(node, ast.Compare)
    before = ast.unparse(node)
    node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    return f"{before}  ->  {ast.unparse(node)}"


def _swap_operator(node: ast.AST) -> str:
    assert isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign)
    before = ast.unparse(node)
    node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]
    return f"{before}  ->  {ast.unparse(node)}"


def _negate(node: ast.AST) -> str:
    assert isinstance(node, ast.If | ast.While | ast.IfExp)
    before = ast.unparse(node.test)
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return f"if {before}  ->  if not"


def _other_value(node: ast.AST) -> str:
    assert isinstance(node, ast.Constant)
    before = node.value
    assert isinstance(before, int | float)
    node.value = (not before) if isinstance(before, bool) else before + 1
    return f"{before}  ->  {node.value}"


def _leave_out(node: ast.AST) -> str:
    assert isinstance(node, ast.Expr)
    before = ast.unparse(node)
    node.value = ast.Constant(value=None)
    return f"{before}  ->  nothing"


def changed_lines(path: Path, since: str) -> set[int]:
    """Lines that this file has and the revision had not."""
    diff = subprocess.run(
        ["git", "diff", "--unified=0", since, "--", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found: set[int] = set()
    for row in diff.splitlines():
        if row.startswith("@@"):
            start, _, count = row.split("+")[1].split(" ")[0].partition(",")
            found |= set(range(int(start), int(start) + int(count or 1)))
    return found


class Trial:
    """A copy of the checkout in which bugs are planted."""

    def __init__(self, copied: Path, tests: list[str]) -> None:
        self._root = copied / "checkout"
        self._tests = tests
        shutil.copytree(ROOT, self._root, ignore=shutil.ignore_patterns(*LEFT_OUT))

    def notices(self, mutant: Mutant) -> bool:
        """Whether a test fails."""
        target = self._root / mutant.path
        sound = target.read_text(encoding="utf-8")
        target.write_text(mutant.text, encoding="utf-8")
        try:
            return not self.passes()
        finally:
            target.write_text(sound, encoding="utf-8")

    def passes(self) -> bool:
        """All tests are well; the same seed each time, so that chance explains nothing."""
        words = ["-m", "pytest", "-q", "-x", "-m", "not slow", "--hypothesis-seed=1", *self._tests]
        try:
            done = subprocess.run(
                [sys.executable, *words], cwd=self._root, capture_output=True,
                timeout=LONGEST_S, check=False, env=self._environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _environment(self) -> dict[str, str]:
        first = {"PYTHONPATH": str(self._root), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**os.environ, **first}


def planned(options: argparse.Namespace) -> list[Mutant]:
    """In the order in which they are tried."""
    found: list[Mutant] = []
    for path in sorted((ROOT / "acd").glob("*.py")):
        name = path.relative_to(ROOT)
        if options.only and str(name) not in options.only:
            continue
        lines = changed_lines(name, options.since) if options.since else None
        found += mutants_of(name, path.read_text(encoding="utf-8"), lines)
    random.Random(options.seed).shuffle(found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--since", help="only lines changed since this revision")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a file; may be given several times")
    parser.add_argument("--tests", nargs="+", default=["tests/acd"])
    parser.add_argument("-o", "--output", type=Path, help="the survivors, one a line")
    options = parser.parse_args()
    mutants = planned(options)
    survivors: list[str] = []
    tried, until = 0, time.monotonic() + options.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), options.tests)
        if not trial.passes():
            print("the tests fail without any mutant")
            return 2
        for mutant in mutants:
            if time.monotonic() > until:
                break
            tried += 1
            if not trial.notices(mutant):
                survivors.append(f"{mutant.path}:{mutant.line}: {mutant.what}")
                print(survivors[-1], flush=True)
    print(f"{tried} of {len(mutants)} mutants tried: {len(survivors)} survived")
    if options.output:
        options.output.write_text("\n".join([*survivors, ""]), encoding="utf-8")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
