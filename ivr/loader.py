"""Read a folder of flows. Every mistake in every file is reported at once, with its line."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from importlib.resources.abc import Traversable
from typing import Any, Final

from pydantic import ValidationError

from ivr.asking import HELP_KEY, OPERATOR_KEY
from ivr.checks import Draft, Known, beside_waits, check
from ivr.flow import Flow, Flows
from ivr.flow_file import FlowFile
from ivr.kinds import node_kinds
from ivr.mistakes import Mistake, Mistakes, suggestion
from ivr.names import FlowName
from ivr.node import Node
from ivr.paths import closure
from ivr.placing import Surroundings
from ivr.yaml_lines import Document, Place, YamlProblems, read_yaml

_SUFFIX: Final = ".yaml"
_TESTS: Final = ".test.yaml"
"""Tests of flows stand beside them."""
_ENTRIES: Final = ("start", "on_hangup", "on_error")


class FlowErrors(Exception):
    """The flows cannot be used. The message has one mistake a line, in order of file and line."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        super().__init__("\n".join(map(str, self.mistakes)))


def load_flows(
    folder: Traversable,
    *,
    prompts: Callable[[str], Collection[str]],
    queues: Collection[str],
    databases: Collection[str] = (),
    mailboxes: Collection[str] = (),
    music: Collection[str] | None = None,
    leads: Callable[[str], bool] | None = None,
    agents: Collection[str] | None = None,
    only: Collection[str] | None = None,
) -> Flows:
    """Read and check every `*.yaml` of a folder but `*.test.yaml`, not of the folders in it.

    Args:
        prompts: all names that can be spoken in a language.
        databases: those that nodes may ask.
        mailboxes: those in which messages can be left.
        music: all pieces there are; None leaves them unchecked.
        leads: whether a number leads anywhere; None leaves those of `transfer` unchecked.
        agents: all ids; None leaves them unchecked.
        only: leave aside flows but these and those that they enter; None takes all.

    Raises:
        FlowErrors: all mistakes of all files.
    """
    found: list[Mistake] = []
    drafts: list[Draft] = []
    for file, text in _texts(folder, found):
        draft = read_flow(file, text, found, folder)
        if draft is not None:
            drafts.append(draft)
    beside = beside_waits(drafts)
    names = {draft.name for draft in drafts} | {_stem(mistake.file) for mistake in found}
    if only is not None:
        wanted = _entered_from(only, drafts)
        drafts = [draft for draft in drafts if draft.name in wanted]
        found = [mistake for mistake in found if _stem(mistake.file) in wanted]
    known = Known(
        prompts=prompts,
        queues=frozenset(queues),
        flows=frozenset(names),
        music=None if music is None else frozenset(music),
        parameters={draft.name: draft.parameters for draft in drafts},
        beside_waits=beside,
        databases=frozenset(databases),
        mailboxes=frozenset(mailboxes),
        leads=leads,
        agents=None if agents is None else frozenset(agents),
    )
    warnings = check(drafts, known, found)
    if found:
        raise FlowErrors(found)
    return Flows({draft.name: _flow(draft) for draft in drafts}, warnings=tuple(warnings))


def is_flow_file(name: str) -> bool:
    return name.endswith(_SUFFIX) and not name.endswith(_TESTS)


def _entered_from(names: Collection[str], drafts: Collection[Draft]) -> set[str]:
    enters = {
        draft.name: {
            str(name)
            for node in draft.nodes.values()
            for _, name in node.names()
            if isinstance(name, FlowName)
        }
        for draft in drafts
    }
    return closure(set(names), enters)


