"""sentral flow"""

import json
from pathlib import Path

from tests.sentral.running import run

GOOD = """\
languages: [en]
start: hi
nodes:
  hi: {kind: say, prompt: hi, next: bye}
  bye: {kind: hang_up}
"""


def folder_with(folder: Path, flow: str = GOOD) -> Path:
    prompts = folder / "prompts"
    prompts.mkdir()
    (prompts / "en.yaml").write_text("hi: Hello there.\n")
    (folder / "main.yaml").write_text(flow)
    return folder


def test_a_right_flow_is_said_to_be(tmp_path: Path) -> None:
    result = run("flow", "check", str(folder_with(tmp_path)))
    assert (result.exit_code, result.stdout) == (0, "1 flow is right: main\n")


def test_every_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = folder_with(
        tmp_path, GOOD.replace("prompt: hi", "prompt: ho") + "  lost: {kind: hangup}\n"
    )
    result = run("flow", "check", str(path / "main.yaml"))
    assert result.exit_code == 1
    assert f"{path}/main.yaml:4: nodes.hi.prompt.0: prompt 'ho'" in result.stderr
    assert f"{path}/main.yaml:6: nodes.lost.kind: unknown kind of node 'hangup'" in result.stderr


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    queue = GOOD.replace("{kind: hang_up}", "{kind: queue, queue: sales, otherwise: end}")
    result = run("flow", "check", str(folder_with(tmp_path, queue)))
    assert result.exit_code == 0
    assert "main.yaml:5: nodes.bye: the caller waits without a word" in result.stderr


def test_the_shipped_flows_are_right_as_json() -> None:
    result = run("flow", "check", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {"echo", "main", "voicemail"} <= set(found["flows"])
    assert found["warnings"] == []


def test_what_is_no_flow_is_a_misuse(tmp_path: Path) -> None:
    assert run("flow", "check", str(tmp_path / "none.yaml")).exit_code == 2
