"""What the types that operators write say about themselves: fields, kinds, defaults, meanings.

Reads frozen dataclasses and pydantic models alike; a field's meaning is the string below it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import BaseMetadata, Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_PLAIN: Final[Mapping[type, str]] = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    NoneType: "nothing",
}


@dataclass(frozen=True, slots=True)
class Described:
    """One field. `kind` and `default` are for people; `default` is None when it must be given."""

    name: str
    kind: str
    default: str | None
    says: str


def described(cls: type, words: Mapping[type, str] | None = None) -> list[Described]:
    """The fields of a dataclass or pydantic model, inherited ones first.

    `words`: what a type is called, for types that this module does not know.
    """
    known = {**_PLAIN, **(words or {})}
    says = meanings(cls)
    hints = get_type_hints(cls, include_extras=True)
    return [
        Described(name, kind_of(hints[name], known), default, says.get(name, ""))
        for name, default in _defaults(cls)
    ]


def meanings(cls: type) -> dict[str, str]:
    """The string under each field, as one line."""
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        if owner is not object and (is_dataclass(owner) or issubclass(owner, BaseModel)):
            found |= _written_in(owner)
    return found


def one_line(text: str) -> str:
    return " ".join(text.split())


def kind_of(hint: Any, words: Mapping[type, str]) -> str:
    """What one writes there, e.g. "whole number, 0 to 65535" or "list of text"."""
    if isinstance(hint, type) and hint in words:
        return words[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _limited(kind_of(arguments[0], words), list(_constraints(arguments[1:])))
    if origin is Literal:
        return _one_of(arguments)
    if origin in (Union, UnionType):
        return "; or ".join(dict.fromkeys(kind_of(each, words) for each in arguments))
    if origin in (tuple, list):
        return f"list: {kind_of(arguments[0], words)}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"{kind_of(arguments[0], words)}: {kind_of(arguments[1], words)}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _one_of(member.value for member in hint)
    assert isinstance(hint, type), f"{hint} has no words"
    return "see below"


def written(value: Any) -> str:
    """A default as YAML has it, in code quotes; empty ones are said in words."""
    match value:
        case None | "":
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case Enum():
            return f"`{value.value}`"
        case float():
            return f"`{value:g}`"
        case dict() | tuple() if not value:
            return "empty"
        case tuple():
            return f"`[{', '.join(map(_source, value))}]`"
        case BaseModel():
            return "its defaults"
        case _:
            return f"`{_source(value)}`"


def _one_of(values: Iterable[object]) -> str:
    return " or ".join(f"`{value}`" if value != "" else "nothing" for value in values)


def _source(value: object) -> str:
    """An expression is shown as its author wrote it."""
    return str(getattr(value, "source", value))


def _defaults(cls: type) -> Iterator[tuple[str, str | None]]:
    if issubclass(cls, BaseModel):
        for name, model_field in cls.model_fields.items():
            if model_field.is_required():
                yield name, None
            else:
                yield name, written(model_field.get_default(call_default_factory=True))
        return
    assert is_dataclass(cls)
    for each in fields(cls):
        if each.default is not MISSING:
            yield each.name, written(each.default)
        elif each.default_factory is not MISSING:
            yield each.name, written(each.default_factory())
        else:
            yield each.name, None


def _constraints(metadata: tuple[Any, ...]) -> Iterator[BaseMetadata]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from _constraints(tuple(each.metadata))
        elif isinstance(each, BaseMetadata):
            yield each


def _limited(kind: str, limits: list[BaseMetadata]) -> str:
    low = high = ""
    for limit in limits:
        match limit:
            case Ge(ge=value):
                low = f"{value}"
            case Gt(gt=value):
                low = f"more than {value}"
            case Le(le=value):
                high = f"{value}"
            case Lt(lt=value):
                high = f"less than {value}"
            case MinLen(min_length=value):
                kind += f", at least {value}"
            case MaxLen():
                pass  # bounds for malice, not for authors
    if low and high:
        return f"{kind}, {low}{', up to' if low.startswith('more') else ' to'} {high}"
    if low:
        return f"{kind}, {low}" if low.startswith("more") else f"{kind}, from {low}"
    return f"{kind}, up to {high}" if high else kind


@cache
def _written_in(owner: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except OSError:  # made by a program: nobody wrote it
        return {}
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for field, below in pairwise(body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = one_line(text)
    return found
