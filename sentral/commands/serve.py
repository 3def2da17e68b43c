"""Serve the centre: SIP, HTTP and everything between, until it is told to stop."""

import asyncio
import importlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sentral.configuration import config_option, configured, read_again
from sentral.failures import Failure, Misuse

if TYPE_CHECKING:
    from config.settings import Settings
    from sentral.server import Server

_SWITCH_S: Final = 0.001
"""Threads that render or write give the loop its turn back this fast."""


@click.command("serve")
@config_option
def command(config: Path | None) -> None:
    """Serve the centre until SIGTERM or Ctrl-C: calls are then ended and everything is written."""
    load_structlog()
    from telemetry.logs import Logs

    settings = configured(config)
    logs = Logs(settings.telemetry)
    logs.start()
    sys.setswitchinterval(_SWITCH_S)
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(_serve(settings, config))
    finally:
        logs.close()


def load_structlog() -> None:
    """Import it as if rich were not there, which takes 4 MB for tracebacks that we never print."""
    if "rich" not in sys.modules:
        sys.modules["rich"] = None  # type: ignore[assignment]  # import's word for: not to be found
        importlib.import_module("structlog")
        del sys.modules["rich"]


def _new_loop() -> asyncio.AbstractEventLoop:
    """uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        click.echo("uvloop is not installed: serving on asyncio's own loop, slower", err=True)
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(settings: "Settings", config: Path | None) -> None:
    server = _server(settings, config)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    try:
        await _start(server)
        loop.add_signal_handler(signal.SIGHUP, server.reload)
        click.echo(_welcome(server))
        await stopping.wait()
    finally:
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(name)  # the next one ends us at once
        await server.stop("told to stop")


def _server(settings: "Settings", config: Path | None) -> "Server":
    from calls.problems import UnreadableFile
    from ivr.loader import FlowErrors
    from sentral.server import Server

    try:
        return Server(settings, lambda: read_again(config))
    except (FlowErrors, UnreadableFile) as error:
        raise Misuse(str(error)) from error


async def _start(server: "Server") -> None:
    from calls.problems import UnreadableFile
    from media.errors import MediaError
    from sip.edges.transport import ListenFailed
    from web.server import CannotListen

    try:
        await server.start()
    except (ListenFailed, CannotListen, MediaError, UnreadableFile, OSError, ValueError) as error:
        raise Failure(str(error)) from error


def _welcome(server: "Server") -> str:
    where = ", ".join(str(address) for address in server.parts.user_agent.listening)
    return f"Sentral serves: SIP {where} · HTTP http://{server.http_address} · Ctrl-C stops it"
