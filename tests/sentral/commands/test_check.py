"""sentral check"""

import json
from pathlib import Path
from typing import Any

from tests.sentral.running import configuration, run

GOOD = """\
languages: [en]
start: bye
nodes:
  bye: {kind: hang_up}
"""


def checked(folder: Path, flow: str = GOOD, *arguments: str, **sections: Any) -> Any:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text(flow)
    numbers = [{"dial": "1000", "flow": "main"}]
    calls = {"rendered_prompts": str(folder / "prompts"), "music": ""}
    path = configuration(folder, flows="flows", numbers=numbers, calls=calls, **sections)
    return run("check", "--config", str(path), *arguments)


def test_a_good_configuration_is_summed_up(tmp_path: Path) -> None:
    result = checked(tmp_path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("All good: 0 queues, ")
    assert result.stdout.endswith("1 numbers, 1 flows\n")


def test_the_same_as_json(tmp_path: Path) -> None:
    found = json.loads(checked(tmp_path, GOOD, "--json").stdout)
    assert (found["numbers"], found["flows"]) == (["1000"], ["main"])


def test_a_broken_flow_is_told_with_file_and_line(tmp_path: Path) -> None:
    result = checked(tmp_path, GOOD.replace("start: bye", "start: hello"))
    assert result.exit_code == 2
    assert f"{tmp_path / 'flows' / 'main.yaml'}:2: start" in result.stderr
    assert "hello" in result.stderr
    assert result.stdout == ""


def test_problems_of_several_kinds_come_at_once(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        GOOD.replace("hang_up", "hang_down"),
        store={"url": "mysql://root:s3cret@h/x"},
    )
    assert result.exit_code == 2
    for word in ("hang_down", "store.url"):
        assert word in result.stderr
    assert "s3cret" not in result.output
    assert "Traceback" not in result.output
