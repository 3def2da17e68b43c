"""Speak the prompts that have a text and no recording."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse

if TYPE_CHECKING:
    from config.settings import Settings
    from media.prompts import OnProgress


@click.group("prompts")
def command() -> None:
    """What callers hear: recorded files first, espeak-ng for the rest."""


@command.command("render")
@config_option
@click.option("--engine", type=click.Choice(["any", "wheel", "program"]), default="any")
def render_prompts(config: Path | None, engine: str) -> None:
    """Speak each text that has no up-to-date file yet, in every language of the configuration."""
    from media.errors import MediaError
    from media.music import render_music
    from media.prompts import render
    from sentral.prompt_book import music_path

    settings = configured(config)
    folder = Path(settings.calls.rendered_prompts)
    try:
        with _progress() as on_progress:
            spoken = render(_texts(settings), folder, engine=engine, on_progress=on_progress)
        if settings.calls.music:
            render_music(music_path(settings.calls))
    except (MediaError, OSError) as error:
        raise Failure(f"the prompts cannot be spoken\n{error}") from error
    click.echo(f"{spoken} prompts spoken into {folder}" if spoken else "All prompts are there.")


def _texts(settings: "Settings") -> dict[str, dict[str, str]]:
    from ivr.loader import FlowErrors
    from ivr.prompt_texts import read_prompt_texts

    try:
        texts = read_prompt_texts(settings.prompts_folder())
    except FlowErrors as error:
        raise Misuse(f"the prompts' texts cannot be used\n{error}") from error
    wanted = {str(language) for language in settings.languages}
    return {language: dict(said) for language, said in texts.items() if language in wanted}


@contextmanager
def _progress() -> "Iterator[OnProgress]":
    """A bar on a terminal; nothing where there is none."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("prompts", total=None)

        def on_progress(done: int, total: int, name: str) -> None:
            bar.update(task, description=name, completed=done, total=total)

        yield on_progress
