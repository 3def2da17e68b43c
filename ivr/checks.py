"""What must hold between the nodes of flows: every name exists, every path comes to an end."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ivr.advice import advise
from ivr.entering import Entering
from ivr.expressions import Evaluated
from ivr.grammar.rules import grammars, rules_for
from ivr.mistakes import Mistake, Mistakes, suggestion
from ivr.names import (
    END,
    DatabaseName,
    FlowName,
    LanguageTag,
    MailboxName,
    MusicName,
    Name,
    NodeName,
    PromptName,
    QueueName,
    VariableName,
)
from ivr.node import Node
from ivr.paths import closure, graph_of, silent_circles, unable_to_end
from ivr.spoken import Part
from ivr.uncaught import uncaught_entries
from ivr.variables import GIVEN
from ivr.yaml_lines import Document, Place


@dataclass(frozen=True, slots=True)
class Draft:
    """A flow's file as understood so far.

    Attributes:
        languages: those that are right, in the order written.
        entries: "start", "on_hangup", "on_error" and "operator", as far as given, each with its
            node.
        node_names: all that are written.
        nodes: those that are right in themselves.
        complete: nothing was wrong, so what follows from all nodes together can be judged.
    """

    name: str
    file: str
    version: str
    description: str
    languages: tuple[str, ...]
    entries: Mapping[str, str]
    node_names: frozenset[str]
    nodes: Mapping[str, Node]
    document: Document
    complete: bool
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What flows may refer to, and what refers to them.

    Attributes:
        music: None leaves its names unchecked.
        parameters: by flow.
        beside_waits: flows that run while a caller waits in a queue.
        leads: whether a number leads anywhere, for one caller or another; None leaves numbers
            unchecked.
        agents: None leaves them unchecked.
    """

    prompts: Callable[[str], Collection[str]]
    queues: frozenset[str]
    flows: frozenset[str]
    music: frozenset[str] | None = None
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    beside_waits: frozenset[str] = frozenset()
    databases: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()
    leads: Callable[[str], bool] | None = None
    agents: frozenset[str] | None = None


def check(drafts: Sequence[Draft], known: Known, found: list[Mistake]) -> list[Mistake]:
    """Add to `found` what is wrong between nodes, files, prompts and queues; return warnings."""
    warnings: list[Mistake] = []
    settable = GIVEN.union(*(_set_by(draft) for draft in drafts))
    languages = {language for draft in drafts for language in (*draft.languages, *_own(draft))}
    secret = frozenset(
        name for draft in drafts for node in draft.nodes.values() if (name := node.secret())
    )
    playable = {language: frozenset(known.prompts(language)) for language in sorted(languages)}
    for draft in drafts:
        checking = _Checking(draft, known, settable, playable)
        checking.entries()
        checking.nodes()
        checking.secrets(secret)
        checking.places(waiting=draft.name in known.beside_waits)
        if draft.complete and not checking.found:
            checking.paths()
            warnings += checking.advice()
        found.extend(checking.found)
    return sorted([*warnings, *_uncaught(drafts, known.beside_waits)])


def _uncaught(drafts: Sequence[Draft], beside: Collection[str]) -> list[Mistake]:
    """Warnings; who waits beside a flow that fails waits on, so that nobody need catch it."""
    flows = {draft.name: draft.nodes for draft in drafts}
    catching = {draft.name for draft in drafts if "on_error" in draft.entries}.union(beside)
    said = {draft.name: Mistakes(draft.file, draft.document) for draft in drafts}
    for name, node, entered in uncaught_entries(flows, catching):
        text = f"when a node of '{entered}' fails, the call ends without a word: give `on_error` to"
        said[name].add(("nodes", node), f"{text} '{entered}', to this node, or to this flow")
    return [warning for mistakes in said.values() for warning in mistakes.found]


