"""Starting and stopping: the token, and a port that is in use."""

import stat
from pathlib import Path

import pytest

from tests.web.serving import House, served
from web.server import CannotListen, WebServer
from web.settings import WebSettings


async def test_the_token_is_for_its_owner_only(tmp_path: Path) -> None:
    async with served(House(), tmp_path / "deep") as web:
        assert stat.S_IMODE(web.token_file.stat().st_mode) == 0o600
        assert len(web.token_file.read_text().strip()) >= 32


async def test_a_loosely_kept_token_is_replaced_by_a_tight_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    (tmp_path / "token").chmod(0o644)
    async with served(House(), tmp_path) as web:
        assert stat.S_IMODE(web.token_file.stat().st_mode) == 0o600
        assert web.token_file.read_text() != "old"


async def test_a_port_in_use_is_one_line_and_spoils_nothing(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        token = web.token_file.read_text()
        settings = WebSettings(port=web.server.port, token_file=str(web.token_file))
        second = WebServer(House().context(), settings)
        with pytest.raises(CannotListen) as failed:
            await second.start()
        assert str(failed.value).startswith(f"HTTP cannot listen on 127.0.0.1:{web.server.port}: ")
        assert "\n" not in str(failed.value)
        assert "in use" in str(failed.value)
        assert web.token_file.read_text() == token, "the first one's token still holds"
        async with web.client.get("/api/v1/agents") as answer:
            assert answer.status == 200


async def test_after_stopping_nothing_listens(tmp_path: Path) -> None:
    async with served(House(), tmp_path) as web:
        port = web.server.port
    async with served(House(), tmp_path, listen="127.0.0.1") as again:
        assert again.server.port != 0
    second = WebServer(House().context(), WebSettings(port=port, token_file=str(tmp_path / "t")))
    await second.start()
    await second.stop()
