"""Speakers that are plugged in: an HTTP engine, and a program of its own that speaks like Piper."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from media.prompts import render
from media.speech import SpeechError, find_voice_of
from tests.media.wav_files import stereo_tones
from tests.sound import RATE_HZ, read_wav, tones_heard

PIPER = """#!{python}
import sys, wave, struct, math
text = sys.stdin.read()
assert sys.argv[1::2] == ["--model", "--output_file"] and sys.argv[4] == "-", sys.argv
if text == "fail":
    sys.exit("the model is broken")
out = wave.open(sys.stdout.buffer, "wb")
out.setnchannels(1); out.setsampwidth(2); out.setframerate(22050)
tone = [round(8000 * math.sin(at * 2 * math.pi * 700 / 22050)) for at in range(22050)]
out.writeframes(struct.pack(f"<{{len(tone)}}h", *tone))
"""


@contextmanager
def engine(sound: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """An HTTP engine that answers with this; its address and what it was asked."""
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(sound)

        def log_message(self, format: str, *args: object) -> None: ...

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def piper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one voice; the program speaks 700 Hz."""
    program = tmp_path / "piper"
    program.write_text(PIPER.format(python=sys.executable))
    program.chmod(0o700)
    monkeypatch.setenv("SENTRAL_PIPER", str(program))
    monkeypatch.setenv("SENTRAL_PIPER_VOICES", str(tmp_path))
    (tmp_path / "en.onnx").touch()
    return tmp_path


def test_an_http_engine_is_asked_with_text_and_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = stereo_tones(tmp_path / "said.wav", 600, 600, seconds=1.0).read_bytes()
    with engine(sound) as (url, asked):
        monkeypatch.setenv("SENTRAL_SPEECH_URL", f"{url}/say?text={{text}}&voice={{voice}}")
        texts = {"en": {"greeting": "Selamat & pagi?"}}
        assert render(texts, tmp_path, voices={"en": "ayu"}, engine="http") == 1
        assert render(texts, tmp_path, voices={"en": "ayu"}, engine="http") == 0  # kept
    (path,) = asked
    assert parse_qs(urlsplit(path).query) == {"text": ["Selamat & pagi?"], "voice": ["ayu"]}
    said = read_wav(tmp_path / "en" / "greeting.wav")
    assert tones_heard(said[RATE_HZ // 4 : RATE_HZ // 2], [600.0, 1200.0]) == {600.0}


@pytest.mark.parametrize(
    ("answer", "status", "problem"),
    [(b"no sound", 200, "no sound"), (b"", 500, "500"), (b"", 200, "no sound")],
)
def test_an_http_engine_that_fails(
    answer: bytes, status: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine(answer, status) as (url, _):
        monkeypatch.setenv("SENTRAL_SPEECH_URL", f"{url}/?{{text}}")
        with pytest.raises(SpeechError, match=problem):
            find_voice_of("http")("hello", "en")


@pytest.mark.parametrize("template", ["", "file:///etc/{text}", "http://127.0.0.1/none"])
def test_a_template_that_is_none(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRAL_SPEECH_URL", template)
    with pytest.raises(SpeechError, match="SENTRAL_SPEECH_URL"):
        find_voice_of("http")


def test_piper_speaks_as_a_program_of_its_own(piper: Path) -> None:
    assert render({"en": {"hello": "hello"}}, piper, voices={"en": "en"}, engine="piper") == 1
    said = read_wav(piper / "en" / "hello.wav")
    assert tones_heard(said[RATE_HZ // 4 : RATE_HZ // 2], [700.0, 1400.0]) == {700.0}


@pytest.mark.parametrize(
    ("text", "voice", "problem"), [("fail", "en", "model is broken"), ("hello", "fr", "no voice")]
)
def test_piper_that_fails(piper: Path, text: str, voice: str, problem: str) -> None:
    with pytest.raises(SpeechError, match=problem):
        find_voice_of("piper")(text, voice)


def test_an_engine_that_nobody_knows_is_told_with_those_that_are() -> None:
    with pytest.raises(SpeechError, match="http, piper"):
        find_voice_of("mary")


def test_the_process_that_speaks_answers_when_a_plugged_in_speaker_cannot() -> None:
    job = json.dumps({"text": "hello", "voice": "en", "path": "/dev/null"})
    done = subprocess.run(
        [sys.executable, "-m", "media.speech", "http"],
        input=f"{job}\n{job}\n",
        env={name: value for name, value in os.environ.items() if name != "SENTRAL_SPEECH_URL"},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert [set(json.loads(line)) for line in done.stdout.splitlines()] == [{"problem"}] * 2
