"""The centre that the demo plays in: one that serves already, or one of its own."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from config.settings import Settings
from sentral.client import EVERYWHERE, Client
from sentral.demo.cast import AGENTS
from sentral.failures import Failure, Misuse
from sip.address import Address

START_LIMIT_S: Final = 60.0
STOP_LIMIT_S: Final = 20.0
ASK_AGAIN_S: Final = 0.1
SHOWN_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class RunningCentre:
    """`own`: it was started for the demo and ends with it."""

    settings: Settings
    client: Client
    own: bool

    @property
    def sip(self) -> Address:
        listen = self.settings.sip.listen
        return Address("UDP", EVERYWHERE.get(listen, listen), self.settings.sip.port)

    @property
    def url(self) -> str:
        listen = self.settings.web.listen
        return f"http://{EVERYWHERE.get(listen, listen)}:{self.settings.web.port}"

    def token(self) -> str:
        """Raises Failure."""
        path = Path(self.settings.web.token_file)
        try:
            return path.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise Failure(f"the API's token cannot be read from {path}: {error}") from error

    async def get(self, path: str, **query: object) -> Any:
        """JSON of the API. Raises Failure."""
        return await asyncio.to_thread(self.client.get, path, **query)

    async def post(self, path: str) -> Any:
        return await asyncio.to_thread(self.client.post, path)

    async def text(self, path: str, **query: object) -> str:
        return await asyncio.to_thread(self.client.text, path, **query)


@asynccontextmanager
async def running_centre(settings: Settings, config: Path) -> AsyncIterator[RunningCentre]:
    """The centre that serves these settings; if there is none, it is started and stopped again.

    Raises:
        Failure: it is of no use, or cannot be started; in a few lines.
        Misuse: it is not the demo's configuration.
    """
    missing = [agent.phone for agent in AGENTS if agent.phone not in settings.phones]
    if missing:
        raise Misuse(f"the demo plays in config/demo.yaml; {config} has no phone {missing[0]}")
    client = Client(settings.web)
    if await asyncio.to_thread(serves, client):
        centre = RunningCentre(settings, client, own=False)
        await _check_idle(centre)
        yield centre
        return
    with tempfile.TemporaryFile("w+") as log:
        await _render(config, log)
        process = await _serve(config, log)
        try:
            await _until_ready(client, process, log)
            yield RunningCentre(settings, client, own=True)
        finally:
            await _end(process)


def serves(client: Client) -> bool:
    """Whether somebody answers there. Raises Failure when it is no centre, or not ready."""
    try:
        answer = client.readiness()
    except Failure as failure:
        if isinstance(failure.__cause__, ConnectionRefusedError):
            return False
        raise
    if not answer["ready"]:
        raise Failure("a centre runs, but is not ready: " + "; ".join(answer["reasons"]))
    return True


async def _check_idle(centre: RunningCentre) -> None:
    """The demo's numbers are its own only when nobody else calls or takes calls meanwhile."""
    try:
        agents = (await centre.get("/api/v1/agents"))["agents"]
        live = (await centre.get("/api/v1/calls", limit=1))["live"]
    except Failure as failure:
        token = centre.settings.web.token_file
        hint = f"is {token} its token? Run the demo in the folder where it was started"
        raise Failure(f"a centre serves at {centre.url}, but: {failure} ({hint})") from failure
    there = [agent["phone"] for agent in agents if agent["reachable"]]
    if there:
        raise Failure(
            f"somebody sits at phone {', '.join(there)}: the demo needs the agents' phones;"
            " close the softphone, play, and open it again"
        )
    if live:
        raise Failure("a call is going on in the centre: play when it is over")


async def _render(config: Path, log: IO[str]) -> None:
    """Speak the prompts that are missing; with progress, because the first time takes a while."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", "prompts", "render", "--config", str(config)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
    )
    if await process.wait() != 0:
        raise Failure("the prompts could not be spoken")


async def _serve(config: Path, log: IO[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", "serve", "--config", str(config)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _until_ready(client: Client, process: asyncio.subprocess.Process, log: IO[str]) -> None:
    try:
        async with asyncio.timeout(START_LIMIT_S):
            while process.returncode is None:
                if await asyncio.to_thread(_is_ready, client):
                    return
                await asyncio.sleep(ASK_AGAIN_S)
    except TimeoutError:
        raise Failure(f"the centre was not ready after {START_LIMIT_S:g} s") from None
    log.seek(0)
    said = [line for line in log.read().splitlines() if not line.startswith("{")]
    raise Failure("\n".join(["the centre could not be started", *said[-SHOWN_LINES:]]))


def _is_ready(client: Client) -> bool:
    with contextlib.suppress(Failure):
        return bool(client.readiness()["ready"])
    return False


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
