"""The flows that a command line names, read with the queues and prompts of a configuration."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path

from config.settings import Settings
from ivr.flow import Flow, Flows
from ivr.loader import FlowErrors, is_flow_file, load_flows
from ivr.prompt_texts import read_prompt_texts
from sentral.failures import Failure, Misuse
from sentral.prompt_book import library_of, names_of
from sentral.reach import leads_of


@dataclass(frozen=True, slots=True)
class Found:
    """Flows, and where they were.

    Attributes:
        named: the flows asked for; `flows` also holds those that they enter.
    """

    folder: Traversable
    named: tuple[str, ...]
    flows: Flows

    def only(self) -> Flow:
        """Raises Misuse unless exactly one flow was named."""
        if len(self.named) != 1:
            raise Misuse("name one flow's file, not a folder of them")
        return self.flows.current[self.named[0]]


def found_flows(path: Path | None, settings: Settings) -> Found:
    """A file, a folder, or the configuration's own flows when `path` is None.

    Raises:
        Misuse: there is no such file or folder.
        Failure: the flows are wrong; every mistake on a line of its own.
    """
    folder: Traversable = settings.flows_folder()
    named: tuple[str, ...] | None = None
    if path is not None and path.is_dir():
        folder = path
    elif path is not None:
        if not path.is_file() or not is_flow_file(path.name):
            raise Misuse(f"{path} is neither a folder nor a flow's file, *.yaml")
        folder, named = path.parent, (path.stem,)
    try:
        flows = _loaded(folder, named, settings)
    except FlowErrors as error:
        raise Failure(f"the flows cannot be used\n{error}") from error
    return Found(folder, named or tuple(sorted(flows)), flows)


def _loaded(folder: Traversable, named: tuple[str, ...] | None, settings: Settings) -> Flows:
    """A prompt exists when it was recorded, rendered, or has a text that can be rendered."""
    library = library_of(settings)
    texts = texts_of(folder, settings)

    def prompts(language: str) -> Collection[str]:
        return names_of(settings, library, language).union(texts.get(language, {}))

    return load_flows(
        folder,
        prompts=prompts,
        queues=frozenset(settings.queues),
        databases=frozenset(settings.databases),
        mailboxes=settings.mailbox_names(),
        music={settings.calls.music, "music"},
        leads=leads_of(settings),
        agents=settings.agents.keys() or None,
        only=named,
    )


def texts_of(folder: Traversable, settings: Settings) -> Mapping[str, Mapping[str, str]]:
    """Language to name to text: the configuration's prompts, and `prompts/` beside the flows.

    Raises:
        FlowErrors: a file of texts is wrong.
    """
    texts: dict[str, dict[str, str]] = {}
    beside = folder / "prompts"
    for prompts in (settings.prompts_folder(), *([beside] if beside.is_dir() else [])):
        for language, said in read_prompt_texts(prompts).items():
            texts.setdefault(language, {}).update(said)
    return texts
