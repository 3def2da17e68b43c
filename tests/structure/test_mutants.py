"""The bugs that `make mutants` plants: each a single change, and none the same as before."""

import runpy
from pathlib import Path

from tests.structure.checkout import ROOT

mutants_of = runpy.run_path(str(ROOT / "tools" / "mutants.py"))["mutants_of"]

SOURCE = """\
def free(agents: list[int], most: int) -> bool:
    if not agents and most > 0:
        note(agents)
    return len(agents) + 1 < most
"""


def test_every_kind_of_bug_is_planted_once() -> None:
    found = [mutant.what for mutant in mutants_of(Path("a.py"), SOURCE)]
    assert sorted(found) == sorted(
        [
            "if not agents and most > 0  ->  if not",
            "not agents and most > 0  ->  not agents or most > 0",
            "most > 0  ->  most >= 0",
            "0  ->  1",
            "note(agents)  ->  nothing",
            "len(agents) + 1 < most  ->  len(agents) + 1 <= most",
            "len(agents) + 1  ->  len(agents) - 1",
            "1  ->  2",
        ]
    )


def test_each_differs_from_the_source_and_from_the_others() -> None:
    texts = [mutant.text for mutant in mutants_of(Path("a.py"), SOURCE)]
    assert len(set(texts)) == len(texts)


def test_only_the_lines_that_are_asked_for_are_touched() -> None:
    assert {mutant.line for mutant in mutants_of(Path("a.py"), SOURCE, {4})} == {4}
