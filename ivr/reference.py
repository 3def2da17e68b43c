"""The reference part of docs/flows.md, made of the node kinds: `python -m ivr.reference`."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from ivr.asking import Retry
from ivr.described import described, kind_of, one_line
from ivr.expressions import Computed, Condition
from ivr.flow_file import FlowFile
from ivr.kinds import node_kinds
from ivr.names import (
    FlowName,
    LanguageTag,
    MusicName,
    NodeName,
    PromptName,
    QueueName,
    VariableName,
)
from ivr.node import Node
from ivr.nodes.menu import Key

PAGE: Final = Path("docs/flows.md")
MARK: Final = "<!-- From here on this page is made from the program: python -m ivr.reference -->\n"

WORDS: Final[Mapping[type, str]] = {
    Computed: "text with `{{ … }}`",
    Condition: "condition",
    FlowName: "flow",
    LanguageTag: "language",
    MusicName: "music",
    NodeName: "node",
    PromptName: "prompt",
    QueueName: "queue",
    VariableName: "variable",
    Retry: "see `Retry` below",
}


SEVERAL: Final = "list: prompt, at least 1"
"""One may also be written alone; the types do not show it."""

KEYS: Final = kind_of(Key, {})
PLAIN: Final[Mapping[str, str]] = {
    "next": "The node that follows.",
    "prompt": "What is said.",
    "attempts": "How often the question is asked in all.",
}
"""What needs no words in the program."""


def reference() -> str:
    """Markdown, from the mark on."""
    return MARK + "".join(f"{line}\n" for line in _lines())


def with_reference(page: str) -> str:
    """A page with everything from the mark on made anew."""
    return page.partition(MARK)[0] + reference()


def _lines() -> Iterator[str]:
    yield from ("", "## Reference", "", "### The file", "")
    yield from _table(FlowFile, without={"nodes"})
    yield "| `nodes` | node: its fields | required | Every node by its name. |"
    yield from ("", "Every node may have a `note:`, text for people.")
    for name, kind in node_kinds().items():
        module = sys.modules[kind.__module__]
        yield from ("", f"### `{name}`", "")
        yield _sentence(module.__doc__ or "", name)
        if kind.__doc__ and kind.__doc__ != Node.__doc__:
            yield one_line(kind.__doc__)
        yield ""
        yield from _table(kind, without={"kind", "note"})
        for part in _parts(kind):
            yield from ("", f"Each of `{part.__name__.lower()}s`:", "")
            yield from _table(part)
    yield from ("", "### `Retry`: `no_input` and `no_match` of `menu` and `collect`", "")
    yield one_line(Retry.__doc__ or "")
    yield ""
    yield from _table(Retry)


def _parts(kind: type[BaseModel]) -> list[type[BaseModel]]:
    """Models that only this kind uses, declared beside it."""
    beside = vars(sys.modules[kind.__module__]).values()
    return [
        each
        for each in beside
        if isinstance(each, type)
        and issubclass(each, BaseModel)
        and not issubclass(each, Node)
        and each.__module__ == kind.__module__
    ]


def _sentence(module_doc: str, name: str) -> str:
    said = one_line(module_doc.partition("\n\n")[0]).removeprefix(f"{name}:").strip()
    return said[:1].upper() + said[1:]


def _table(cls: type[BaseModel], without: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    yield from ("| field | takes | if left out | meaning |", "|---|---|---|---|")
    for each in described(cls, WORDS):
        if each.name not in without:
            default = "required" if each.default is None else each.default
            kind = each.kind.replace(SEVERAL, "prompt, or a list of them").replace(KEYS, "key")
            says = each.says or PLAIN.get(each.name, "")
            yield f"| `{each.name}` | {kind} | {default} | {says} |"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(with_reference(target.read_text(encoding="utf-8")), encoding="utf-8")
