"""`sentral reload`."""

from pathlib import Path

from tests.sentral.running import beside
from tests.web.serving import House


async def test_the_running_centre_reads_its_configuration_anew(tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        assert (await terminal.run("reload")).stdout.splitlines() == [
            "queues changed: support",
            "agents changed: none",
            "flows changed: main",
            "needs a restart: sip.port",
        ]
        assert (await terminal.json("reload"))["queues"] == ["support"]
        house.refusal = "centre.yaml:3: queues.support.ring_s: not a number"
        result = await terminal.run("reload")
        assert result.exit_code == 1
        assert house.refusal in result.stderr
