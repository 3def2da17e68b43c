"""The real network: the default of everything that takes a TransportFactory."""

from sip.address import Address
from sip.edges.tcp import listen_tcp
from sip.edges.transport import ListenFailed, Receiver, Transport
from sip.edges.udp import listen_udp
from sip.settings import SipSettings


async def real_sockets(address: Address, receiver: Receiver, settings: SipSettings) -> Transport:
    """Listen on UDP or TCP; raises ListenFailed."""
    if address.transport == "UDP":
        return await listen_udp(address, receiver, settings)
    if address.transport == "TCP":
        return await listen_tcp(address, receiver, settings)
    raise ListenFailed(address, "no such transport")
