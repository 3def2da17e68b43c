"""YAML that remembers its lines, for configuration and flows.

A stricter dialect than PyYAML's, so that files mean what they look like:
- keys are always text, so `1:` and `no:` are the keys "1" and "no";
- only true and false are booleans; numbers with leading zeros, dates and times are text;
- a key given twice is a mistake;
- size, depth and the expansion of aliases are bounded, whatever the file says.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

Place = tuple[str | int, ...]
"""Keys and indexes from the top, e.g. ("nodes", "welcome", "choices", "1")."""

MAX_CHARACTERS: Final = 1_000_000
MAX_VALUES: Final = 100_000
MAX_DEPTH: Final = 32

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}")
_CONSTANTS: Final[Mapping[str, bool | None]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}


class YamlProblems(Exception):
    """The text is no usable YAML. `problems`: (line, what is wrong), lines counted from 1."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"line {line}: {problem}" for line, problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML text as plain values, and the line of each."""

    value: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it that was written."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(text: str) -> Document:
    """Read one YAML document; an empty text is None.

    Raises:
        YamlProblems: with every duplicate key, or the one thing that stopped the reading.
    """
    if len(text) > MAX_CHARACTERS:
        raise YamlProblems([(1, f"longer than {MAX_CHARACTERS} characters; split the file")])
    try:
        # The Python loader: libyaml's recursion is not bounded by Python's limit.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlProblems([(mark.line + 1 if mark else 1, f"not YAML: {said}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlProblems([(line, f"not YAML: {error.reason}")]) from error
    except RecursionError as error:
        raise YamlProblems([(1, f"nested deeper than {MAX_DEPTH} levels")]) from error
    except (ValueError, yaml.YAMLError) as error:
        raise YamlProblems([(1, f"not YAML: {error}")]) from error
    return _Reading().document(root)


class _Reading:
    def __init__(self) -> None:
        self._lines: dict[Place, int] = {}
        self._problems: list[tuple[int, str]] = []
        self._values = 0

    def document(self, root: yaml.Node | None) -> Document:
        if root is None:
            return Document(None, {(): 1})
        value = self._value(root, ())
        if self._problems:
            raise YamlProblems(self._problems)
        self._lines[()] = 1
        return Document(value, self._lines)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self._values += 1
        if self._values > MAX_VALUES:
            raise YamlProblems(
                [(line, f"more than {MAX_VALUES} values, aliases counted as copies")]
            )
        if len(place) > MAX_DEPTH:  # also ends an alias that contains itself
            raise YamlProblems([(line, f"nested deeper than {MAX_DEPTH} levels")])
        self._lines.setdefault(place, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, n)) for n, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for key_node, value_node in self._entries(node):
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in entries:
                first = self._lines[(*place, key)]
                where = ".".join(map(str, (*place, key)))
                self._problems.append((line, f"{where}: given twice, first on line {first}"))
                continue
            self._lines[(*place, key)] = line
            entries[key] = self._value(value_node, (*place, key))
        return entries

    def _entries(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._problems.append((line, "a list or mapping cannot be a key; write a name"))
            elif key_node.tag == "tag:yaml.org,2002:merge":
                self._problems.append((line, "merging with << is not supported; write it out"))
            else:
                yield key_node, value_node


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None:  # quoted or a block: text, whatever it looks like
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
