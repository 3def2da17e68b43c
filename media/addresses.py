"""Which of our addresses a peer's sound comes to: by its network."""

from ipaddress import IPv4Address, IPv6Address, ip_network

from media.sdp.session import is_unspecified, numeric_address
from media.settings import MediaSettings


def bound_for(settings: MediaSettings, peer: str) -> str:
    """The address that sockets for a peer at this host are bound to."""
    address = _parsed(peer)
    if settings.address_v6 and address is not None and address.version == 6:
        return settings.address_v6
    return settings.address


def told_to(settings: MediaSettings, peer: str, local_address: str | None) -> str:
    """The address that our SDP names to a peer at this host.

    `local_address`: where our SIP to it leaves from; it counts where sockets are bound to every
    address and nothing is advertised.
    """
    bound = bound_for(settings, peer)
    by_v6 = bound == settings.address_v6
    advertised = settings.advertised_v6 if by_v6 else settings.advertised
    if advertised and not _is_local(settings, peer):
        return advertised
    everywhere = local_address is not None and is_unspecified(bound)
    return (local_address if everywhere else None) or bound


def _is_local(settings: MediaSettings, peer: str) -> bool:
    address = _parsed(peer)
    networks = (ip_network(text, strict=False) for text in settings.local_networks)
    return address is not None and any(address in network for network in networks)


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    return numeric_address(host.strip("[]"))
