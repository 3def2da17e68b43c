"""The `sentral` program: each module in `sentral/commands/` is a command, loaded on use."""

import importlib
import pkgutil
import sys
from pathlib import Path

import click

from sentral import commands
from sentral.failures import Failure
from sentral.version import version


class CommandFolder(click.Group):
    """Commands by file name: `sentral/commands/call.py` holds `command`, run as `sentral call`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        found = module.command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Each file's first line says what the command does, so that help imports none of them."""
        rows = [(name, _first_line(name)) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> object:
        """Expected trouble is one line on standard error and an exit code, never a traceback."""
        try:
            return super().invoke(ctx)
        except Failure as failure:
            click.echo(f"sentral: {failure}", err=True)
            ctx.exit(failure.exit_code)


def _first_line(name: str) -> str:
    source = Path(next(iter(commands.__path__))) / f"{name}.py"
    with source.open(encoding="utf-8") as lines:
        return lines.readline().strip().strip('"').rstrip(".")


@click.group(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="sentral")
def program() -> None:
    """Sentral: a contact centre in one process.

    Exit codes: 0 done, 1 failed, 2 usage or configuration.
    """


def main() -> None:
    sys.exit(program(prog_name="sentral"))
