"""HTTP look-ups against a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ivr.fetching import OPENS_AFTER, FetchFailed, HttpAnswer, HttpQuestion
from ivr.http_client import MAX_ANSWER_BYTES, HttpClient


async def _balance(request: web.Request) -> web.Response:
    return web.json_response({"account": request.query.get("account"), "balance": 12.5})


async def _echo(request: web.Request) -> web.Response:
    return web.json_response(
        {"sent": await request.json(), "token": request.headers.get("Authorization")}, status=201
    )


async def _slow(request: web.Request) -> web.Response:
    await asyncio.sleep(60)
    return web.Response()


async def _large(request: web.Request) -> web.Response:
    return web.Response(text='"' + "x" * MAX_ANSWER_BYTES + '"')


async def _page(request: web.Request) -> web.Response:
    return web.Response(text="<html>", status=int(request.query.get("status", "200")))


async def _elsewhere(request: web.Request) -> web.Response:
    raise web.HTTPFound("/balance")


@pytest.fixture
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/balance", _balance)
    app.router.add_post("/echo", _echo)
    for name, handler in (("slow", _slow), ("large", _large), ("page", _page)):
        app.router.add_get(f"/{name}", handler)
    app.router.add_get("/elsewhere", _elsewhere)
    serving = TestServer(app, host="127.0.0.1")
    await serving.start_server()
    yield str(serving.make_url("")).rstrip("/")
    await serving.close()


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


async def test_an_answer_is_read_as_json(server: str, client: HttpClient) -> None:
    answer = await client(HttpQuestion("GET", f"{server}/balance?account=7"))
    assert answer == HttpAnswer(200, {"account": "7", "balance": 12.5})


async def test_a_body_and_a_token_are_sent(
    server: str, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = HttpQuestion("POST", f"{server}/echo", body={"a": 1}, token_env="BANK_TOKEN")
    with pytest.raises(FetchFailed, match="BANK_TOKEN is not set"):
        await client(question)
    monkeypatch.setenv("BANK_TOKEN", "s3cret")
    assert (await client(question)).value == {"sent": {"a": 1}, "token": "Bearer s3cret"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/slow", "timeout"), ("/large", "unusable"), ("/page", "unusable")],
)
async def test_what_is_of_no_use_is_a_failure(
    server: str, client: HttpClient, path: str, reason: str
) -> None:
    with pytest.raises(FetchFailed) as raised:
        await client(HttpQuestion("GET", server + path, timeout_s=0.2))
    assert raised.value.reason == reason


async def test_error_pages_and_redirects_are_answers(server: str, client: HttpClient) -> None:
    assert await client(HttpQuestion("GET", f"{server}/page?status=404")) == HttpAnswer(404)
    assert (await client(HttpQuestion("GET", f"{server}/elsewhere"))).status == 302


async def test_a_dead_server_is_left_alone(server: str, client: HttpClient) -> None:
    reasons = []
    for _ in range(OPENS_AFTER + 1):
        with pytest.raises(FetchFailed) as raised:
            await client(HttpQuestion("GET", "http://127.0.0.1:1/balance"))
        reasons.append(raised.value.reason)
    assert reasons == ["unreachable"] * OPENS_AFTER + ["left_alone"]
    assert (await client(HttpQuestion("GET", f"{server}/balance"))).status == 200


async def test_a_server_that_says_500_again_and_again_is_left_alone(
    server: str, client: HttpClient
) -> None:
    for _ in range(OPENS_AFTER):
        await client(HttpQuestion("GET", f"{server}/page?status=500"))
    with pytest.raises(FetchFailed, match="left alone"):
        await client(HttpQuestion("GET", f"{server}/balance"))
