"""sentral queue"""

from pathlib import Path

import pytest

from acd.model import QueueView
from events.ids import QueueName
from tests.sentral.running import beside
from tests.web.serving import House


async def test_the_list_says_what_is_closed(tmp_path: Path) -> None:
    shut = QueueView(QueueName("sales"), 0, 0, None, 1, 0, {"operator": "fire"})
    house = House()
    house.queues.append(shut)
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("queue", "list")
    assert result.stdout.splitlines() == [
        "support is open; 2 wait, 1 agents are free",
        "sales is closed (operator: fire); 0 wait, 0 agents are free",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["close", "support", "--reason", "fire", "--by", "eva"],
            ("close_queue", "support", "fire", "eva", "leave"),
        ),
        (
            ["close", "support", "--reason", "party", "--serve"],
            ("close_queue", "support", "party", "", "serve"),
        ),
        (["open", "support"], ("open_queue", "support", "")),
    ],
)
async def test_actions(arguments: list[str], expected: tuple[str, ...], tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("queue", *arguments)
    assert result.exit_code == 0, result.output
    assert result.stdout == "support is open\n"
    assert house.done == [expected]
