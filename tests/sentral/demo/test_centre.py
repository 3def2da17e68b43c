"""Finding the centre that runs, starting one, and telling what is in the way."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from config.loader import load_settings
from config.settings import Settings, sample
from sentral.client import Client
from sentral.demo.centre import running_centre, serves
from sentral.failures import Failure, Misuse
from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.sentral.test_client import answering
from tests.web.serving import House, agent, served
from web.models import LiveCall
from web.settings import WebSettings

DEMO = sample("demo")
EMPTY_DESK = replace(agent("101"), reachable=False)
CALL = LiveCall(
    id="c",
    direction="inbound",
    stage="flow",
    number="1",
    name="",
    dialled="1000",
    queue=None,
    agent=None,
    arrived_at=0.0,
)


def settings_at(port: int, token_file: Path) -> Settings:
    web = WebSettings(port=port, token_file=str(token_file))
    return load_settings(DEMO, {}).model_copy(update={"web": web})


def client(port: int) -> Client:
    return Client(WebSettings(port=port, token_file="/nonexistent/token"))


def test_nobody_serves_where_nobody_listens() -> None:
    assert not serves(client(free_ports()))


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"SSH-2.0-x\r\n"]
)
def test_something_else_on_the_port_is_told(answer: bytes) -> None:
    with answering(answer) as port, pytest.raises(Failure):
        serves(client(port))


async def test_an_idle_centre_that_runs_is_used_and_left_running(tmp_path: Path) -> None:
    async with served(House(agents=[EMPTY_DESK]), tmp_path) as web:
        settings = settings_at(web.server.port, web.token_file)
        async with running_centre(settings, DEMO) as centre:
            assert not centre.own
            assert centre.token() == web.token_file.read_text().strip()
        assert await asyncio.to_thread(serves, centre.client)


@pytest.mark.parametrize(
    ("house", "problem"),
    [
        (House(agents=[agent("101")]), "somebody sits at phone 2001"),
        (House(agents=[EMPTY_DESK], live=[CALL]), "a call is going on"),
        (House(not_ready=["stopping"]), "not ready: stopping"),
    ],
)
async def test_a_centre_in_use_is_left_alone(tmp_path: Path, house: House, problem: str) -> None:
    async with served(house, tmp_path) as web:
        with pytest.raises(Failure, match=problem):
            async with running_centre(settings_at(web.server.port, web.token_file), DEMO):
                raise AssertionError("it may not be used")


async def test_a_centre_of_another_folder_is_told(tmp_path: Path) -> None:
    async with served(House(agents=[EMPTY_DESK]), tmp_path) as web:
        elsewhere = tmp_path / "elsewhere" / "token"
        with pytest.raises(Failure, match="in the folder where it was started"):
            async with running_centre(settings_at(web.server.port, elsewhere), DEMO):
                raise AssertionError("it may not be used")


async def test_another_configuration_is_a_misuse() -> None:
    settings = load_settings(sample("bench"), {})
    with pytest.raises(Misuse, match="has no phone 2001"):
        async with running_centre(settings, sample("bench")):
            raise AssertionError("it may not be used")


async def test_a_port_in_use_is_told_in_the_centre_s_own_words(tmp_path: Path) -> None:
    house = Centre(tmp_path)
    settings = load_settings(house.config, {})
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, house.sip_port))
        with pytest.raises(Failure) as caught:
            async with running_centre(settings, house.config):
                raise AssertionError("it cannot be started")
    said = str(caught.value)
    assert said.startswith("the centre could not be started\n")
    assert f"cannot listen on UDP {house.sip}" in said
    assert "Traceback" not in said
