"""The worked example of docs/flows.md works, typed in as it stands there."""

import re
from pathlib import Path

import pytest

from tests.sentral.running import run

GUIDE = Path(__file__).parents[2] / "docs" / "flows.md"
FILE = re.compile(r"```yaml\n(# (\S+\.yaml)\n.*?)```", re.DOTALL)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the example."""
    for text, name in FILE.findall(GUIDE.read_text(encoding="utf-8")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rendered = run("prompts", "render", "--config", "shop.yaml")
    assert rendered.exit_code == 0, rendered.output
    return tmp_path


def test_it_is_right(shop: Path) -> None:
    checked = run("check", "--config", "shop.yaml")
    assert checked.exit_code == 0, checked.output
    assert "1 numbers, 1 flows" in checked.output


def test_its_tests_pass_and_cover_it(shop: Path) -> None:
    tested = run("flow", "test", "--config", "shop.yaml", "--cover", "100")
    assert tested.exit_code == 0, tested.output
    assert "3 passed, 0 failed" in tested.output


def test_its_mistakes_are_told_as_the_guide_says(shop: Path) -> None:
    flow = shop / "flows" / "orders.yaml"
    text = flow.read_text(encoding="utf-8")
    broken = text.replace("prompt: welcome", "prompt: welcom").replace(
        "next: wait\n", "next: wiat\n"
    )
    flow.write_text(broken, encoding="utf-8")
    checked = run("check", "--config", "shop.yaml")
    assert checked.exit_code == 2
    told = GUIDE.read_text(encoding="utf-8").partition("Mistakes read like this")[2]
    shown = " ".join(told.split("```")[1].split())
    found = [line for line in checked.output.splitlines() if "orders.yaml:" in line]
    assert len(found) == 2
    for line in found:
        assert line.replace(f"{shop}/", "") in shown
