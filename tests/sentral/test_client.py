"""The client: where it asks, and how it tells trouble."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sentral.client import Client
from sentral.failures import Failure
from web.settings import WebSettings


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """A server that answers one request with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def client(port: int, listen: str = "127.0.0.1") -> Client:
    return Client(WebSettings(listen=listen, port=port, token_file="/nonexistent/token"))


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0", ""])
def test_a_server_on_all_addresses_is_asked_on_loopback(listen: str) -> None:
    with answering(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a": 1}\n') as port:
        assert client(port, listen).get("/x") == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", "does not answer"),
        (b"SSH-2.0-OpenSSH\r\n", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", "is no Sentral"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno", "answered 500: no"),
        (b'HTTP/1.1 409 No\r\nContent-Length: 16\r\n\r\n{"detail":"why"}', "why"),
        (b"HTTP/1.1 409 No\r\nContent-Length: 4\r\n\r\n[1]\n", "answered 409: [1]"),
    ],
)
def test_trouble_is_one_line(answer: bytes, told: str) -> None:
    with answering(answer) as port, pytest.raises(Failure) as failed:
        client(port).get("/x")
    assert told in str(failed.value)
    assert "\n" not in str(failed.value)


def test_without_a_token_the_server_says_what_is_missing(tmp_path: Path) -> None:
    detail = b'{"detail":"send the token"}'
    head = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 27\r\n\r\n"
    with answering(head + detail) as port, pytest.raises(Failure, match="send the token"):
        client(port).get("/x")
