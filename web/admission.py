"""Who may use the API: from a network that is allowed, with the token that `serve` left."""

import hmac
import ipaddress
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from web.problems import Problem


class Admission:
    def __init__(self, token: str, networks: Sequence[str]) -> None:
        self._token = token.encode()
        self._networks = [ipaddress.ip_network(network) for network in networks]

    def check(self, request: web.Request) -> None:
        """Raises `Problem`: 403 from a foreign network, 401 without the right token."""
        if not self._is_near(request.remote or ""):
            raise Problem(403, "the API is not open to your network (web.api_networks)")
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not self._is_token(given.strip()):
            raise Problem(401, "send the token that `sentral serve` left: Authorization: Bearer …")

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)

    def _is_near(self, remote: str) -> bool:
        try:
            address = ipaddress.ip_address(remote.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def leave_token(path: Path, token: str) -> None:
    """Write the file so that only its owner can ever read it.

    Raises:
        OSError: the folder does not allow it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    beside.replace(path)
