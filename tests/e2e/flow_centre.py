"""A centre whose flows are those of `flows/`: one for each kind of node, each with a number.

Their prompts are recordings that match nothing else, half a second of sound between silences, so
that what a caller hears can be told apart; numbers are read out with the words that
`sentral prompts render` speaks.
"""

import shutil
import tempfile
import wave
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from ivr.prompt_texts import read_prompt_texts
from media.prompts import render
from media.sounds import decode
from tests.rig.centre import PROMPTS, ROOT
from tests.rig.ports import LOOPBACK
from tests.sound import RATE_HZ, Samples, babble, bytes_of, read_wav, samples_of

FLOWS: Final = Path(__file__).parent / "flows"
PARTS: Final = ROOT / "ivr_flows" / "prompts"
PROMPT_S: Final = 0.6
LEAD_IN_S: Final = 0.3
LEAD_OUT_S: Final = 0.4
"""Silence around the sound of a prompt. A phone begins to listen a moment after it was answered,
and what its jitter buffer holds when BYE comes is never heard; a busy machine makes both longer."""
PAUSE_S: Final = 1.5
RECORDED: Final[Mapping[tuple[str, str], int]] = {
    **{("en", name): seed for seed, name in enumerate(("one", "two", "three"), start=11)},
    **{("es", name): seed for seed, name in enumerate(("one", "two", "three"), start=21)},
}
"""Language and name to the seed of its sound."""

QUEUE_PHONE, TRANSFER_PHONE, AGENT_PHONE = "7801", "7802", "7803"
PHONES: Final = (QUEUE_PHONE, TRANSFER_PHONE, AGENT_PHONE)


def numbers(way: int | str = 0) -> dict[str, str]:
    """Each flow's number; who calls in different ways, 0 to 9, dials different ones."""
    return {path.stem: f"6{way}{at:02}" for at, path in enumerate(sorted(FLOWS.glob("*.yaml")))}


def prompt(name: str, language: str = "en") -> Samples:
    """What the centre should be heard to say, without the silence around it."""
    if (language, name) in RECORDED:
        return samples_of(babble(PROMPT_S, seed=RECORDED[language, name]))
    return samples_of(decode(PROMPTS / language / f"{name}.wav"))


@cache
def said(text: str) -> Samples:
    """What the speech engine makes of a text when nobody waits for it.

    In a process of its own each time: what it said before changes the waves of what it says next.
    """
    with tempfile.TemporaryDirectory() as folder:
        render({"en": {"said": text}}, Path(folder))
        return read_wav(Path(folder) / "en" / "said.wav")


def spoken(name: str) -> bytes:
    """A shipped prompt as somebody's words, and a pause after it."""
    words = said(read_prompt_texts(PARTS)["en"][name])
    return bytes_of(words) + _silence(PAUSE_S)


def _silence(seconds: float) -> bytes:
    return bytes(round(seconds * RATE_HZ) * 2)


def settings(folder: Path, *, web: str, agent_ports: Mapping[str, int]) -> dict[str, Any]:
    """Changes to the demo. `web`: host:port of the web service. `agent_ports`: of SIPp's phones."""
    shutil.rmtree(PROMPTS / "spoken", ignore_errors=True)  # texts are spoken anew
    _write_flows(folder / "flows", web)
    _write_prompts(folder / "prompts")
    phones = {
        phone: {"contact": f"sip:{phone}@{LOOPBACK}:{port}"} for phone, port in agent_ports.items()
    }
    phones[QUEUE_PHONE]["agent"] = "801"
    phones[AGENT_PHONE]["agent"] = "803"
    return {
        "flows": str(folder / "flows"),
        "prompts": str(folder / "prompts"),
        "languages": ["en", "es"],
        "recognition": {"engine": "pocketsphinx", "within_s": 15},
        "calls": {"callback": {"permissions": "staff", "most_per_day": 100}},
        "queues": {
            "proof": {"skills": {"proof": 1}, "wrap_up_s": 0},
            "sales": {"nobody": "wait"},
        },
        "agents": {
            "801": {"name": "Proof", "skills": {"proof": 5}},
            "803": {"name": "Other"},
        },
        "phones": phones,
        "numbers": [
            *({"dial": number, "flow": flow} for flow, number in numbers("X").items()),
            {"dial": "780X", "phone": "dialled"},
            {"dial": "7900", "queue": "proof"},
            {"dial": "7901", "flow": "aside"},
            {"dial": "200X", "phone": "dialled"},
        ],
    }


def _write_flows(folder: Path, web: str) -> None:
    shutil.copytree(FLOWS, folder)
    path = folder / "http.yaml"
    path.write_text(path.read_text().replace("@web@", web))


def _write_prompts(folder: Path) -> None:
    for (language, name), _ in RECORDED.items():
        path = folder / language / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(_silence(LEAD_IN_S))
            file.writeframes(babble(PROMPT_S, seed=RECORDED[language, name]))
            file.writeframes(_silence(LEAD_OUT_S))
        shutil.copy(PARTS / f"{language}.parts.yaml", folder)
