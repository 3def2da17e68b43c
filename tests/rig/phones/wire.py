"""How a softphone's process and its test talk: one JSON object a line, stdin in, stdout out.

Commands are `{"do": name, …}`; what happens comes back as `{"event": name, …}`. Both softphones
speak the same words, so that a test can run with either:

do: register unregister call(uri) answer reject hang_up hold resume keys(keys) play(path, loop)
    silence heard(more_s) quit
event: ready(port) registered register_failed(status, reason) unregistered incoming(peer) ringing
    established held resumed key(key, duration_ms) sound_finished heard(path) closed(reason)
    problem(text)

This module and the phones run under interpreters of their own: standard library only.
"""

import argparse
import json
import os
import sys
import wave
from array import array
from pathlib import Path
from typing import IO, Any, Final

RATE_HZ: Final = 8000
SAMPLE_BYTES: Final = 2


def claim_stdout() -> IO[str]:
    """Keep stdout for events: what native code prints goes to stderr, where the log is."""
    events = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return events


class Reporter:
    """Writes events. `call` in one is the number of the call that it is about."""

    def __init__(self) -> None:
        self._events = claim_stdout()

    def tell(self, event: str, **fields: Any) -> None:
        self._events.write(json.dumps({"event": event, **fields}) + "\n")


def read_command(line: str) -> dict[str, Any]:
    command = json.loads(line)
    assert isinstance(command, dict)
    assert "do" in command
    return command


def read_pcm(path: str) -> bytes:
    """Samples of a WAV file that is 8 kHz, mono, 16 bit."""
    with wave.open(path, "rb") as source:
        shape = (source.getframerate(), source.getnchannels(), source.getsampwidth())
        assert shape == (RATE_HZ, 1, SAMPLE_BYTES), f"{path} is not 8 kHz mono 16 bit"
        return source.readframes(source.getnframes())


def write_pcm(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(SAMPLE_BYTES)
        target.setframerate(RATE_HZ)
        target.writeframes(pcm)


def widened(pcm: bytes, ratio: int, channels: int = 1) -> bytes:
    """At so many times the rate, by straight lines between samples, the same in each channel."""
    if ratio <= 1 and channels == 1:
        return pcm
    samples = array("h", pcm)
    later = [*samples[1:], 0]
    steps, copies = range(ratio), range(channels)
    return array(
        "h",
        [
            a + (b - a) * step // ratio
            for a, b in zip(samples, later, strict=True)
            for step in steps
            for _ in copies
        ],
    ).tobytes()


def narrowed(pcm: bytes, ratio: int, channels: int = 1) -> bytes:
    """At that fraction of the rate and in one channel, by means over the samples."""
    width = ratio * channels
    if width <= 1:
        return pcm
    samples = array("h", pcm[: len(pcm) // (width * SAMPLE_BYTES) * width * SAMPLE_BYTES])
    firsts = range(0, len(samples), width)
    return array("h", [sum(samples[at : at + width]) // width for at in firsts]).tobytes()


def read_options() -> argparse.Namespace:
    """The command line of both softphones."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", required=True)
    parser.add_argument("--domain", required=True)
    parser.add_argument("--password", default="")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--registrar", help="host:port to send everything to, if not the domain")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rtp-first", type=int, required=True)
    parser.add_argument("--rtp-last", type=int, required=True)
    parser.add_argument("--transport", choices=("udp", "tcp", "tls"), default="udp")
    parser.add_argument("--authorities", help="whom TLS believes: a PEM file")
    parser.add_argument("--lamp", action="store_true", help="subscribe to waiting messages")
    parser.add_argument("--codecs", default="pcmu,pcma")
    parser.add_argument("--keys-by", choices=("rtpevent", "info", "inband"), default="rtpevent")
    parser.add_argument("--protection", choices=("none", "sdes", "dtls"), default="none")
    parser.add_argument("--expires-s", type=int, default=600)
    parser.add_argument("--answers", action="store_true")
    parser.add_argument("--folder", required=True)
    return parser.parse_args()
