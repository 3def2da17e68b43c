"""The reference part of docs/configuration.md: `python -m config.reference` makes it anew."""

import sys
from collections import abc
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

from config.settings import Settings
from ivr.described import Described, described, one_line
from ivr.names import LanguageTag

PAGE: Final = Path("docs/configuration.md")
MARK: Final = (
    "<!-- From here on this page is made from the program: python -m config.reference -->\n"
)
_MANY: Final[Mapping[Any, str]] = {tuple: ", a list", abc.Mapping: ", each under its name"}
WORDS: Final[Mapping[type, str]] = {LanguageTag: "language tag"}


def reference() -> str:
    """Markdown, from the mark on."""
    return MARK + "".join(f"{line}\n" for line in _lines())


def with_reference(page: str) -> str:
    """A page with everything from the mark on made anew."""
    return page.partition(MARK)[0] + reference()


def _lines() -> Iterator[str]:
    hints = get_type_hints(Settings, include_extras=True)
    at_the_top: list[Described] = []
    yield from ("", "## Reference")
    for each in described(Settings, WORDS):
        if Settings.model_fields[each.name].exclude:
            continue
        section = _section(hints[each.name])
        if section is None:
            at_the_top.append(each)
            continue
        cls, shape = section
        yield from ("", f"### `{each.name}`{shape}", "")
        about = [text for text in (each.says, _about(cls)) if text]
        yield from (*about, "") if about else ()
        yield from _table(described(cls, WORDS))
        yield from _within(each.name, cls)
    yield from ("", "### At the top of the file", "", *_table(at_the_top))


def _within(path: str, cls: type) -> Iterator[str]:
    """The settings of a section that have settings of their own."""
    for name, hint in get_type_hints(cls, include_extras=True).items():
        section = _section(hint)
        if section is not None:
            part, shape = section
            yield from ("", f"#### `{path}.{name}`{shape}", "")
            about = _about(part)
            yield from (about, "") if about else ()
            yield from _table(described(part, WORDS))
            yield from _within(f"{path}.{name}", part)


def _section(hint: Any) -> tuple[type, str] | None:
    """The type that a section is made of, and how many of it there are; None for a plain value."""
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return hint, ""
    arguments = get_args(hint)
    for part in arguments:
        if is_dataclass(part) and isinstance(part, type):
            return part, _MANY.get(get_origin(hint), "")
    return None


def _about(cls: type) -> str:
    """The type's own words, unless it has none but those that dataclasses make."""
    said = one_line(cls.__doc__ or "")
    return "" if said.startswith(f"{cls.__name__}(") else said


def _table(rows: list[Described]) -> Iterator[str]:
    yield from ("| setting | takes | default | meaning |", "|---|---|---|---|")
    for each in rows:
        default = "must be given" if each.default is None else each.default
        yield f"| `{each.name}` | {each.kind} | {default} | {each.says} |"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(with_reference(target.read_text(encoding="utf-8")), encoding="utf-8")
