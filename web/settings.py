"""What can be set about the HTTP side."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    listen: str = "127.0.0.1"
    """Address to listen on. Loopback unless told otherwise: nothing default is open."""

    port: Annotated[int, Ge(0), Le(65535)] = 8080
    """0 takes a free one."""

    token_file: str = "var/token"
    """Where `serve` leaves the bearer token, mode 600."""

    api_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks from which `/api/` may be used at all; the token is needed in any case."""

    body_limit_bytes: Annotated[int, Ge(1024)] = 65_536
    """Largest request body; more is answered with 413."""

    event_clients: Annotated[int, Ge(0)] = 100
    """Most clients of the event stream at once; more are answered with 503."""

    event_buffer: Annotated[int, Ge(1)] = 1_000
    """Events kept for one client that reads slowly; one that falls further behind is dropped."""

    stop_s: Annotated[float, Gt(0)] = 2.0
    """How long open requests may take to finish when the server stops."""
