"""Every place where we listen: opened together, and asked which one leads to a peer."""

from typing import Final

from sip.address import Address
from sip.edges.local_host import LocalHost
from sip.edges.transport import ListenFailed, Receiver, Transport, TransportFactory
from sip.settings import SipSettings

TRIES_FOR_A_COMMON_PORT: Final = 20
NOWHERE: Final = "nowhere"
"""The listener of addresses that no listener leads to."""


class Listeners:
    """Transports by what they carry and the listener's name; the settings' order is preference."""

    def __init__(self, settings: SipSettings) -> None:
        self._settings = settings
        self._open: dict[tuple[str, str], Transport] = {}
        first = LocalHost(settings.listen, settings.public_address, settings.local_networks)
        self._hosts = {"": first} | {
            each.name: LocalHost(each.listen, each.public_address, each.local_networks)
            for each in settings.listeners
        }

    async def open(self, transports: TransportFactory, receiver: Receiver) -> None:
        """With port 0 the first transport gets a port from the system and the others the same.

        Raises:
            ListenFailed: an address or port cannot be had; nothing stays open.
        """
        tries = TRIES_FOR_A_COMMON_PORT if self._settings.port == 0 else 1
        while True:
            tries -= 1
            try:
                await self._open_all(transports, receiver)
                return
            except ListenFailed:
                await self.close()
                if tries <= 0:
                    raise

    async def close(self) -> None:
        for transport in self._open.values():
            await transport.close()
        self._open.clear()

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple(transport.local for transport in self._open.values())

    @property
    def kinds(self) -> tuple[str, ...]:
        """Transports by which we can begin to send, the preferred one first. Browsers only call."""
        kinds = dict.fromkeys(kind for kind, _ in self._open)
        return tuple(kind for kind in kinds if kind not in ("WS", "WSS"))

    @property
    def families(self) -> frozenset[int]:
        """IP versions that we can send from: 4, 6 or both."""
        return frozenset(6 if ":" in local.host else 4 for local in self.addresses)

    def routed(self, to: Address) -> Address:
        """With the listener that leads there: the one named, else the first that fits.

        An address that no listener serves is NOWHERE's, and has no transport.
        """
        if (to.transport, to.listener) in self._open and (
            to.listener or self._same_family(self._open[to.transport, ""].local, to)
        ):
            return to
        for (kind, name), transport in self._open.items():
            if kind == to.transport and self._same_family(transport.local, to):
                return to._replace(listener=name)
        return to._replace(listener=NOWHERE)

    def transport(self, to: Address) -> Transport | None:
        """What carries messages to a routed address."""
        return self._open.get((to.transport, to.listener))

    def seen_by(self, peer: Address) -> Address:
        """Our own address as `peer` may use it: for Via, Contact and session descriptions."""
        peer = self.routed(peer)
        transport = self.transport(peer)
        port = transport.local.port if transport is not None else self._settings.port
        host = self._hosts.get(peer.listener, self._hosts[""]).public(peer.host)
        return Address(peer.transport, host, port, peer.listener)

    async def _open_all(self, transports: TransportFactory, receiver: Receiver) -> None:
        settings = self._settings
        port = settings.port
        for name in settings.transports:
            wanted = Address(name, settings.listen, port)
            transport = await transports(wanted, receiver, settings)
            self._open[name, ""] = transport
            port = transport.local.port
        for each in settings.listeners:
            wanted = Address(each.transport, each.listen, each.port, each.name)
            self._open[each.transport, each.name] = await transports(wanted, receiver, settings)

    def _same_family(self, local: Address, to: Address) -> bool:
        return (":" in local.host) == (":" in to.host)
