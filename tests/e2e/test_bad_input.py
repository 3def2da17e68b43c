"""Mistakes of people, said in a line each before anything starts; nothing is half started."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rig.centre import Centre, render_prompts

EXIT_FAILED, EXIT_MISUSE = 1, 2


async def run_sentral(command: str, config: Path) -> tuple[int, str]:
    """Exit status and everything that it said, logs included."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", command, "--config", str(config)),
        cwd=config.parent,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    """Configured, not started: its folder, ports, prompts and configuration file."""
    made = Centre(tmp_path)
    render_prompts(made.config, made.folder)
    return made


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
async def test_a_sip_port_in_use_is_said_in_one_line(transport: str, centre: Centre) -> None:
    kind = socket.SOCK_DGRAM if transport == "UDP" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", centre.sip_port))
        if transport == "TCP":
            taken.listen()
        status, said = await run_sentral("serve", centre.config)
    assert status == EXIT_FAILED
    assert len(said.splitlines()) == 1, said
    assert f"{transport} 127.0.0.1:{centre.sip_port}" in said
    assert "in use" in said


async def test_an_http_port_in_use_is_said_in_one_line(centre: Centre) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", centre.web_port))
        taken.listen()
        status, said = await run_sentral("serve", centre.config)
    assert status == EXIT_FAILED
    assert len(said.splitlines()) == 1, said
    assert str(centre.web_port) in said


MISTAKES = """\
sip:
  port: many
  realm: sentral
queues:
  support:
    ring_s: -1
    colour: blue
phones:
  "2001":
    agent: "999"
numbers:
  - {dial: "1001", queue: nowhere}
  - {dial: "1002"}
"""


@pytest.mark.parametrize("command", ["serve", "check"])
async def test_every_mistake_of_a_configuration_is_told_with_its_line(
    command: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(MISTAKES)
    status, said = await run_sentral(command, path)
    assert status == EXIT_MISUSE
    for line, where in ((2, "sip.port"), (6, "queues.support.ring_s"), (7, "queues.support")):
        assert any(f"broken.yaml:{line}: {where}" in each for each in said.splitlines()), said
    assert "Traceback" not in said


async def test_yaml_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("sip:\n  port: 5060\n queues: [\n")
    status, said = await run_sentral("serve", path)
    assert status == EXIT_MISUSE
    assert "broken.yaml:3" in said, said
    assert "Traceback" not in said


FLOW = """\
languages: [en]
start: greet
nodes:
  greet: {kind: say, prompt: prompt_that_nobody_recorded, next: wait}
  wait: {kind: queue, queue: queue_that_is_not_there, next: bye, otherwise: bye}
  bye: {kind: hang_up}
"""


@pytest.mark.parametrize("command", ["serve", "check"])
async def test_a_missing_prompt_names_the_flow_and_the_node(
    command: str, centre: Centre, tmp_path: Path
) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "greeting.yaml").write_text(FLOW)
    settings: dict[str, Any] = yaml.safe_load(centre.config.read_text())
    settings["flows"] = str(flows)
    settings["numbers"] = [{"dial": "1000", "flow": "greeting"}]
    centre.config.write_text(yaml.safe_dump(settings))
    status, said = await run_sentral(command, centre.config)
    assert status == EXIT_MISUSE
    for words in (("greet", "prompt_that_nobody_recorded"), ("wait", "queue_that_is_not_there")):
        told = [line for line in said.splitlines() if all(word in line for word in words)]
        assert any("greeting.yaml:" in line for line in told), said
    assert "Traceback" not in said


async def test_a_configuration_that_is_not_there_is_told(tmp_path: Path) -> None:
    status, said = await run_sentral("serve", tmp_path / "nothing.yaml")
    assert status == EXIT_MISUSE
    assert "nothing.yaml" in said
    assert "Traceback" not in said
