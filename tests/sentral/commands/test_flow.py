"""sentral flow"""

import json
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallArrived, Direction, NodeVisited
from events.event import Recorded
from events.ids import CallId, FlowName, NodeName, PartyId
from records.settings import StoreSettings
from records.store import Store
from tests.sentral.running import beside, configuration, run
from tests.web.serving import House

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


TEST = """\
tests:
  it says hello:
    expect: {heard: hi, ended: normal}
"""


def outcome_of(folder: Path, script: str, *arguments: str) -> Any:
    (folder_with(folder) / "main.test.yaml").write_text(script)
    return run("flow", "test", str(folder / "main.yaml"), *arguments)


def test_tests_of_flows_pass_with_their_coverage(tmp_path: Path) -> None:
    result = outcome_of(tmp_path, TEST)
    assert (result.exit_code, result.stdout) == (
        0, "main: 3 of 3 nodes and ways covered\n1 passed, 0 failed\n"
    )  # fmt: skip


def test_a_test_that_fails_fails_the_command(tmp_path: Path) -> None:
    result = outcome_of(tmp_path, TEST.replace("normal", "busy"))
    assert result.exit_code == 1
    assert "FAILED main: it says hello\n  ended: 'normal', expected 'busy'\n" in result.stdout


def test_coverage_can_be_demanded(tmp_path: Path) -> None:
    flow = GOOD.replace("next: bye}", "next: ask}") + (
        "  ask: {kind: menu, prompt: hi, choices: {1: bye}, otherwise: end}\n"
    )
    (folder_with(tmp_path, flow) / "main.test.yaml").write_text(TEST)
    assert run("flow", "test", str(tmp_path)).exit_code == 0
    result = run("flow", "test", str(tmp_path), "--cover", "90")
    assert result.exit_code == 1
    assert "never taken: ask → bye" in result.stdout


def test_results_as_json(tmp_path: Path) -> None:
    found = json.loads(outcome_of(tmp_path, TEST, "--json").stdout)
    assert found["passed"] == [{"flow": "main", "test": "it says hello"}]
    assert (found["failed"], found["coverage"]) == ([], 1.0)


def test_wrong_and_missing_tests_are_told(tmp_path: Path) -> None:
    assert "main.test.yaml:3: tests.it says hello.expect.herd" in (
        outcome_of(tmp_path, TEST.replace("heard", "herd")).stderr
    )
    (tmp_path / "main.test.yaml").unlink()
    assert "there are no tests" in run("flow", "test", str(tmp_path)).stderr


def test_the_shipped_tests_pass_and_leave_nothing_out() -> None:
    result = run("flow", "test", "--cover", "100")
    assert result.exit_code == 0, result.output


def test_a_flow_is_played_at_the_keyboard() -> None:
    result = run("flow", "run", "ivr_flows/main.yaml", "--customer", "vip=true", typed="2\n1\n\n")
    assert result.exit_code == 0, result.output
    said = result.stdout
    assert "welcome [en]: Welcome to Sentral." in said
    assert "main.greet_vip → next" in said
    assert "waits in billing (priority 5; billing ≥ 1)" in said
    assert "thanks [id]: Terima kasih" in said
    assert said.rstrip().endswith("main.thanks → hung_up")


def test_at_the_keyboard_one_can_hang_up() -> None:
    result = run("flow", "run", "ivr_flows/main.yaml", typed="what\nh\n")
    assert result.exit_code == 0, result.output
    assert "(the caller hung up)" in result.stdout
    assert "main.ask_language → hang_up" in result.stdout


def test_a_flow_is_drawn(tmp_path: Path) -> None:
    for name, begins in (("main.svg", "<svg "), ("main.mmd", "flowchart TD\n")):
        result = run("flow", "draw", "ivr_flows/main.yaml", "-o", str(tmp_path / name))
        assert result.exit_code == 0, result.output
        assert (tmp_path / name).read_text().startswith(begins)
    assert run("flow", "draw", "ivr_flows/main.yaml", "-o", "main.png").exit_code == 2


def test_what_real_callers_did_is_drawn(tmp_path: Path) -> None:
    settings = StoreSettings(url=f"sqlite:///{tmp_path}/sentral.db")
    store = Store(settings, on_problem=pytest.fail)
    store.open()
    after: dict[str, Any] = {"flow": "main", "version": "1", "stack": [], "variables": {}}
    after |= {"assisted": False, "failed": False}
    visits = [("hi", "next", "bye"), ("hi", "next", "bye"), ("hi", "hang_up", "")]
    arrived = CallArrived(CallId("c"), Direction.INBOUND, PartyId("p"), "1000", "sip")
    store.append(Recorded(1, 1_000_000.0, 1.0, arrived))
    for seq, (node, outcome, target) in enumerate(visits, start=2):
        event = NodeVisited(
            CallId("c"), FlowName("main"), NodeName(node), outcome, {**after, "node": target}
        )
        store.append(Recorded(seq, 1_000_000.0 + seq, float(seq), event))
    store.close(10.0)
    path = configuration(folder_with(tmp_path), flows=str(tmp_path), store={"url": settings.url})
    drawn = tmp_path / "main.mmd"
    arguments = ("--config", str(path), "-o", str(drawn), "--from", "1970-01-01")
    result = run("flow", "draw", str(tmp_path / "main.yaml"), *arguments)
    assert result.exit_code == 0, result.output
    assert "3 visits, 1 hung up" in drawn.read_text()
    assert '-->|"2×"|' in drawn.read_text()


async def test_the_running_centre_reads_its_flows_anew(tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        assert (await terminal.run("flow", "reload")).stdout == "changed: main\n"
        assert (await terminal.json("flow", "reload"))["flows"] == {"main": "v1"}
        house.refusal = "main.yaml:3: start: there is no node 'x'"
        result = await terminal.run("flow", "reload")
        assert result.exit_code == 1
        assert house.refusal in result.stderr
