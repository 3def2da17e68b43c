"""YAML with lines: what files mean, and that no file is too much."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.yaml_lines import MAX_CHARACTERS, YamlProblems, read_yaml

TEXT = """\
# a comment
a:
  1: one
  no: false
  list:
    - x
    - {y: 2.5, z: ~}
b: "1"
c: 007
d: 2024-01-01
e: yes
f: >-
  folded
  text
"""


def test_values_mean_what_they_look_like() -> None:
    assert read_yaml(TEXT).value == {
        "a": {"1": "one", "no": False, "list": ["x", {"y": 2.5, "z": None}]},
        "b": "1",
        "c": "007",
        "d": "2024-01-01",
        "e": "yes",
        "f": "folded text",
    }


def test_every_place_has_its_line() -> None:
    document = read_yaml(TEXT)
    assert document.line(()) == 1
    assert document.line(("a",)) == 2
    assert document.line(("a", "1")) == 3
    assert document.line(("a", "list", 1, "z")) == 7
    assert document.line(("a", "list", 0, "nothing", "there")) == 6
    assert document.line(("f",)) == 12
    assert document.line(("missing",)) == 1


def test_an_empty_text_is_nothing() -> None:
    assert read_yaml("# only a comment\n").value is None


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3, "not YAML"),
        ("a: 1\n\tb: 2\n", 2, "not YAML"),
        ("a: *nowhere\n", 1, "not YAML"),
        ("a: 1\nb: \x01\n", 2, "not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "a: given twice, first on line 1"),
        ("x:\n  ? [1, 2]\n  : 3\n", 2, "cannot be a key"),
        ("a: &a {x: 1}\nb:\n  <<: *a\n", 3, "merging with << is not supported"),
        ("a: &a [*a]\n", 1, "nested deeper than"),
        ("--- 1\n--- 2\n", 2, "not YAML"),
    ],
)
def test_problems_have_a_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(YamlProblems) as caught:
        read_yaml(text)
    assert caught.value.problems[0][0] == line
    assert problem in caught.value.problems[0][1]


def test_all_keys_given_twice_are_told_at_once() -> None:
    with pytest.raises(YamlProblems) as caught:
        read_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert [line for line, _ in caught.value.problems] == [2, 3]


def test_what_is_too_much_is_said() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)
    )
    for text in ("[" * 5000 + "]" * 5000, "[" * 50 + "]" * 50, laughs, "#" * (MAX_CHARACTERS + 1)):
        with pytest.raises(YamlProblems):
            read_yaml(text)


@given(st.text(alphabet="ab:-? \n\t{}[],&*#|>'\"!%@`~01.é\x00", max_size=60))
def test_any_text_is_a_document_or_a_problem(text: str) -> None:
    try:
        lines = [read_yaml(text).line(())]
    except YamlProblems as error:
        lines = [line for line, _ in error.problems]
    assert lines
    assert all(1 <= line <= len(text) + 1 for line in lines)
