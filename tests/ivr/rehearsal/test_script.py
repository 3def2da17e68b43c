"""Test files of flows: how they read, and what is said about mistakes."""

from pathlib import Path

import pytest

from ivr.loader import FlowErrors
from ivr.rehearsal.script import Step, read_scripts

GOOD = """\
tests:
  a caller pays:
    when:
      - press: 1
      - press: "*2#"
      - stay silent
      - hang up
    expect: {ended: normal, heard: bye}
"""


def test_a_script_reads_like_the_call(tmp_path: Path) -> None:
    (tmp_path / "main.test.yaml").write_text(GOOD)
    (tmp_path / "main.yaml").write_text("not a test")
    [(file, script)] = read_scripts(tmp_path).items()
    assert (file, script.flow) == (str(tmp_path / "main.test.yaml"), "main")
    test = script.tests["a caller pays"]
    assert test.when == (
        Step(press="1"), Step(press="*2#"), Step(stay_silent=True), Step(hang_up=True)
    )  # fmt: skip
    assert test.expect.heard == ("bye",)


def test_a_script_may_name_its_flow(tmp_path: Path) -> None:
    (tmp_path / "more.test.yaml").write_text("flow: main\n" + GOOD)
    assert [script.flow for script in read_scripts(tmp_path).values()] == ["main"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("press: 1", "press: one", "4: tests.a caller pays.when.0.press"),
        ("- hang up", "- {press: 1, hang_up: true}", "7: tests.a caller pays.when.3"),
        ("expect:", "expects:", "8: tests.a caller pays.expects: unknown field"),
        ("heard: bye", "herd: bye", "8: tests.a caller pays.expect.herd: unknown field"),
        ("tests:", "test:", "1: test: unknown field; did you mean 'tests'?"),
        ("    when:", "   when:\n", "not YAML"),
    ],
)
def test_mistakes_have_their_lines(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "main.test.yaml").write_text(GOOD.replace(old, new))
    with pytest.raises(FlowErrors) as raised:
        read_scripts(tmp_path)
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path}/main.test.yaml:")


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "main.test.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FlowErrors, match="UTF-8"):
        read_scripts(tmp_path)
