"""Prompts: where they are, and how those without a recording are spoken by espeak-ng.

    <folder>/recorded/<language>/<name>.<any audio format>    made by people; always wins
    <folder>/<language>/<name>.wav                            rendered from the texts
    <folder>/music/<name>.<any audio format>                  for those who wait
    <folder>/rendered.json                                    what was rendered from what

Texts are one YAML file a language (`en.yaml`): name to text.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from media import levels, speech
from media.errors import MediaError
from media.sounds import RATE_HZ

Language: TypeAlias = str
PromptName: TypeAlias = str
Texts: TypeAlias = Mapping[Language, Mapping[PromptName, str]]
OnProgress: TypeAlias = Callable[[int, int, str], None]
"""(done so far, of how many, what is next)."""

VOICES: Final[Mapping[Language, str]] = {"en": "en-us", "id": "id", "es": "es-419"}
"""espeak-ng's voice of a language; one that is not here has the voice of its own name."""

RECORDED: Final = "recorded"
MUSIC: Final = "music"
RENDERED: Final = "rendered.json"
ENDINGS: Final = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".aiff", ".au", ".ulaw")


@dataclass(eq=False)
class PromptError(MediaError):
    """Prompts cannot be read or rendered; one problem a line."""

    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.problems)


class PromptLibrary:
    """Finds prompts. It looks at the disk each time: load what it finds at start, not in a call."""

    def __init__(self, folder: Path, *, recorded: Path | None = None) -> None:
        """`recorded` is where people's recordings are; None for `folder/recorded`."""
        self._rendered = folder
        self._recorded = recorded or folder / RECORDED

    def find(self, name: PromptName, language: Language) -> Path | None:
        """The recording if there is one, else what was rendered, else None."""
        recording = _sound_file(self._recorded / language, name)
        return recording or _sound_file(self._rendered / language, name)

    def is_recorded(self, path: Path) -> bool:
        """Whether people made what `find` found."""
        return path.is_relative_to(self._recorded)

    def find_music(self, name: str) -> Path | None:
        """A piece for those who wait; None if there is none of that name."""
        return _sound_file(self._rendered / MUSIC, name)

    def names(self, language: Language) -> set[PromptName]:
        """Every prompt that `find` finds in a language."""
        folders = (self._recorded / language, self._rendered / language)
        paths = (path for folder in folders for path in folder.glob("[!.]*"))
        return {path.stem for path in paths if path.suffix in ENDINGS}


def read_texts(folder: Path) -> dict[Language, dict[PromptName, str]]:
    """Every `<language>.yaml` of a folder.

    Raises:
        PromptError: a file is no YAML, or not a mapping of names to texts.
    """
    texts: dict[Language, dict[PromptName, str]] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            problems.append(f"{path}: {error}")
            continue
        if isinstance(content, dict):
            problems += [
                f"{path}: {name}: a prompt's name and text are text, not {text!r}"
                for name, text in content.items()
                if not (isinstance(name, str) and isinstance(text, str))
            ]
            texts[path.stem] = content
        else:
            problems.append(f"{path}: not a mapping of prompt names to texts")
    if problems:
        raise PromptError(tuple(problems))
    return texts


def render(
    texts: Texts,
    folder: Path,
    *,
    voices: Mapping[Language, str] = VOICES,
    engine: str = "any",
    rate_hz: int = RATE_HZ,
    on_progress: OnProgress | None = None,
) -> int:
    """Speak every text that has no up-to-date file yet. Blocks: 20 to 50 ms a prompt.

    Args:
        texts: by language, then by prompt name.
        folder: as described above; created if need be.
        voices: espeak-ng voice by language.
        engine: "wheel", "program" or "any" espeak-ng, or a plugged-in one (`media.speakers`).
        rate_hz: of the files, 8000 or 16000.
        on_progress: told before each prompt that is spoken.

    Returns:
        How many were spoken; the others were there.

    Raises:
        PromptError: some could not be; all of them, after the others are done.
    """
    rendered = _read_index(folder)
    jobs = []
    for language, prompts in sorted(texts.items()):
        voice = voices.get(language, language)
        for name, text in sorted(prompts.items()):
            path = folder / language / f"{name}.wav"
            content = made_of(text, voice, engine, rate_hz)
            if rendered.get(f"{language}/{name}") != content or not path.is_file():
                jobs.append((f"{language}/{name}", text, voice, path, content))
    if not jobs:
        return 0
    problems = []
    with _speaker(engine) as speak:
        for done, (key, text, voice, path, content) in enumerate(jobs):
            if on_progress is not None:
                on_progress(done, len(jobs), key)
            problem = speak({"text": text, "voice": voice, "path": str(path), "rate_hz": rate_hz})
            if problem is None:
                rendered[key] = content
            else:
                problems.append(f"prompt {key}: {problem}")
    _write_index(folder, rendered)
    if problems:
        raise PromptError(tuple(problems))
    return len(jobs)


@contextmanager
def _speaker(engine: str) -> Iterator[Callable[[Mapping[str, object]], str | None]]:
    """The process that speaks: a job in, None or what went wrong out."""
    child = subprocess.Popen(
        [sys.executable, "-m", "media.speech", engine],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert child.stdin is not None
    assert child.stdout is not None
    requests, replies = child.stdin, child.stdout

    def speak(job: Mapping[str, object]) -> str | None:
        try:
            requests.write(json.dumps(job) + "\n")
            requests.flush()
            reply = json.loads(replies.readline())
        except (BrokenPipeError, ValueError):
            return f"the process that speaks ended with {child.wait()}"
        problem: str | None = reply.get("problem")
        return problem

    try:
        yield speak
    finally:
        child.kill()
        child.communicate()


def made_of(text: str, voice: str, engine: str, rate_hz: int = RATE_HZ) -> str:
    """What a file was made of: anything that would make it sound otherwise."""
    how = (speech.WORDS_PER_MINUTE, levels.LOUDNESS_DB, levels.PEAK_DB, speech.MARGIN_MS)
    engines = [] if engine in speech.ESPEAK else [engine]
    rates = [] if rate_hz == RATE_HZ else [rate_hz]
    content = [text, voice, how, *engines, *rates]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _read_index(folder: Path) -> dict[str, str]:
    try:
        index: Any = json.loads((folder / RENDERED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # nothing is known to be up to date, so everything is spoken again
    return index if isinstance(index, dict) else {}


def _write_index(folder: Path, rendered: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{RENDERED}.new"
    text = json.dumps(rendered, indent=1, sort_keys=True)
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(folder / RENDERED)


def _sound_file(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}{ending}" for ending in ENDINGS)
    return next((path for path in paths if path.is_file()), None)
