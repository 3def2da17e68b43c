"""Who is calling: decided once for each request that opens something, never inside a dialog.

A source address or credentials that a trunk names is that trunk, and then From is only a caller
number, even if it equals an extension. Everyone else is challenged. Where phones and a trunk
share an address (loopback), a From that is a phone's address of record is challenged first.
"""

from dataclasses import dataclass
from typing import TypeAlias

from sip.address import Address
from sip.authenticator import Authenticator, NotPresented, Verified, Wrong
from sip.directory import Directory
from sip.headers.name_addr import parse_name_addr
from sip.message import Request, Response, has_tag, header, response_to
from sip.uri import parse_uri


@dataclass(frozen=True, slots=True)
class TrunkIdentity:
    trunk: str


@dataclass(frozen=True, slots=True)
class PhoneIdentity:
    """`user` is the name that the password proved, whatever From says."""

    user: str


Identity: TypeAlias = TrunkIdentity | PhoneIdentity


@dataclass(frozen=True, slots=True)
class Admitted:
    """`identity` is None only for OPTIONS, which anyone may ask."""

    identity: Identity | None


@dataclass(frozen=True, slots=True)
class Challenge:
    """A 401, the same whether or not the user exists."""

    response: Response


@dataclass(frozen=True, slots=True)
class Refuse:
    """A 403 after wrong credentials; count it against the source."""

    response: Response


Decision: TypeAlias = Admitted | Challenge | Refuse


class Admission:
    """Pure but for the nonces that the authenticator remembers."""

    def __init__(self, directory: Directory, authenticator: Authenticator) -> None:
        self._directory = directory
        self._authenticator = authenticator

    def admit(self, request: Request, source: Address, now: float, *, to_tag: str) -> Decision:
        """Decide about a new request outside any dialog; not ACK or CANCEL, which follow others.

        Args:
            to_tag: for the To of a response that refuses.

        Raises:
            MalformedMessage: From or Authorization cannot be read.
        """
        assert request.method not in ("ACK", "CANCEL")
        if request.method == "OPTIONS" and not has_tag(header(request, "To")):
            return Admitted(None)
        trunk = self._directory.trunk_at(source.host, source.port, source.transport)
        if trunk is not None and not (source.is_loopback and self._is_from_phone(request)):
            return Admitted(TrunkIdentity(trunk))
        verdict = self._authenticator.verify(request, now)
        if isinstance(verdict, Verified):
            if verdict.trunk is not None:
                return Admitted(TrunkIdentity(verdict.trunk))
            return Admitted(PhoneIdentity(verdict.username))
        return refusal(self._authenticator, verdict, request, now, to_tag=to_tag)

    def _is_from_phone(self, request: Request) -> bool:
        """Whether From is the address of record of one of our phones."""
        uri = parse_uri(parse_name_addr(header(request, "From"), "From").uri)
        ours = uri.is_sip and uri.host.strip("[]") in self._directory.domains
        return ours and self._directory.is_phone(uri.user)


def refusal(
    authenticator: Authenticator,
    verdict: NotPresented | Wrong,
    request: Request,
    now: float,
    *,
    to_tag: str,
) -> Challenge | Refuse:
    """The answer to whoever did not prove who they are; REGISTER gets the same ones."""
    if isinstance(verdict, Wrong):
        return Refuse(response_to(request, 403, to_tag=to_tag))
    headers = authenticator.challenges(now, stale=verdict.stale)
    return Challenge(response_to(request, 401, to_tag=to_tag, headers=headers))
