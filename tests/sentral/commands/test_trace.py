"""sentral trace"""

from pathlib import Path

from records.past import CallDetail
from tests.sentral.running import beside
from tests.web.serving import House, row


async def test_the_ladder_as_it_is(tmp_path: Path) -> None:
    house = House(details={"c-1": CallDetail(row("c-1"), [])})
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("trace", "c-1", "--width", "120")
        unknown = await terminal.run("trace", "c-2")
    assert (result.exit_code, result.stdout) == (0, "ladder of 120\n")
    assert unknown.exit_code == 1
    assert unknown.stderr == "sentral: no SIP messages are kept of call c-2\n"
