"""The HTTP server: listens, leaves the token, and stops without losing answers."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from web.admission import leave_token, new_token
from web.app import build_app
from web.context import WebContext
from web.settings import WebSettings


@dataclass(eq=False)
class CannotListen(Exception):
    """The address cannot be had, in one line."""

    host: str
    port: int
    problem: str

    def __str__(self) -> str:
        return f"HTTP cannot listen on {self.host}:{self.port}: {self.problem}"


class WebServer:
    def __init__(self, context: WebContext, settings: WebSettings) -> None:
        self._settings = settings
        self._feed = context.feed
        self._token = new_token()
        app = build_app(context, settings, token=self._token)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=settings.stop_s, handler_cancellation=True
        )
        self._port = settings.port

    @property
    def port(self) -> int:
        """The real one, when 0 was configured and the server has started."""
        return self._port

    async def start(self) -> None:
        """Listen; only then leave the token, so that a second server never spoils the first's.

        Raises:
            CannotListen: the port is in use, or the address is not ours.
            OSError: the token's file cannot be written.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._settings.listen, self._settings.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            problem = (error.strerror or str(error)).lower()
            raise CannotListen(self._settings.listen, self._settings.port, problem) from error
        self._port = self._runner.addresses[0][1]
        leave_token(Path(self._settings.token_file), self._token)

    async def stop(self) -> None:
        """Streams are ended, other requests may finish within `stop_s`."""
        self._feed.close()
        await self._runner.cleanup()
