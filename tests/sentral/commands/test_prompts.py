"""sentral prompts"""

from pathlib import Path

import pytest

from media.sounds import decode
from tests.sentral.running import configuration, run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "en.yaml").write_text("hello: Hello\nbye: Goodbye\n")
    (texts / "id.yaml").write_text("hello: Halo\n")
    calls = {"rendered_prompts": str(tmp_path / "spoken")}
    return configuration(tmp_path, prompts="texts", languages=["en"], calls=calls)


def test_what_has_a_text_is_spoken_once(config: Path, tmp_path: Path) -> None:
    first = run("prompts", "render", "--config", str(config))
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("2 prompts spoken")
    spoken = {str(path.relative_to(tmp_path / "spoken")) for path in tmp_path.rglob("*.wav")}
    assert spoken == {"en/hello.wav", "en/bye.wav", "music.wav"}, "only configured languages"
    assert len(decode(tmp_path / "spoken" / "en" / "hello.wav")) > 2000
    second = run("prompts", "render", "--config", str(config))
    assert second.stdout == "All prompts are there.\n"


def test_texts_that_cannot_be_read_are_2(config: Path, tmp_path: Path) -> None:
    (tmp_path / "texts" / "en.yaml").write_text("hello: [1")
    result = run("prompts", "render", "--config", str(config))
    assert result.exit_code == 2
    assert "en.yaml:1" in result.stderr


def test_a_folder_that_cannot_be_written_is_1(config: Path, tmp_path: Path) -> None:
    (tmp_path / "spoken").write_text("in the way")
    result = run("prompts", "render", "--config", str(config))
    assert result.exit_code == 1
    assert "Traceback" not in result.output
