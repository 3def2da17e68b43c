"""sentral voicemail"""

from pathlib import Path

from tests.sentral.running import beside
from tests.web.routes.test_mailboxes import message
from tests.web.serving import House


async def test_mailboxes_and_messages_are_listed(tmp_path: Path) -> None:
    house = House(messages=[message(), message("c-2-r1", heard=True)])
    async with beside(house, tmp_path) as terminal:
        every = await terminal.run("voicemail", "list")
        one = await terminal.run("voicemail", "list", "support")
        found = await terminal.json("voicemail", "list", "support")
    assert "support" in every.output
    first, second = (line for line in one.output.splitlines() if "-r1" in line)
    assert ("Ayu" in first, "new" in first, "heard" in second) == (True, True, True)
    assert found["messages"][0]["id"] == "c-1-r1"


async def test_one_is_saved_and_then_heard(tmp_path: Path) -> None:
    house, target = House(messages=[message()]), tmp_path / "saved.wav"
    async with beside(house, tmp_path) as terminal:
        await terminal.run("voicemail", "play", "support", "c-1-r1", str(target))
        again = await terminal.run("voicemail", "play", "support", "c-1-r1", str(target))
        other = str(tmp_path / "other.wav")
        unknown = await terminal.run("voicemail", "play", "support", "c-9", other)
    assert target.read_bytes() == b"RIFF2026/c-1-r1"
    assert house.done == [("heard", "c-1-r1", "api")]
    assert "exists already" in again.stderr
    assert unknown.stderr == "sentral: there is no message c-9 in support\n"


async def test_several_are_erased(tmp_path: Path) -> None:
    house = House(messages=[message(), message("c-2-r1")])
    async with beside(house, tmp_path) as terminal:
        await terminal.run("voicemail", "erase", "support", "c-1-r1", "c-2-r1")
    assert house.done == [("erase", "c-1-r1", "api"), ("erase", "c-2-r1", "api")]
