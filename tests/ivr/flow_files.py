"""Flows written into a test, loaded by the real loader."""

from collections.abc import Callable, Collection
from pathlib import Path

from ivr.flow import Flows
from ivr.loader import FlowErrors, load_flows

PROMPTS = {"en": {"hello", "menu", "bye", "sorry"}, "es": {"hello", "menu", "bye"}}
QUEUES = {"billing", "sales"}


def load(
    folder: Path,
    /,
    *,
    only: Collection[str] | None = None,
    music: Collection[str] | None = None,
    databases: Collection[str] = (),
    mailboxes: Collection[str] = (),
    leads: Callable[[str], bool] | None = None,
    agents: Collection[str] | None = None,
    **texts: str,
) -> Flows:
    """Write each text as a flow of that name, and load them all."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_flows(
        folder,
        prompts=lambda language: PROMPTS.get(language, set()),
        queues=QUEUES,
        only=only,
        music=music,
        databases=databases,
        mailboxes=mailboxes,
        leads=leads,
        agents=agents,
    )


def mistakes(
    folder: Path,
    /,
    *,
    databases: Collection[str] = (),
    mailboxes: Collection[str] = (),
    leads: Callable[[str], bool] | None = None,
    agents: Collection[str] | None = None,
    **texts: str,
) -> list[str]:
    """What the loader says about these flows, without the folder's name."""
    try:
        load(
            folder,
            databases=databases,
            mailboxes=mailboxes,
            leads=leads,
            agents=agents,
            **texts,
        )
    except FlowErrors as error:
        return [line.removeprefix(f"{folder}/") for line in str(error).splitlines()]
    return []
