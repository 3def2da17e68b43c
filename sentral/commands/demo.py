"""Place real calls through the demo centre and print what happened."""

import asyncio
from pathlib import Path

import click

from sentral.configuration import config_option, configured


@click.command("demo")
@config_option
def command(config: Path | None) -> None:
    """Play callers and agents with real SIP and sound: half a minute, on this machine only.

    They call the centre that runs here; if there is none, one is started in this folder and
    stopped again. Exit code 1 if anything was not as it should be.
    """
    from config.settings import sample
    from sentral.demo.play import play
    from sentral.demo.stage import console

    settings = configured(config)
    asyncio.run(play(settings, config or sample("demo"), console()))
