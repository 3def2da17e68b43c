"""The real network: the default of everything that takes a TransportFactory."""

from sip.address import Address
from sip.edges.streams import listen_stream
from sip.edges.transport import ListenFailed, Receiver, Transport
from sip.edges.udp import listen_udp
from sip.settings import SipSettings


async def real_sockets(address: Address, receiver: Receiver, settings: SipSettings) -> Transport:
    """Listen on UDP, TCP, TLS, WS or WSS; raises ListenFailed."""
    if address.transport == "UDP":
        return await listen_udp(address, receiver, settings)
    if address.transport in ("TCP", "TLS", "WS", "WSS"):
        return await listen_stream(address, receiver, settings)
    raise ListenFailed(address, "no such transport")
