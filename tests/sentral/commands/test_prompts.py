"""sentral prompts"""

import json
from array import array
from math import pi, sin
from pathlib import Path

import pytest

from media.sounds import decode, write_wav
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


def record(tmp_path: Path, name: str, samples: bytes) -> None:
    write_wav(tmp_path / "texts" / "en" / f"{name}.wav", samples)


def tone(amplitude: int, *, seconds: float = 1.0) -> bytes:
    """1000 Hz; beyond full scale it is cut off as an overdriven recording is."""
    wave = (int(amplitude * sin(2 * pi * n / 8)) for n in range(int(seconds * 8000)))
    return array("h", (max(-32768, min(32767, value)) for value in wave)).tobytes()


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        (tone(60_000), "clipped in "),
        (tone(900), "dB quieter than the others"),
        (tone(30_000), "dB louder than the others"),
        (bytes(16_000), "silent: nothing is heard"),
        (bytes(16_000) + tone(3_700), "1.0 s of silence at one end: cut it"),
    ],
    ids=["clipped", "quiet", "loud", "silent", "badly cut"],
)
def test_a_bad_recording_is_told(
    config: Path, tmp_path: Path, samples: bytes, problem: str
) -> None:
    run("prompts", "render", "--config", str(config))
    record(tmp_path, "hello", samples)
    result = run("prompts", "check", "--config", str(config))
    assert result.exit_code == 1
    assert any(
        line.startswith("en/hello: ") and problem in line for line in result.stdout.splitlines()
    ), result.stdout
    assert "en/bye" not in result.stdout


def test_good_prompts_pass_the_check(config: Path, tmp_path: Path) -> None:
    run("prompts", "render", "--config", str(config))
    record(tmp_path, "hello", tone(3_700))
    result = run("prompts", "check", "--config", str(config))
    assert (result.exit_code, result.stdout) == (0, "All prompts are there and sound alike.\n")


def test_what_cannot_be_played_is_missing(config: Path) -> None:
    result = run("prompts", "check", "--config", str(config), "--json")
    assert result.exit_code == 1
    assert [each["prompt"] for each in json.loads(result.stdout)] == ["bye", "hello"]


def test_the_list_tells_the_source_and_the_length(config: Path, tmp_path: Path) -> None:
    run("prompts", "render", "--config", str(config))
    record(tmp_path, "hello", tone(3_700, seconds=2.0))
    (tmp_path / "spoken" / "en" / "bye.wav").unlink()
    result = run("prompts", "list", "--config", str(config), "--json")
    bye, hello = json.loads(result.stdout)
    assert (bye["source"], bye["duration_s"], bye["text"]) == ("missing", None, "Goodbye")
    assert (hello["source"], hello["duration_s"]) == ("recorded", 2.0)
    assert hello["loudness_db"] == pytest.approx(-22, abs=0.5)
    shown = run("prompts", "list", "--config", str(config), "--missing").stdout
    assert "bye" in shown
    assert "hello" not in shown
