"""HTTP look-ups for real, through aiohttp; servers that keep failing are left alone for a while."""

import asyncio
import json
import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ivr.fetching import CircuitBreaker, FetchFailed, HttpAnswer, HttpQuestion

if TYPE_CHECKING:
    import aiohttp

MAX_ANSWER_BYTES: Final = 65_536
MAX_CONNECTIONS: Final = 100


class HttpClient:
    """One per process; opens nothing before its first look-up."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._breaker = CircuitBreaker()

    async def __call__(self, question: HttpQuestion) -> HttpAnswer:
        """Ask once; redirects are not followed.

        Raises:
            FetchFailed: no usable answer came in time, or the server is being left alone.
        """
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(question.url))
        now = asyncio.get_running_loop().time()
        if not self._breaker.lets_through(origin, now):
            raise FetchFailed("left_alone", f"{origin} failed several times and is left alone")
        try:
            answer = await self._ask(question)
        except FetchFailed as failure:
            if failure.reason != "unusable":
                self._breaker.failed(origin, asyncio.get_running_loop().time())
            raise
        if answer.status >= 500:
            self._breaker.failed(origin, asyncio.get_running_loop().time())
        else:
            self._breaker.succeeded(origin)
        return answer

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, question: HttpQuestion) -> HttpAnswer:
        import aiohttp

        if self._session is None:
            connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS)
            self._session = aiohttp.ClientSession(connector=connector)
        headers = {"Accept": "application/json", **question.headers}
        if question.token_env:
            headers["Authorization"] = f"Bearer {_secret(question.token_env)}"
        try:
            async with self._session.request(
                question.method,
                question.url,
                headers=headers,
                json=question.body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=question.timeout_s),
            ) as response:
                text = await _limited(response.content)
                return HttpAnswer(response.status, _value(text, response.status))
        except TimeoutError:
            raise FetchFailed("timeout", f"no answer in {question.timeout_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchFailed("unreachable", str(error) or type(error).__name__) from error


async def _limited(content: "aiohttp.StreamReader") -> bytes:
    text = b""
    async for part in content.iter_any():
        text += part
        if len(text) > MAX_ANSWER_BYTES:
            raise FetchFailed("unusable", f"the answer is longer than {MAX_ANSWER_BYTES} bytes")
    return text


def _value(text: bytes, status: int) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if status >= 300:
            return None  # error pages are for people
        raise FetchFailed("unusable", "the answer is no JSON") from None


def _secret(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise FetchFailed("unusable", f"the environment variable {name} is not set")
    return value
