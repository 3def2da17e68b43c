"""Which address a peer is told, and to which its sound comes."""

import pytest

from media.addresses import bound_for, told_to
from media.settings import MediaSettings

BOTH = MediaSettings(
    address="0.0.0.0",
    advertised="198.51.100.1",
    address_v6="::",
    advertised_v6="2001:db8::1",
    local_networks=("10.0.0.0/8", "fd00::/8"),
)
PLAIN = MediaSettings(address="127.0.0.1", address_v6="::1")


@pytest.mark.parametrize(
    ("settings", "peer", "local", "bound", "told"),
    [
        (BOTH, "203.0.113.9", "192.0.2.1", "0.0.0.0", "198.51.100.1"),
        (BOTH, "10.1.2.3", "10.0.0.1", "0.0.0.0", "10.0.0.1"),
        (BOTH, "2001:db8:9::9", "2001:db8::7", "::", "2001:db8::1"),
        (BOTH, "[fd00::9]", "fd00::1", "::", "fd00::1"),
        (BOTH, "phone.example", "192.0.2.1", "0.0.0.0", "198.51.100.1"),
        (PLAIN, "127.0.0.1", None, "127.0.0.1", "127.0.0.1"),
        (PLAIN, "::1", None, "::1", "::1"),
        (MediaSettings(address="127.0.0.1"), "::1", None, "127.0.0.1", "127.0.0.1"),
        (MediaSettings(address="::1"), "::1", None, "::1", "::1"),
    ],
)
def test_by_the_peer_s_network(
    settings: MediaSettings, peer: str, local: str | None, bound: str, told: str
) -> None:
    assert (bound_for(settings, peer), told_to(settings, peer, local)) == (bound, told)
