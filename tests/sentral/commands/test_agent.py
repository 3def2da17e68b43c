"""sentral agent"""

from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.sentral.running import beside, run
from tests.web.serving import House


async def test_the_list(tmp_path: Path) -> None:
    async with beside(House(), tmp_path) as terminal:
        result = await terminal.run("agent", "list")
        found = await terminal.json("agent", "list")
    assert "Agent 71" in result.output
    assert found["agents"][0]["state"] == "available"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["sign-in", "71", "--phone", "2001", "--pin", "1234"], ("sign_in", "71", "2001")),
        (["available", "71"], ("make_available", "71", "")),
        (
            ["not-available", "71", "--reason", "lunch", "--by", "eva"],
            ("make_not_available", "71", "lunch", "eva"),
        ),
        (["extend-wrap-up", "71", "--seconds", "90"], ("extend_wrap_up", "71", "90")),
        (["end-wrap-up", "71"], ("end_wrap_up", "71")),
        (["sign-out", "71"], ("sign_out", "71", "")),
    ],
)
async def test_actions(arguments: list[str], expected: tuple[str, ...], tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("agent", *arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout == "Agent 71 is available\n"
    assert house.done == [expected]


async def test_a_pin_can_be_typed_unseen(tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("agent", "sign-in", "71", "--phone", "2001", typed="1234\n")
    assert result.exit_code == 0, result.output
    assert "1234" not in result.output
    assert house.done == [("sign_in", "71", "2001")]


async def test_a_refusal_is_told(tmp_path: Path) -> None:
    async with beside(House(refusal="agent 71 is not signed in"), tmp_path) as terminal:
        result = await terminal.run("agent", "available", "71")
    assert (result.exit_code, result.stderr) == (1, "sentral: agent 71 is not signed in\n")


def test_the_digest_of_a_pin_is_the_pins() -> None:
    result = run("agent", "pin", "--pin", "4711")
    assert result.exit_code == 0
    assert PasswordHasher().verify(result.stdout.strip(), "4711")
