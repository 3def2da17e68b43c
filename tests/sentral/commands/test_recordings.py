"""sentral recordings"""

from pathlib import Path

from tests.sentral.running import beside
from tests.web.routes.test_recordings import row
from tests.web.serving import House


async def test_the_newest_recordings(tmp_path: Path) -> None:
    house = House(recordings=[row(), row("c-2-r1", state="recording", sealed=False)])
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("recordings", "list", "--queue", "support", "--limit", "2")
        found = await terminal.json("recordings", "list")
    first, second = (line for line in result.output.splitlines() if "-r1" in line)
    assert "opus, encrypted" in first
    assert "1:00" in first
    assert "recording" in second
    assert house.recordings_asked[0].queue == "support"
    assert found["recordings"][0]["id"] == "c-1-r1"


async def test_one_is_saved_and_never_over_another(tmp_path: Path) -> None:
    target = tmp_path / "saved.opus"
    async with beside(House(recordings=[row()]), tmp_path) as terminal:
        result = await terminal.run("recordings", "export", "c-1-r1", "--to", str(target))
        again = await terminal.run("recordings", "export", "c-1-r1", "--to", str(target))
        unknown = await terminal.run("recordings", "export", "other", "--to", str(target))
    assert target.read_bytes() == b"RIFFc-1-r1"
    assert "10 bytes" in result.output
    assert "exists already" in again.stderr
    assert (unknown.exit_code, unknown.stderr) == (1, "sentral: there is no recording other\n")


async def test_several_are_deleted(tmp_path: Path) -> None:
    house = House(recordings=[row(), row("c-2-r1")])
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("recordings", "delete", "c-1-r1", "c-2-r1")
    assert house.done == [("delete", "c-1-r1", "api"), ("delete", "c-2-r1", "api")]
    assert result.output.count("deleted") == 2
