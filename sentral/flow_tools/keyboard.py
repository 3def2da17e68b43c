"""Play a flow in the terminal: what the caller would hear as text, keys from the keyboard."""

import asyncio
from collections.abc import Mapping, Sequence

import click

from ivr.caller import (
    CallerGone,
    FlowedOut,
    QueueOutcome,
    QueueRequest,
    Served,
    TransferOutcome,
)
from ivr.engine import NodeVisit, run_flow, run_on_hangup
from ivr.flow import Flows
from ivr.names import Text
from ivr.rehearsal.caller import RehearsalCaller, understood
from ivr.rehearsal.clock import run_without_waiting
from ivr.rehearsal.script import Given
from ivr.spoken import Utterable
from ivr.utterances import Utterance

Texts = Mapping[str, Mapping[str, str]]
"""Language to prompt to what it says."""

HELP = "Keys and Enter press them; Enter alone is silence; h hangs up."
_KEYS = frozenset("0123456789*#")


class Keyboard:
    """The person at the terminal plays the caller, and decides how waiting ends."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def hears(self, prompt: Utterable, language: str) -> None:
        if isinstance(prompt, Text):
            click.echo(f"  [{language}]: {prompt}")
            return
        spoken = prompt.language or language
        said = self._texts.get(spoken, {}).get(prompt.text, "♪")
        click.echo(f"  {prompt.text} [{spoken}]: {said}")

    def notices(self, what: str) -> None:
        click.secho(f"  ({what})", dim=True)

    def keys(self, *, at_most: int) -> str | None:
        while True:
            typed = self._line(f"keys, at most {at_most}").strip()
            if not typed:
                return None
            if typed == "h":
                raise CallerGone
            if _KEYS.issuperset(typed):
                return typed
            click.echo(HELP)

    def utterance(self, phrases: Sequence[str]) -> Utterance:
        typed = self._line(f"say or press: {', '.join(phrases) or 'anything'}").strip()
        if typed == "h":
            raise CallerGone
        if len(typed) == 1 and typed in _KEYS:
            return Utterance(keys=typed)
        return understood(typed, phrases) if typed else Utterance()

    def queue_outcome(self, request: QueueRequest) -> QueueOutcome:
        needs = ", ".join(f"{skill} ≥ {level}" for skill, level in request.skills.items())
        click.echo(
            f"  waits in {request.queue} (priority {request.priority}; {needs or 'no skills'})"
        )
        answer = self._line("Enter: an agent talks and hangs up; timeout, full, nobody; h hangs up")
        if answer.strip() == "h":
            raise CallerGone
        return FlowedOut(answer.strip()) if answer.strip() else Served()

    def transfer_outcome(self, target: str) -> TransferOutcome:
        click.echo(f"  is transferred to {target}")
        answer = self._line("Enter: it answers; busy, no_answer, failed").strip()
        return (
            TransferOutcome(answer) if answer in list(TransferOutcome) else TransferOutcome.ANSWERED
        )

    def _line(self, prompt: str) -> str:
        try:
            line: str = click.prompt(f"  ▸ {prompt}", default="", show_default=False)
        except click.Abort:
            raise CallerGone from None
        return line


def play_at_keyboard(flows: Flows, flow: str, given: Given, texts: Texts) -> None:
    """One call, until it is over or the person hangs up."""
    click.echo(HELP)
    run_without_waiting(_play(flows, flow, given, Keyboard(texts)))


async def _play(flows: Flows, flow: str, given: Given, person: Keyboard) -> None:
    caller = RehearsalCaller(given, person, now=asyncio.get_running_loop().time)
    position = flows.start(flow, {})

    def visited(visit: NodeVisit) -> None:
        nonlocal position
        position = visit.position
        trouble = f": {visit.error}" if visit.error else ""
        click.secho(f"{visit.flow}.{visit.node} → {visit.outcome}{trouble}", bold=True)

    try:
        await run_flow(flows, position, caller, on_visit=visited)
    except CallerGone:
        click.echo("  (the caller hung up)")
        await run_on_hangup(flows, position, caller, on_visit=visited)
