"""Conditions and computed values of flows, in Jinja2's sandbox, on the call's variables.

A `Condition` is a bare expression (`when: customer.vip and tries < 3`). A `Computed` value is plain
text or holds `{{ … }}`; when it is nothing but one `{{ … }}`, it keeps the type of its value.
There are no loops, no calls but a few of text, and no operator that grows a value faster than its
source is long, so evaluating costs microseconds whatever an author writes.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from jinja2 import ChainableUndefined, Undefined, meta
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MAX_SOURCE: Final = 500
"""Characters of one expression or text."""

MAX_VALUE: Final = 4096
"""Characters of a value's text."""

_ONE_EXPRESSION: Final = re.compile(r"\s*\{\{(?P<source>(?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)
_PART: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TEXT_METHODS: Final = frozenset({"startswith", "endswith", "upper", "lower", "strip", "isdigit"})
_FILTERS: Final = frozenset(
    {"abs", "default", "d", "first", "float", "int", "last", "length", "count"}
    | {"lower", "upper", "round", "string", "trim", "title", "capitalize"}
)
_LARGEST: Final = 2**63


class ExpressionError(Exception):
    """An expression could not be evaluated with the variables that the call has."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source = source
        self.problem = problem


class _Sandbox(ImmutableSandboxedEnvironment):
    """Narrower than Jinja2's own: data is looked up, never executed, and never multiplied."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=ChainableUndefined, autoescape=False, cache_size=0)
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in _FILTERS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Mapping):
            return obj.get(attribute, self.undefined(obj=obj, name=attribute))
        if isinstance(obj, str) and attribute in _TEXT_METHODS:
            return getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mapping) and isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, (list, tuple, str)) and isinstance(argument, (int, slice)):
            try:
                return obj[argument]
            except (IndexError, ValueError):
                return self.undefined(obj=obj, name=str(argument))
        return self.undefined(obj=obj, name=str(argument)[:MAX_SOURCE])

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(side, (int, float)) for side in (left, right)):
            raise SecurityError(f"{operator} is for numbers")
        if operator == "**" or max(abs(left), abs(right)) > _LARGEST:
            raise SecurityError(f"{operator} makes numbers too large")
        return super().call_binop(context, operator, left, right)


_SANDBOX: Final = _Sandbox()


def _compiled(source: str) -> Callable[..., Any]:
    """Raises PydanticCustomError, whose text says what is wrong."""
    if len(source) > MAX_SOURCE:
        raise _broken(source[:40] + "…", f"longer than {MAX_SOURCE} characters")
    if not source.strip():
        raise _broken(source, "it is empty")
    try:
        return _SANDBOX.compile_expression(source, undefined_to_none=False)
    except Exception as error:  # Jinja2, the Python compiler and the recursion limit all may object
        raise _broken(source, str(error) or type(error).__name__) from error


def _broken(source: str, problem: str) -> PydanticCustomError:
    return PydanticCustomError(
        "expression",
        "the expression '{source}' cannot be used: {problem}",
        {"source": source, "problem": problem},
    )


def _names(source: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_SANDBOX.parse("{{ (" + source + ") }}")))


class Evaluated:
    """What `Condition` and `Computed` share: a source, and the names of variables that it reads.

    Frozen by convention: nothing is set after `__init__`.
    """

    __slots__ = ("_values", "names", "source")

    def __init__(self, source: str) -> None:
        """Raises PydanticCustomError when the source cannot be used."""
        self.source = source
        self._values: tuple[str | Callable[..., Any], ...] = self._parts(source)
        self.names: frozenset[str] = frozenset[str]().union(
            *(_names(text) for text in self._expressions(source))
        )

    @classmethod
    def _expressions(cls, source: str) -> list[str]:
        return [source]

    def _parts(self, source: str) -> tuple[str | Callable[..., Any], ...]:
        return tuple(_compiled(text) for text in self._expressions(source))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def _evaluate(self, part: Callable[..., Any], variables: Mapping[str, Any]) -> Any:
        try:
            value = part(variables)
        except Exception as error:  # an author's expression may fail in any way that Python knows
            raise ExpressionError(self.source, str(error) or type(error).__name__) from error
        return None if isinstance(value, Undefined) else value

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.str_schema()
        return core_schema.no_info_after_validator_function(cls._from_text, text)

    @classmethod
    def _from_text(cls, text: str) -> Self:
        return cls(text)


