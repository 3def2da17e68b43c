"""Piper, a neural speaker, as a program of its own: it is under the GPL and is not linked with us.

`SENTRAL_PIPER` names the program (else `piper` in the search path), `SENTRAL_PIPER_VOICES` the
folder of voices: `en-us` is `en-us.onnx` there.
"""

import io
import json
import os
import shutil
import subprocess
import wave
from pathlib import Path
from typing import Final

from media.speech import Heard, Speak, SpeechError, output_of, pieces

PATIENCE_S: Final = 60.0


def speaker() -> Speak:
    """Raises SpeechError when the program is not there."""
    wanted = os.environ.get("SENTRAL_PIPER", "piper")
    program = shutil.which(wanted)
    if program is None:
        raise SpeechError(f"there is no program {wanted}")
    voices = Path(os.environ.get("SENTRAL_PIPER_VOICES", "."))
    return _Piper(program, voices)


class _Piper:
    def __init__(self, program: str, voices: Path) -> None:
        self._program = program
        self._voices = voices

    def stream(self, text: str, voice: str, heard: Heard) -> None:
        """Sentence by sentence, as it speaks."""
        model = self._model(voice)
        rate_hz = _rate_hz(model)
        command = [self._program, "--model", str(model), "--output-raw"]
        with output_of(command, text, "piper") as sound:
            for samples in pieces(sound):
                heard(samples, rate_hz)

    def __call__(self, text: str, voice: str) -> tuple[bytes, int]:
        command = [self._program, "--model", str(self._model(voice)), "--output_file", "-"]
        try:
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise SpeechError(f"piper: nothing came within {PATIENCE_S:g} s") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise SpeechError(f"piper: {said[-1] if said else f'ended with {done.returncode}'}")
        return _samples(done.stdout)

    def _model(self, voice: str) -> Path:
        model = self._voices / f"{voice}.onnx"
        if not model.is_file():
            raise SpeechError(f"piper: no voice {model}")
        return model


def _rate_hz(model: Path) -> int:
    """As the voice's own description has it."""
    try:
        told = json.loads(model.with_name(f"{model.name}.json").read_text(encoding="utf-8"))
        return int(told["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SpeechError(f"piper: {model.name}.json does not tell its sample rate") from error


def _samples(sound: bytes) -> tuple[bytes, int]:
    try:
        with wave.open(io.BytesIO(sound), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise SpeechError("piper: not 16-bit mono sound")
            # its header may carry a made-up length, as it writes to a pipe: read all there is
            return file.readframes(len(sound)), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise SpeechError(f"piper: {error}") from error