def _set_by(draft: Draft) -> frozenset[str]:
    names = (name for node in draft.nodes.values() for _, name in node.names())
    set_here = (str(name) for name in names if isinstance(name, VariableName))
    return frozenset((*set_here, *draft.parameters))


def _own(draft: Draft) -> frozenset[str]:
    """Languages that single prompts have as their own."""
    names = (name for node in draft.nodes.values() for _, name in node.names())
    return frozenset(n.language for n in names if isinstance(n, PromptName) and n.language)


def beside_waits(drafts: Sequence[Draft]) -> frozenset[str]:
    """Flows that run while a caller waits in a queue, those that they enter included."""
    enters = {
        draft.name: {str(node.flow) for node in draft.nodes.values() if isinstance(node, Entering)}
        for draft in drafts
    }
    nodes = (node for draft in drafts for node in draft.nodes.values())
    return frozenset(closure({flow for node in nodes if (flow := node.beside())}, enters))


class _Checking:
    def __init__(
        self,
        draft: Draft,
        known: Known,
        settable: frozenset[str],
        playable: Mapping[str, frozenset[str]],
    ) -> None:
        self._draft = draft
        self._known = known
        self._settable = settable
        self._playable = playable
        self._mistakes = Mistakes(draft.file, draft.document)

    @property
    def found(self) -> list[Mistake]:
        return self._mistakes.found

    def entries(self) -> None:
        if str(END) in self._draft.node_names:
            text = "'end' is the word that ends a flow; give the node another name"
            self._mistakes.add(("nodes", str(END)), text)
        for entry, name in self._draft.entries.items():
            self._target((entry,), name)

    def secrets(self, secret: frozenset[str]) -> None:
        """What was keyed in secretly is used where it stays secret."""
        for node_name, node in self._draft.nodes.items():
            for place, name in node.names():
                if not isinstance(name, Evaluated) or place[0] in node.secret_places:
                    continue
                for variable in sorted(name.names & secret):
                    text = f"'{variable}' is secret: use it in the body of `http` or in `branch`"
                    self._mistakes.add(("nodes", node_name, *place), text)

    def nodes(self) -> None:
        for node_name, node in self._draft.nodes.items():
            for place, text in node.hidden():
                self._mistakes.add(("nodes", node_name, *place), text)
            if isinstance(node, Entering):
                self._parameters(("nodes", node_name, "parameters"), node)
            for place, name in node.names():
                self._name(("nodes", node_name, *place), name)
            self._reached(("nodes", node_name), node)

    def _reached(self, at: Place, node: Node) -> None:
        """That whoever is dialled for every call is there at all."""
        leads, agents = self._known.leads, self._known.agents
        for place, number in node.dials():
            if leads is not None and not leads(number):
                text = f"'{number}' leads nowhere: no entry of `numbers:` leads to anything by it"
                self._mistakes.add((*at, *place), text)
        for place, agent in node.rings():
            if agents is not None and agent not in agents:
                self._unknown((*at, *place), "agent", agent, agents)

    def places(self, *, waiting: bool) -> None:
        """Nodes that stand beside a wait in a queue and must not, or the other way round."""
        for name, node in self._draft.nodes.items():
            kind = getattr(node, "kind", "")
            if waiting and not node.fits_waiting:
                text = f"no `{kind}` while the caller waits; use leave_queue and do it afterwards"
                self._mistakes.add(("nodes", name), text)
            elif node.needs_waiting and not waiting:
                text = f"`{kind}` is for flows that a queue node's `waiting:` names"
                self._mistakes.add(("nodes", name), text)

    def _name(self, place: Place, name: Name | Evaluated | Part) -> None:
        match name:
            case NodeName():
                self._target(place, name)
            case MusicName():
                if self._known.music is not None and name not in self._known.music:
                    self._unknown(place, "music", name, self._known.music)
            case PromptName():
                self._prompt(place, name)
            case QueueName() if name not in self._known.queues:
                self._unknown(place, "queue", name, self._known.queues)
            case DatabaseName() if name not in self._known.databases:
                self._unknown(place, "database", name, self._known.databases)
            case MailboxName() if name not in self._known.mailboxes:
                self._unknown(place, "mailbox", name, self._known.mailboxes)
            case FlowName() if name not in self._known.flows:
                self._unknown(place, "flow", name, self._known.flows)
            case LanguageTag() if name not in self._draft.languages:
                self._unknown(place, "language of this flow", name, self._draft.languages)
            case VariableName() if name in GIVEN:
                self._mistakes.add(place, f"'{name}' belongs to the call; choose another name")
            case Part():
                self._part(place, name)
            case Evaluated():
                for variable in sorted(name.names - self._settable):
                    self._unknown(place, "variable", variable, self._settable)

    def _parameters(self, place: Place, node: Entering) -> None:
        wanted = self._known.parameters.get(str(node.flow), ())
        given = [str(name) for name in node.parameters]
        for name in given:
            if name not in wanted:
                text = f"flow '{node.flow}' has no parameter '{name}'{suggestion(name, wanted)}"
                self._mistakes.add((*place, name), text)
        for name in wanted:
            if name not in given:
                self._mistakes.add(place, f"flow '{node.flow}' wants the parameter '{name}'")

    def _target(self, place: Place, name: str) -> None:
        if name != END and name not in self._draft.node_names:
            self._unknown(place, "node", name, self._draft.node_names | {str(END)})

    def _prompt(self, place: Place, name: PromptName) -> None:
        languages = (name.language,) if name.language else self._draft.languages
        missing = [tag for tag in languages if name.text not in self._playable[tag]]
        if not missing:
            return
        text = (
            f"prompt '{name.text}' of node '{place[1]}' in flow '{self._draft.name}'"
            f" does not exist in {', '.join(missing)}"
        )
        if len(missing) == len(languages):
            text += suggestion(name.text, self._playable[languages[0]])
        self._mistakes.add(place, text)

    def _part(self, place: Place, part: Part) -> None:
        if part.text is not None:
            return  # the speech engine knows how
        for language in self._draft.languages:
            if rules_for(language) is None:
                text = f"there are no rules to say a {part.kind} in {language}"
                self._mistakes.add(place, f"{text}; known are {', '.join(grammars())}")
                continue
            missing = [
                name for name in part.sampled(language) if name not in self._playable[language]
            ]
            if missing:
                text = f"prompts that say a {part.kind} are missing in {language}: {missing[0]} …"
                self._mistakes.add(place, text)

    def _unknown(self, place: Place, what: str, name: str, known: Collection[str]) -> None:
        self._mistakes.add(place, f"there is no {what} '{name}'{suggestion(name, known)}")

    def paths(self) -> None:
        """Nodes that nothing leads to, from which the flow cannot end, or which run in circles."""
        nodes = self._draft.nodes
        leads_to = graph_of(nodes)
        reached = closure(set(self._draft.entries.values()), leads_to)
        stuck = unable_to_end(nodes, leads_to)
        for name in nodes:
            if name not in reached:
                text = "no node leads here; remove it, or name it where it should follow"
                self._mistakes.add(("nodes", name), text)
            elif name in stuck:
                text = "a dead end: from here the flow can never end; lead somewhere to `end`"
                self._mistakes.add(("nodes", name), text)
        for circle in silent_circles(nodes):
            if not stuck.intersection(circle):
                way = " → ".join([*circle, circle[0]])
                text = f"an endless loop: a caller who presses nothing goes round {way} for ever"
                self._mistakes.add(("nodes", circle[0]), text)

    def advice(self) -> list[Mistake]:
        """Warnings, for a flow that is right."""
        warnings = Mistakes(self._draft.file, self._draft.document)
        advise(self._draft.entries["start"], self._draft.nodes, warnings)
        return warnings.found
