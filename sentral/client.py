"""Asks the running centre over HTTP, for the commands that show or change it."""

import http.client
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sentral.failures import Failure
from web.settings import WebSettings

TIMEOUT_S: Final = 10.0
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""Where to reach a server that listens on all addresses."""


class Client:
    """Every method raises `Failure`, in one line, when there is no answer or it is a refusal."""

    def __init__(self, settings: WebSettings) -> None:
        self._host = EVERYWHERE.get(settings.listen, settings.listen)
        self._port = settings.port
        self._token_file = Path(settings.token_file)

    def get(self, path: str, **query: object) -> Any:
        """The answer's JSON; query values that are None are left out."""
        return self._parsed(self.text(path, **query))

    def text(self, path: str, **query: object) -> str:
        given = {name: value for name, value in query.items() if value is not None}
        return self._ask("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: object = None) -> Any:
        """The answer's JSON."""
        return self._parsed(self._ask("POST", path, json.dumps(body or {})))

    def delete(self, path: str) -> Any:
        """The answer's JSON."""
        return self._parsed(self._ask("DELETE", path))

    def content(self, path: str) -> bytes:
        """The answer as it is, such as a sound."""
        return self._bytes("GET", path)

    def readiness(self) -> Any:
        """Whether it serves; not being ready is an answer too."""
        return self._parsed(self._ask("GET", "/readyz", accept=(200, 503)))

    def _parsed(self, text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError as error:
            raise Failure(f"what answers at {self._where} is no Sentral") from error

    def _ask(
        self, method: str, path: str, body: str | None = None, accept: tuple[int, ...] = (200,)
    ) -> str:
        return self._bytes(method, path, body, accept).decode("utf-8", "replace")

    def _bytes(
        self, method: str, path: str, body: str | None = None, accept: tuple[int, ...] = (200,)
    ) -> bytes:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body, self._headers())
            answer = connection.getresponse()
            content = answer.read()
        except ConnectionRefusedError as error:
            raise Failure(
                f"no centre serves at {self._where}; `sentral serve` starts one"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            problem = " ".join(str(error).split()) or type(error).__name__
            raise Failure(f"the centre at {self._where} does not answer: {problem}") from error
        finally:
            connection.close()
        if answer.status not in accept:
            raise Failure(_refusal(answer.status, content.decode("utf-8", "replace")))
        return content

    @property
    def _where(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def _headers(self) -> dict[str, str]:
        try:
            token = self._token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return {}  # the answer says what is missing, if it matters
        return {"Authorization": f"Bearer {token}"}


def _refusal(status: int, text: str) -> str:
    try:
        return str(json.loads(text)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the centre answered {status}: {' '.join(text.split())[:200]}"
