"""Runs `sentral …` as a person would, against an HTTP side that the test owns."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sentral.main import program
from tests.web.serving import House, served

WIDE = {"COLUMNS": "160"}


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner(env=WIDE).invoke(program, arguments, input=typed, prog_name="sentral")


def configuration(folder: Path, **sections: Any) -> Path:
    """A file with these sections; JSON is YAML too."""
    path = folder / "sentral.yaml"
    path.write_text(json.dumps(sections))
    return path


@dataclass
class Terminal:
    """A command line beside a running centre."""

    config: Path

    async def run(self, *arguments: str, typed: str | None = None) -> Result:
        whole = (*arguments, "--config", str(self.config))
        return await asyncio.to_thread(run, *whole, typed=typed)

    async def json(self, *arguments: str) -> Any:
        result = await self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@asynccontextmanager
async def beside(house: House, folder: Path) -> AsyncIterator[Terminal]:
    async with served(house, folder) as web:
        where = {"port": web.server.port, "token_file": str(web.token_file)}
        yield Terminal(configuration(folder, web=where))
