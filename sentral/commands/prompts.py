"""Speak the prompts that have a text and no recording; list them, and look for bad ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sentral.configuration import config_option, configured
from sentral.failures import Failure, Misuse
from sentral.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from config.settings import Settings
    from media.prompts import OnProgress
    from sentral.prompt_survey import Surveyed


@click.group("prompts")
def command() -> None:
    """What callers hear: recorded files first, espeak-ng for the rest."""


@command.command("render")
@config_option
@click.option(
    "--engine",
    help="espeak-ng as wheel, program or any; or one plugged in, such as piper or http.",
)
def render_prompts(config: Path | None, engine: str | None) -> None:
    """Speak each text that has no up-to-date file yet, in every language of the configuration."""
    from media.errors import MediaError
    from media.music import render_music
    from media.prompts import render
    from sentral.prompt_book import music_path

    settings = configured(config)
    folder = Path(settings.calls.rendered_prompts)
    try:
        with _progress() as on_progress:
            chosen = engine or settings.calls.speech_engine
            spoken = render(
                _texts(settings),
                folder,
                engine=chosen,
                rate_hz=settings.media.speech_rate_hz,
                on_progress=on_progress,
            )
        if settings.calls.music:
            render_music(music_path(settings.calls))
    except (MediaError, OSError) as error:
        raise Failure(f"the prompts cannot be spoken\n{error}") from error
    click.echo(f"{spoken} prompts spoken into {folder}" if spoken else "All prompts are there.")


@command.command("list")
@config_option
@json_option
@click.option("--language", help="Only this one.")
@click.option("--missing", is_flag=True, help="Only those that cannot be played.")
def list_prompts(config: Path | None, as_json: bool, language: str | None, missing: bool) -> None:
    """Show every prompt: where its sound comes from, how long and how loud it is."""
    surveyed = [
        prompt
        for prompt in _surveyed(config)
        if language in (None, prompt.language) and (prompt.path is None or not missing)
    ]
    if as_json:
        print_json([prompt.to_json() for prompt in surveyed])
        return
    print_table(
        ["language", "prompt", "source", ">seconds", ">loudness dB", ">peak dB", "text"],
        [
            (prompt.language, prompt.name, prompt.source, *_figures(prompt), prompt.text[:60])
            for prompt in surveyed
        ],
        empty="There are no prompts.",
    )


@command.command("check")
@config_option
@json_option
def check_prompts(config: Path | None, as_json: bool) -> None:
    """Find prompts that are missing, clipped, too loud or too quiet, silent, or badly cut.

    Exits with 1 when there is any.
    """
    found = [
        {"language": prompt.language, "prompt": prompt.name, "problem": problem}
        for prompt in _surveyed(config)
        for problem in prompt.problems
    ]
    if as_json:
        print_json(found)
    else:
        for each in found:
            click.echo(f"{each['language']}/{each['prompt']}: {each['problem']}")
    if found:
        raise Failure(f"{len(found)} problems with prompts")
    if not as_json:
        click.echo("All prompts are there and sound alike.")


def _surveyed(config: Path | None) -> "list[Surveyed]":
    from sentral.prompt_book import library_of
    from sentral.prompt_survey import survey

    settings = configured(config)
    return list(survey(_texts(settings), library_of(settings)))


def _figures(prompt: "Surveyed") -> tuple[str, str, str]:
    levels = prompt.levels
    if levels is None:
        return "", "", ""
    loudness = "silent" if levels.loudness_db is None else f"{levels.loudness_db:.1f}"
    return f"{levels.duration_s:.1f}", loudness, f"{levels.peak_db:.1f}"


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
