"""Piper, a neural speaker, as a program of its own: it is under the GPL and is not linked with us.

`SENTRAL_PIPER` names the program (else `piper` in the search path), `SENTRAL_PIPER_VOICES` the
folder of voices: `en-us` is `en-us.onnx` there.
"""

import io
import os
import shutil
import subprocess
import wave
from pathlib import Path
from typing import Final

from media.speech import Speak, SpeechError

PATIENCE_S: Final = 60.0


def speaker() -> Speak:
    """Raises SpeechError when the program is not there."""
    wanted = os.environ.get("SENTRAL_PIPER", "piper")
    program = shutil.which(wanted)
    if program is None:
        raise SpeechError(f"there is no program {wanted}")
    voices = Path(os.environ.get("SENTRAL_PIPER_VOICES", "."))
    piper = program

    def speak(text: str, voice: str) -> tuple[bytes, int]:
        model = voices / f"{voice}.onnx"
        if not model.is_file():
            raise SpeechError(f"piper: no voice {model}")
        command = [piper, "--model", str(model), "--output_file", "-"]
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

    return speak


def _samples(sound: bytes) -> tuple[bytes, int]:
    try:
        with wave.open(io.BytesIO(sound), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise SpeechError("piper: not 16-bit mono sound")
            # its header may carry a made-up length, as it writes to a pipe: read all there is
            return file.readframes(len(sound)), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise SpeechError(f"piper: {error}") from error
