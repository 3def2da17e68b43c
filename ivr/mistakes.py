"""Mistakes in files that people write: where each is, what is wrong, and what would be right."""

import dataclasses
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import NoneType
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ivr.yaml_lines import Document, Place

_SHOWN: Final = 60
_LISTED: Final = 12
_OURS: Final = frozenset({"name", "expression"})
_UNKNOWN_FIELD: Final = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MISSING: Final = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_PLAIN_WORDS: Final[Mapping[str, str]] = {
    "dict_type": "should be a mapping",
    "mapping_type": "should be a mapping",
    "model_type": "should be a mapping",
    "dataclass_type": "should be a mapping",
    "list_type": "should be a list",
    "tuple_type": "should be a list",
    "string_type": "should be text",
    "int_type": "should be a whole number",
    "int_parsing": "should be a whole number",
    "float_type": "should be a number",
    "float_parsing": "should be a number",
    "bool_type": "should be true or false",
    "bool_parsing": "should be true or false",
    "path_type": "should be a path",
}


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """`path` is dotted, e.g. "nodes.welcome.next"; empty for the file as a whole."""

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        said = f"{self.path}: {self.text}" if self.path else self.text
        return f"{self.file}:{self.line}: {said}"


class Mistakes:
    """Collects what is wrong in one file."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.found: list[Mistake] = []
        self._document = document

    def add(self, place: Place, text: str) -> None:
        line = self._document.line(place)
        self.found.append(Mistake(self.file, line, dotted(place), text))

    def add_invalid(self, error: ValidationError, root: Any, at: Place, value: Any) -> None:
        """All that pydantic found. `root`: the type that `value`, written at `at`, should have."""
        for place, text in explained(error, root, value).items():
            self.add((*at, *place), text)


def dotted(place: Place) -> str:
    return ".".join(str(part) for part in place)


def explained(error: ValidationError, root: Any, value: Any) -> dict[Place, str]:
    """Per place within `value`: what is wrong with it, in one line for humans.

    A value that may be of several types gets one objection from each; ours say most, so they win.
    """
    objections: dict[Place, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        names_absent = details["type"] in _MISSING
        place = _written(details["loc"], value, names_absent=names_absent)
        objections.setdefault(place, []).append(details)
    return {
        place: _in_one_line([each for each in all_ if each["type"] in _OURS] or all_, place, root)
        for place, all_ in objections.items()
        if not _other_type(place, all_, objections)
    }


def _other_type(place: Place, all_: list[ErrorDetails], places: Collection[Place]) -> bool:
    """Only types object that the author did not mean: the one meant looked deeper."""
    deeper = any(len(each) > len(place) and each[: len(place)] == place for each in places)
    return deeper and all(each["type"].endswith("_type") for each in all_)


def _in_one_line(objections: list[ErrorDetails], place: Place, root: Any) -> str:
    kind, value = objections[0]["type"], objections[0]["input"]
    if kind in _UNKNOWN_FIELD:
        return f"unknown field{suggestion(str(place[-1]), fields_at(root, place[:-1]))}"
    if kind in _MISSING:
        return f"missing; write `{place[-1]}: …`"
    text = ", or ".join(dict.fromkeys(_message(each) for each in objections))
    if kind not in _OURS and isinstance(value, (str, int, float, NoneType)):
        text += f"; this is {shown(value)}"
    return text


def _message(details: ErrorDetails) -> str:
    """In the words of a file's author, who knows mappings and lists, not dicts and tuples."""
    if plain := _PLAIN_WORDS.get(details["type"]):
        return plain
    if details["type"] in {"too_short", "too_long"}:
        context = details.get("ctx", {})
        limit = context.get("min_length", context.get("max_length"))
        most = "at least" if details["type"] == "too_short" else "at most"
        return f"should have {most} {limit} of them, not {context.get('actual_length')}"
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    for subject in ("Input ", "String "):
        message = message.removeprefix(subject)
    return message


def suggestion(name: str, known: Collection[str]) -> str:
    """E.g. "; did you mean 'prompt'?", or "; known are a, b" when nothing is near."""
    if near := get_close_matches(name, sorted(known), n=1, cutoff=0.6):
        return f"; did you mean '{near[0]}'?"
    if not known:
        return ""
    listed = sorted(known)[:_LISTED]
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"; known are {', '.join(listed)}{more}"


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def fields_at(root: Any, place: Place) -> frozenset[str]:
    """The names of the fields that a type has at a place inside it; empty if it has none there."""
    for part in place:
        root = _inside(root, part)
    return frozenset(_fields(root))


def _fields(kind: Any) -> Mapping[str, Any]:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind, include_extras=True)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}
    return {}


def _inside(kind: Any, part: str | int) -> Any:
    bare = _bare(kind)
    fields = _fields(bare)
    if fields:
        return fields.get(str(part))
    arguments = [argument for argument in get_args(bare) if argument is not Ellipsis]
    return arguments[-1] if arguments else None


def _bare(kind: Any) -> Any:
    """Without `Annotated` and `| None`."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    options = [option for option in get_args(kind) if option is not NoneType]
    if len(options) == 1 and len(get_args(kind)) == 2 and get_origin(kind) not in (list, tuple):
        return _bare(options[0])
    return kind


def _written(location: Place, value: Any, *, names_absent: bool) -> Place:
    """Pydantic's location without what no author wrote, such as the names of a union's members.

    `names_absent`: the last part is the name of a field that should be in `value` and is not.
    """
    place: list[str | int] = []
    for index, part in enumerate(location):
        if isinstance(value, dict) and str(part) in value:
            part, value = str(part), value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not (names_absent and index == len(location) - 1):
            continue
        place.append(part)
    return tuple(place)
