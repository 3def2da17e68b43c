"""Plants bugs in the distributor, one at a time, and says which of them no test notices.

    python tools/mutants.py [--since REV] [--minutes 30] [--seed 1] [--only acd/queues.py] [-o FILE]
    python tools/mutants.py --again FILE [--without ...]      # only those that FILE lists

A mutant is one small change: a comparison turned or moved by one, `and` for `or`, plus for minus,
a condition negated, a number off by one, a statement left out. The tests are collected once. Each
mutant is planted in a process that is forked then, and meets the tests of its own file first and
the slowest last; one that is outside of all functions needs a fresh process. With `--since` only
lines that changed since that revision are touched. The order is by chance, from the seed, so that
what a time limit allows is a fair sample. Exit code 1: some survived.
"""

import argparse
import ast
import copy
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST_S: Final = 120
"""A mutant that keeps the tests busy for so long is noticed: it loops. Of CPU time half of it."""
SLOWEST_LAST: Final = (
    "test_centre_by_seed.py",
    "test_staffing.py",
    "test_simulation.py",
    "test_expected_waits.py",
    "test_distributor_model.py",
)
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

    @property
    def row(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


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


# Planting


def changed_function(sound: CodeType, mutated: CodeType) -> CodeType | None:
    """The outermost function in which two compiled modules differ, as it is in the second; None
    if they differ outside of functions."""
    for one, other in zip(_inside(sound), _inside(mutated), strict=True):
        if one == other:
            continue
        if one.co_flags & 0x02:  # CO_NEWLOCALS: a function, not the body of a class
            return None if "<" in one.co_qualname else other
        return changed_function(one, other)
    return None


def _inside(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def function_named(module: str, qualname: str) -> FunctionType | None:
    """The one that runs, out of whatever wraps it."""
    found: Any = import_module(module)
    for name in qualname.split("."):
        found = vars(found).get(name)
        if found is None:
            return None
    found = getattr(found, "fget", None) or getattr(found, "__func__", found)
    return found if isinstance(found, FunctionType) else None


def plant(mutant: Mutant) -> bool:
    """Put the bug into the function that is loaded; false if it is in none."""
    sound = ast.unparse(ast.parse((ROOT / mutant.path).read_text(encoding="utf-8")))
    code = changed_function(*(compile(each, "", "exec") for each in (sound, mutant.text)))
    if code is None:
        return False
    function = function_named(".".join(mutant.path.with_suffix("").parts), code.co_qualname)
    if function is None or function.__code__.co_freevars != code.co_freevars:
        return False
    function.__code__ = code
    return True


# Trying


class Trials:
    """A plugin of pytest that, instead of running the tests once, runs them for every mutant."""

    def __init__(self, mutants: Sequence[Mutant], minutes: float) -> None:
        self.survivors: list[Mutant] = []
        self.tried = 0
        self.sound = False
        self._mutants = mutants
        self._until = time.monotonic() + minutes * 60

    def pytest_runtestloop(self, session: Any) -> bool:
        items = sorted(session.items, key=lambda item: _rank(item.path.name))
        self.sound = not noticed_in_fork(lambda: _fails(items))
        for mutant in self._mutants if self.sound else ():
            if time.monotonic() > self._until:
                break
            self.tried += 1
            if not _notices(items, mutant):
                self.survivors.append(mutant)
                print(mutant.row, file=sys.stderr, flush=True)
        return True


def _rank(name: str) -> int:
    return SLOWEST_LAST.index(name) + 1 if name in SLOWEST_LAST else 0


def _notices(items: list[Any], mutant: Mutant) -> bool:
    own = f"test_{mutant.path.name}"
    ordered = sorted(items, key=lambda item: item.path.name != own)

    def fails() -> bool:
        return _fails(ordered) if plant(mutant) else _fails_afresh(ordered, mutant)

    return noticed_in_fork(fails)


def noticed_in_fork(fails: Callable[[], bool]) -> bool:
    """Whether a test fails, or hangs, in a process that changes nothing here."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_S // 2, LONGEST_S // 2))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            os._exit(fails())
        except BaseException:
            os._exit(1)
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _fails(items: Sequence[Any]) -> bool:
    from _pytest.runner import runtestprotocol

    return any(
        report.failed
        for item in items
        for report in runtestprotocol(item, log=False, nextitem=None)
    )


def _fails_afresh(items: Sequence[Any], mutant: Mutant) -> bool:
    """The same in a copy of the checkout, which the bug is written into."""
    files = list(dict.fromkeys(str(item.path.relative_to(ROOT)) for item in items))
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "checkout"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(*LEFT_OUT))
        (copied / mutant.path).write_text(mutant.text, encoding="utf-8")
        first = {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
        words = ["-m", "pytest", "-q", "-x", "-m", "not slow", "--hypothesis-seed=1", *files]
        done = subprocess.run(
            [sys.executable, *words], cwd=copied, check=False, env={**os.environ, **first}
        )
    return done.returncode != 0


def planned(options: argparse.Namespace) -> list[Mutant]:
    """In the order in which they are tried."""
    found: list[Mutant] = []
    for path in sorted((ROOT / "acd").glob("*.py")):
        name = path.relative_to(ROOT)
        if options.only and str(name) not in options.only:
            continue
        lines = changed_lines(name, options.since) if options.since else None
        found += mutants_of(name, path.read_text(encoding="utf-8"), lines)
    if options.again:
        rows = set(options.again.read_text(encoding="utf-8").splitlines())
        found = [mutant for mutant in found if mutant.row in rows]
    random.Random(options.seed).shuffle(found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--since", help="only lines changed since this revision")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a file; may be given several times")
    parser.add_argument("--again", type=Path, help="only mutants that this file lists")
    parser.add_argument("--tests", nargs="+", default=["tests/acd"])
    parser.add_argument("--without", nargs="+", default=[], help="test files to leave out")
    parser.add_argument("-o", "--output", type=Path, help="the survivors, one a line")
    options = parser.parse_args()
    mutants = planned(options)
    trials = Trials(mutants, options.minutes)
    os.chdir(ROOT)
    _collect(options, trials)
    if not trials.sound:
        print("the tests fail without any mutant")
        return 2
    print(f"{trials.tried} of {len(mutants)} mutants tried: {len(trials.survivors)} survived")
    if options.output:
        rows = [mutant.row for mutant in trials.survivors]
        options.output.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return 1 if trials.survivors else 0


def _collect(options: argparse.Namespace, trials: Trials) -> None:
    """The same seed each time, so that chance explains nothing. To find a failure is enough: it is
    neither made smaller nor remembered."""
    import hypothesis
    import pytest

    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, database=None)
    hypothesis.settings.load_profile("mutants")
    words = ["-q", "-m", "not slow", "--hypothesis-seed=1"]
    ignored = [f"--ignore-glob=*/{name}" for name in options.without]
    pytest.main([*words, *ignored, *options.tests], plugins=[trials])


if __name__ == "__main__":
    sys.exit(main())
