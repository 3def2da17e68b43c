"""Shipped flows with one thing dropped, renamed or retyped: only mistakes that tell where."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.loader import read_flow
from ivr.mistakes import Mistake
from tests.ivr.flow_files import mistakes

FOLDER = Path(__file__).parents[2] / "ivr_flows"
TEXTS = {
    file.name: file.read_text(encoding="utf-8")
    for file in sorted(FOLDER.glob("*.yaml"))
    if not file.name.endswith(".test.yaml")
}
JUNK: list[Any] = [None, 3, -1, True, "", "x y", "{{ 1 +", [], [1], {}, {"a": 1}, "end", 1e300]
JARGON = re.compile(r"[a-z]-[a-z]+\[|constrained|tuple\[|list\[|dict\[|Input |String |Value error")


def spots(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything inside `value`."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inside in parts:
        yield (*at, key)
        if isinstance(inside, dict | list):
            yield from spots(inside, (*at, key))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str]:
    """(file, text)"""
    name = draw(st.sampled_from(sorted(TEXTS)))
    flow = yaml.safe_load(TEXTS[name])
    *way, last = draw(st.sampled_from(list(spots(flow))))
    around = flow
    for key in way:
        around = around[key]
    how = draw(st.sampled_from(["drop", "rename", "retype"]))
    if how == "retype" or (how == "rename" and isinstance(around, list)):
        around[last] = draw(st.sampled_from(JUNK))
    elif how == "drop":
        del around[last]
    else:
        around[draw(st.sampled_from([f"{last}x", 7, "", "kind"]))] = around.pop(last)
    return name, yaml.safe_dump(flow, sort_keys=False, allow_unicode=True)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(damaged())
def test_every_mistake_tells_its_line_in_the_words_of_authors(written: tuple[str, str]) -> None:
    name, text = written
    found: list[Mistake] = []
    read_flow(name, text, found, FOLDER)
    for mistake in found:
        assert mistake.file == name
        assert 1 <= mistake.line <= text.count("\n") + 1
        assert mistake.text
        assert not JARGON.search(str(mistake))


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("[hello, {tims: '9'}]", "nodes.a.prompt.1.tims: unknown field"),
        ("[hello, {time: [9]}]", "nodes.a.prompt.1.time: should be text"),
        (
            "[hello, {}]",
            "nodes.a.prompt.1: should be text, or should have exactly one of digits, number, date,"
            " time, money, spelled or text",
        ),
    ],
)
def test_a_part_that_is_wrong_is_told_once_at_its_place(
    tmp_path: Path, prompt: str, said: str
) -> None:
    text = f"languages: [en]\nstart: a\nnodes:\n  a: {{kind: say, prompt: {prompt}, next: end}}\n"
    assert mistakes(tmp_path, main=text) == [f"main.yaml:4: {said}"]
