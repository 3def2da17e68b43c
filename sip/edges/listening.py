"""Open every configured transport on one address and one port."""

from sip.address import Address
from sip.edges.transport import ListenFailed, Receiver, Transport, TransportFactory
from sip.settings import SipSettings

TRIES_FOR_A_COMMON_PORT = 20


async def listen(
    transports: TransportFactory, receiver: Receiver, settings: SipSettings
) -> dict[str, Transport]:
    """By name. With port 0 the first one gets a port from the system and the others the same.

    Raises:
        ListenFailed: an address or port cannot be had; nothing stays open.
    """
    tries = TRIES_FOR_A_COMMON_PORT if settings.port == 0 else 1
    while True:
        tries -= 1
        try:
            return await _listen_once(transports, receiver, settings)
        except ListenFailed:
            if tries <= 0:
                raise


async def _listen_once(
    transports: TransportFactory, receiver: Receiver, settings: SipSettings
) -> dict[str, Transport]:
    opened: dict[str, Transport] = {}
    port = settings.port
    try:
        for name in settings.transports:
            transport = await transports(Address(name, settings.listen, port), receiver, settings)
            opened[name] = transport
            port = transport.local.port
    except ListenFailed:
        await close_all(opened)
        raise
    return opened


async def close_all(transports: dict[str, Transport]) -> None:
    for transport in transports.values():
        await transport.close()