class Condition(Evaluated):
    """A bare expression that is true or false."""

    __slots__ = ()

    @classmethod
    def _from_text(cls, text: str) -> Self:
        if "{{" in text:
            raise _broken(text, "a condition is written without {{ }}")
        return cls(text)

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Raises ExpressionError."""
        part = self._values[0]
        assert not isinstance(part, str)
        return bool(self._evaluate(part, variables))


class Computed(Evaluated):
    """Text, with `{{ … }}` where something of the call belongs."""

    __slots__ = ()

    @classmethod
    def _expressions(cls, source: str) -> list[str]:
        return _PART.findall(source)

    def _parts(self, source: str) -> tuple[str | Callable[..., Any], ...]:
        if len(source) > MAX_SOURCE:
            raise _broken(source[:40] + "…", f"longer than {MAX_SOURCE} characters")
        pieces = _PART.split(source)  # text and expressions in turn
        pieces[1::2] = [piece.strip() for piece in pieces[1::2]]
        if any("{{" in piece or "}}" in piece for piece in pieces):
            raise _broken(source, "every {{ needs its }}")
        if _ONE_EXPRESSION.fullmatch(source):
            return (_compiled(pieces[1]),)
        return tuple(
            _compiled(piece) if n % 2 else piece for n, piece in enumerate(pieces) if n % 2 or piece
        )

    @property
    def is_plain(self) -> bool:
        """Whether it is the same for every call."""
        return not self._expressions(self.source)

    def value(self, variables: Mapping[str, Any]) -> Any:
        """A JSON value; text unless it is nothing but one `{{ … }}`.

        Raises:
            ExpressionError: it cannot be evaluated, or its value is no JSON or too large.
        """
        if len(self._values) == 1 and not isinstance(self._values[0], str):
            return self._small(self._evaluate(self._values[0], variables))
        shown = (
            part if isinstance(part, str) else _shown(self._evaluate(part, variables))
            for part in self._values
        )
        return self._small("".join(shown))

    def filled(self, variables: Mapping[str, Any], quoted: Callable[[str], str]) -> str:
        """Its plain text as it is, with each computed value `quoted`. Raises as `value`."""
        shown = (
            part if isinstance(part, str) else quoted(_shown(self._evaluate(part, variables)))
            for part in self._values
        )
        return str(self._small("".join(shown)))

    def text(self, variables: Mapping[str, Any]) -> str:
        """The value as text, without space around it; nothing is no text. Raises as `value`."""
        return _shown(self.value(variables)).strip()

    def _small(self, value: Any) -> Any:
        if not _is_json(value, depth=4):
            raise ExpressionError(
                self.source, f"its value is no plain data: {type(value).__name__}"
            )
        if isinstance(value, (list, tuple, dict, str)) and len(repr(value)) > MAX_VALUE:
            raise ExpressionError(self.source, f"its value is longer than {MAX_VALUE} characters")
        return list(value) if isinstance(value, tuple) else value


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _is_json(value: Any, depth: int) -> bool:
    if value is None or isinstance(value, (str, bool, int)):
        return True
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")  # JSON has neither NaN nor infinity
    if not depth:
        return False
    if isinstance(value, dict):
        return all(
            isinstance(key, str) and _is_json(item, depth - 1) for key, item in value.items()
        )
    return isinstance(value, (list, tuple)) and all(_is_json(item, depth - 1) for item in value)
