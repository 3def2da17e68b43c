"""Settings from the environment: SENTRAL_SIP__LISTEN is `sip.listen`, read as YAML."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ivr.mistakes import Mistake, suggestion
from ivr.yaml_lines import Place, YamlProblems, read_yaml

PREFIX: Final = "SENTRAL_"
_DESCENT: Final = "__"


def overrides(
    environ: Mapping[str, str], sections: frozenset[str], problems: list[Mistake]
) -> Iterator[tuple[str, Place, Any]]:
    """(variable, place, value) of every override, by name of the variable.

    A variable without a double underscore counts only if it names a setting: SENTRAL_… may also
    be a password that a trunk's `password_env` names.
    """
    for variable in sorted(environ):
        place = tuple(variable.removeprefix(PREFIX).lower().split(_DESCENT))
        if not variable.startswith(PREFIX) or (len(place) == 1 and place[0] not in sections):
            continue
        if place[0] not in sections:
            text = f"there is no setting '{place[0]}'{suggestion(place[0], sections)}"
            problems.append(Mistake(f"environment {variable}", 1, ".".join(place), text))
            continue
        try:
            yield variable, place, read_yaml(environ[variable]).value
        except YamlProblems as error:
            text = error.problems[0][1]
            problems.append(Mistake(f"environment {variable}", 1, ".".join(place), text))


def lay_over(value: dict[str, Any], place: Place, override: Any) -> Place | None:
    """Put one override into the file's value, in place.

    Returns:
        Where it went, in the spelling of the file (names of queues may have capitals); None if
        something on the way is neither a mapping nor a list that is long enough.
    """
    here: Any = value
    went: list[str | int] = []
    for depth, part in enumerate(place):
        key = _key(here, str(part))
        if key is None:
            return None
        went.append(key)
        if depth == len(place) - 1:
            here[key] = override
        elif isinstance(here, dict) and here.get(key) is None:
            here[key] = {}
        here = here[key]
    return tuple(went)


def _key(here: Any, part: str) -> str | int | None:
    if isinstance(here, dict):
        return next((key for key in here if key.lower() == part), part)
    if isinstance(here, list) and part.isdigit() and int(part) < len(here):
        return int(part)
    return None
