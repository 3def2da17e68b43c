"""Read the configuration: the file, the environment over it, and whether it fits together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.consistency import inconsistencies, oddities
from config.overrides import lay_over, overrides
from config.ranges import Origins, expand_ranges
from config.schedules import dated_shifts_in
from config.settings import Settings
from ivr.mistakes import Mistake, Mistakes, dotted, explained
from ivr.yaml_lines import Document, Place, YamlProblems, read_yaml

_SECTIONS = frozenset(Settings.model_fields) - {"warnings"}


class ConfigError(Exception):
    """The configuration cannot be used. The message has one problem a line, for humans."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(map(_line, self.mistakes)))


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read a YAML file and lay `SENTRAL_…` variables over it.

    Raises:
        ConfigError: the file is missing, is not YAML, or breaks a rule; all problems at once.
    """
    reading = _Reading(str(path), _document(path))
    value = reading.value(environ)
    settings = reading.settings(value)
    if settings is None or reading.found:
        raise ConfigError(reading.found)
    settings = _with_absolute_paths(settings, path.parent)
    if settings.schedule is not None:
        dated = dated_shifts_in(settings.schedule, settings, reading.elsewhere)
        settings = settings.model_copy(update={"dated_shifts": (*settings.dated_shifts, *dated)})
    for place, text in inconsistencies(settings):
        reading.add(place, text)
    if reading.found:
        raise ConfigError(reading.found)
    odd = tuple(
        f"{reading.where(place)}{dotted(place)}: {text}" for place, text in oddities(settings)
    )
    return settings.model_copy(update={"warnings": odd})


def _document(path: Path) -> Document:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        text = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Mistake(str(path), 1, "", text)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Mistake(str(path), 1, "", f"not UTF-8 text: {error}")]) from error
    except YamlProblems as error:
        found = [Mistake(str(path), line, "", problem) for line, problem in error.problems]
        raise ConfigError(found) from error


class _Reading:
    """One file on its way to `Settings`, and where each of its values was written."""

    def __init__(self, file: str, document: Document) -> None:
        self._mistakes = Mistakes(file, document)
        self._file = file
        self._document = document
        self._origins: Origins = {}
        self._variables: dict[Place, str] = {}
        self.elsewhere: list[Mistake] = []

    @property
    def found(self) -> list[Mistake]:
        return [*self._mistakes.found, *self.elsewhere]

    def add(self, place: Place, text: str) -> None:
        """A mistake at a place of the finished value, told where its author will look for it."""
        variable = self._variable(place)
        if variable is not None:
            self.elsewhere.append(Mistake(f"environment {variable}", 1, dotted(place), text))
        else:
            self._mistakes.add(self._as_written(place), text)

    def where(self, place: Place) -> str:
        variable = self._variable(place)
        if variable is not None:
            return f"environment {variable}: "
        return f"{self._file}:{self._document.line(self._as_written(place))}: "

    def value(self, environ: Mapping[str, str]) -> dict[str, Any]:
        """The file's value with overrides laid over it and ranges written out."""
        written = self._document.value if self._document.value is not None else {}
        if not isinstance(written, dict):
            self._mistakes.add((), "a configuration is a mapping, e.g. `sip:` and what is under it")
            return {}
        for variable, place, override in overrides(environ, _SECTIONS, self.elsewhere):
            went = lay_over(written, place, override)
            if went is None:
                text = "the file has nothing there that could be set"
                self.elsewhere.append(Mistake(f"environment {variable}", 1, dotted(place), text))
            else:
                self._variables[went] = variable
        expanded, self._origins = expand_ranges(written, self._mistakes)
        return expanded

    def settings(self, value: dict[str, Any]) -> Settings | None:
        if "warnings" in value:
            self.add(("warnings",), "unknown field")
            value = {name: entry for name, entry in value.items() if name != "warnings"}
        try:
            return Settings.model_validate(value)
        except ValidationError as error:
            for place, text in explained(error, Settings, value).items():
                self.add(place, text)
            return None

    def _variable(self, place: Place) -> str | None:
        return next((self._variables[p] for p in _upwards(place) if p in self._variables), None)

    def _as_written(self, place: Place) -> Place:
        if len(place) >= 2 and (origin := self._origins.get((str(place[0]), str(place[1])))):
            return (place[0], origin, *place[2:])
        return place


def _upwards(place: Place) -> list[Place]:
    return [place[:length] for length in range(len(place), 0, -1)]


def _line(mistake: Mistake) -> str:
    """As `Mistake` says it; the environment has no lines."""
    if mistake.file.startswith("environment "):
        return f"{mistake.file}: {mistake.path}: {mistake.text}"
    return str(mistake)


def _with_absolute_paths(settings: Settings, folder: Path) -> Settings:
    """Folders and files are relative to the configuration that names them."""

    def absolute(path: Path | None) -> Path | None:
        return path and (folder / path).resolve()

    return settings.model_copy(
        update={
            "flows": absolute(settings.flows),
            "prompts": absolute(settings.prompts),
            "customers": absolute(settings.customers),
            "do_not_call": absolute(settings.do_not_call),
            "schedule": absolute(settings.schedule),
        }
    )