def _texts(folder: Traversable, found: list[Mistake]) -> list[tuple[str, str]]:
    """(file, text) of each flow, by name; what cannot be read goes to `found`."""
    try:
        files = sorted(
            (entry for entry in folder.iterdir() if is_flow_file(entry.name)),
            key=lambda entry: entry.name,
        )
    except OSError as error:
        found.append(Mistake(str(folder), 1, "", f"cannot be read: {error.strerror or error}"))
        return []
    texts = []
    for entry in files:
        try:
            texts.append((str(entry), entry.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            found.append(Mistake(str(entry), 1, "", f"cannot be read as UTF-8 text: {error}"))
    if not files:
        found.append(Mistake(str(folder), 1, "", f"holds no flows; put *{_SUFFIX} files there"))
    return texts


def read_flow(file: str, text: str, found: list[Mistake], folder: Traversable) -> Draft | None:
    """One file as far as it can be understood; its mistakes go to `found`.

    `folder`: where files stand that its nodes name.
    """
    try:
        document = read_yaml(text)
    except YamlProblems as error:
        found.extend(Mistake(file, line, "", problem) for line, problem in error.problems)
        return None
    mistakes = Mistakes(file, document)
    content = hashlib.sha256(text.encode())
    try:
        if not isinstance(document.value, dict):
            mistakes.add((), "a flow is a mapping with `languages:`, `start:` and `nodes:`")
            return None
        top, wrong = _top(document, mistakes)
        nodes = _nodes(document.value.get("nodes"), mistakes)
        operator = top.operator if top else None
        nodes = _placed(nodes, top, folder, mistakes, content.update)
    finally:
        found.extend(mistakes.found)
    right = {field: value for field, value in document.value.items() if field not in wrong}
    written = document.value.get("nodes")
    entries = {field: right[field] for field in _ENTRIES if right.get(field) is not None}
    return Draft(
        name=_stem(file),
        file=file,
        version=content.hexdigest()[:12],
        description=str(right.get("description", "")),
        languages=tuple(right.get("languages", ())),
        entries=entries | ({"operator": str(operator.then)} if operator else {}),
        parameters=top.parameters if top else (),
        node_names=frozenset(written if isinstance(written, dict) else ()),
        nodes=nodes,
        document=document,
        complete=not mistakes.found,
    )


def _top(document: Document, mistakes: Mistakes) -> tuple[FlowFile | None, set[str]]:
    """The top level if it is right, and the fields that cannot be relied upon."""
    try:
        return FlowFile.model_validate(document.value), set()
    except ValidationError as error:
        mistakes.add_invalid(error, FlowFile, (), document.value)
        return None, {str(details["loc"][0]) for details in error.errors() if details["loc"]}


def _placed(
    nodes: Mapping[str, Node],
    top: FlowFile | None,
    folder: Traversable,
    mistakes: Mistakes,
    used: Callable[[bytes], None],
) -> dict[str, Node]:
    """The nodes with what they take from their flow and from files beside it."""
    operator = top.operator if top else None
    there = operator is not None and str(operator.then) in nodes  # if not, that is told once
    placed = {}
    for name, node in nodes.items():

        def mistake(place: Place, text: str, name: str = name) -> None:
            mistakes.add(("nodes", name, *place), text)

        around = Surroundings(
            folder=folder,
            operator=operator.then if operator and there else None,
            operator_key=operator.key if operator else OPERATOR_KEY,
            help_key=top.help_key if top else HELP_KEY,
            mistake=mistake,
            used=used,
        )
        placed[name] = node.placed(around)
    return placed


def _nodes(written: Any, mistakes: Mistakes) -> dict[str, Node]:
    """The nodes that are right in themselves."""
    nodes: dict[str, Node] = {}
    if not isinstance(written, dict):
        return nodes
    for name, fields in written.items():
        if isinstance(fields, dict):
            node = _node(name, fields, mistakes)
            if node is not None:
                nodes[name] = node
    return nodes


def _node(name: str, fields: Mapping[str, Any], mistakes: Mistakes) -> Node | None:
    kinds, kind = node_kinds(), fields.get("kind")
    if "kind" not in fields:
        mistakes.add(("nodes", name), f"no `kind:`; write one of {', '.join(kinds)}")
        return None
    if not isinstance(kind, str) or kind not in kinds:
        text = f"unknown kind of node '{str(kind)[:40]}'{suggestion(str(kind)[:40], kinds)}"
        mistakes.add(("nodes", name, "kind"), text)
        return None
    try:
        return kinds[kind].model_validate(fields)
    except ValidationError as error:
        mistakes.add_invalid(error, kinds[kind], ("nodes", name), fields)
        return None


def _flow(draft: Draft) -> Flow:
    return Flow(
        name=draft.name,
        version=draft.version,
        languages=draft.languages,
        start=draft.entries["start"],
        nodes=draft.nodes,
        on_hangup=draft.entries.get("on_hangup"),
        on_error=draft.entries.get("on_error"),
        description=draft.description,
        file=draft.file,
    )


def _stem(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(_SUFFIX)
