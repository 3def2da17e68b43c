"""Who may ask, and how trouble is answered."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from records.past import DatabaseAway
from tests.web.serving import House, Served, served
from web.app import endpoints
from web.endpoints import Endpoint

PROTECTED = [endpoint for endpoint in endpoints() if not endpoint.public]
PUBLIC = [endpoint for endpoint in endpoints() if endpoint.public]


async def problem(answer: object) -> dict[str, object]:
    assert answer.content_type == "application/problem+json"  # type: ignore[attr-defined]
    body: dict[str, object] = await answer.json()  # type: ignore[attr-defined]
    assert body["status"] == answer.status  # type: ignore[attr-defined]
    return body


def test_only_health_and_metrics_are_public() -> None:
    assert {endpoint.path for endpoint in PUBLIC} == {"/healthz", "/readyz", "/metrics"}


@pytest.mark.parametrize("endpoint", PROTECTED, ids=lambda each: f"{each.method} {each.path}")
async def test_everything_else_needs_the_token(endpoint: Endpoint, tmp_path: Path) -> None:
    path = re.sub(r"\{\w+\}", "71", endpoint.path)
    house = House()
    async with served(house, tmp_path) as web:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}):
            async with web.stranger.request(
                endpoint.method,
                path,
                headers=headers,
                json={},
            ) as answer:
                assert answer.status == 401
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert "token" in str((await problem(answer))["detail"])
    assert house.done == []


async def test_the_document_needs_the_token_too(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        async with web.stranger.get("/api/openapi.json") as answer:
            assert answer.status == 401
        async with web.client.get("/api/openapi.json") as answer:
            assert (await answer.json())["openapi"] == "3.1.0"


async def test_a_foreign_network_is_refused_even_with_the_token(tmp_path: Path) -> None:
    async with (
        served(House(), tmp_path, api_networks=("192.0.2.0/24",)) as web,
        web.client.get("/api/v1/agents") as answer,
    ):
        assert answer.status == 403
        assert "web.api_networks" in str((await problem(answer))["detail"])


async def test_an_unknown_path_and_a_wrong_method(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        async with web.client.get("/api/v1/nothing") as answer:
            assert answer.status == 404
            assert "/api/v1/nothing" in str((await problem(answer))["detail"])
        async with web.client.delete("/api/v1/agents") as answer:
            assert answer.status == 405
            assert "GET" in answer.headers["Allow"]
            await problem(answer)


async def test_a_body_that_is_too_large(tmp_path: Path) -> None:
    async with (
        served(House(), tmp_path, body_limit_bytes=1024) as web,
        web.client.post("/api/v1/agents/71/not-available", data=b"x" * 2000) as answer,
    ):
        assert answer.status == 413
        assert "web.body_limit_bytes" in str((await problem(answer))["detail"])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", "the body"),
        (b"[]", "the body"),
        (b"\xff\xfe", "the body"),
        (b'{"reason": 5}', "reason"),
        (b'{"reason": "' + b"x" * 100 + b'"}', "reason"),
        (b'{"cause": "lunch"}', "cause"),
    ],
)
async def test_a_body_that_does_not_fit(body: bytes, named: str, tmp_path: Path) -> None:
    house = House()
    async with (
        served(house, tmp_path) as web,
        web.client.post("/api/v1/agents/71/not-available", data=body) as answer,
    ):
        assert answer.status == 400
        assert named in str((await problem(answer))["detail"])
    assert house.done == []


async def test_faults_never_repeat_a_secret(tmp_path: Path) -> None:
    body = json.dumps({"phone": "2001", "pin": ["s3cret"]})
    async with (
        served(House(), tmp_path) as web,
        web.client.post("/api/v1/agents/71/sign-in", data=body) as answer,
    ):
        assert answer.status == 400
        assert "s3cret" not in await answer.text()


async def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    house = House(trouble=DatabaseAway("the database cannot be read just now"))
    async with served(house, tmp_path) as web, web.client.get("/api/v1/calls") as answer:
        assert answer.status == 503
        assert "database" in str((await problem(answer))["detail"])


async def test_our_own_fault_shows_no_trace(tmp_path: Path) -> None:
    house = House(trouble=ZeroDivisionError("in our code"))
    async with served(house, tmp_path) as web, web.client.get("/api/v1/calls") as answer:
        assert answer.status == 500
        text = await answer.text()
        assert "Traceback" not in text
        assert "in our code" not in text


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00" * 20,
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /api/v1/agents/71/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /api/v1/calls HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    ],
)
async def test_rubbish_is_answered_or_dropped(sent: bytes, tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.server.port)
        writer.write(sent)
        writer.write_eof()
        answer = await reader.read()
        assert answer == b"" or answer.startswith(b"HTTP/1.")
        assert b"Traceback" not in answer
        writer.close()
        await _still_serves(web)


async def _still_serves(web: Served) -> None:
    async with web.stranger.get("/healthz") as answer:
        assert answer.status == 200
