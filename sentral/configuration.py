"""The configuration that a command works with: `--config FILE`, else the demo's."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sentral.failures import Misuse

if TYPE_CHECKING:
    from config.settings import Settings

VARIABLE: Final = "SENTRAL_CONFIG"

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=VARIABLE,
    default=None,
    metavar="FILE",
    help=f"Configuration; without it ${VARIABLE}, else the demo centre's.",
)


def configured(path: Path | None) -> "Settings":
    """Read it.

    Raises:
        Misuse: all its problems, one a line.
    """
    from config.loader import ConfigError

    try:
        return read_again(path)
    except ConfigError as error:
        raise Misuse(f"the configuration cannot be used\n{error}") from error


def read_again(path: Path | None) -> "Settings":
    """The same for a centre that runs. Raises ConfigError."""
    from config.loader import load_settings
    from config.settings import sample

    return load_settings(path or sample("demo"), os.environ)
