"""Whose sound is protected how: settings, and the way a phone or trunk signals."""

import pytest

from calls.protections import Protections, transport_of
from calls.settings import PhoneSettings, SrtpKeys, SrtpPolicy, TrunkSettings
from events.ids import PhoneId, TrunkName
from media.sdp.protection import Offer
from sip.address import Address, Target

PHONE, TRUNK = PhoneId("2001"), TrunkName("carrier")


@pytest.mark.parametrize(
    ("policy", "keys", "transport", "offer"),
    [
        ("preferred", "sdes", "UDP", "plain"),  # anybody on the way could read the keys
        ("preferred", "sdes", "TLS", "best_effort"),
        ("preferred", "dtls", "TLS", "best_effort"),
        ("preferred", "sdes", "WS", "dtls"),
        ("required", "sdes", "WSS", "dtls"),
        ("required", "sdes", "UDP", "sdes"),
        ("required", "dtls", "UDP", "dtls"),
        ("off", "sdes", "TLS", "plain"),
        ("off", "dtls", "WSS", "plain"),
    ],
)
def test_the_offer_follows_policy_and_transport(
    policy: SrtpPolicy, keys: SrtpKeys, transport: str, offer: Offer
) -> None:
    it = Protections(
        {PHONE: PhoneSettings(srtp=policy, srtp_keys=keys)},
        {TRUNK: TrunkSettings(srtp=policy, srtp_keys=keys)},
    )
    for protection in (it.phone(PHONE, transport), it.trunk(TRUNK, transport)):
        assert (protection.policy, protection.offer) == (policy, offer)


def test_who_is_no_phone_of_ours_may_protect_its_sound() -> None:
    assert Protections({}, {}).phone(None, "UDP").policy == "preferred"


@pytest.mark.parametrize(
    ("target", "transport"),
    [
        (Target("sip:a@192.0.2.1", Address("WSS", "192.0.2.1", 443)), "WSS"),
        (Target("sip:a@192.0.2.1"), "UDP"),
        (Target("sip:a@192.0.2.1;transport=tls;x=y"), "TLS"),
        (Target("sips:a@carrier.example"), "TLS"),
        (Target("sips:a@carrier.example;transport=ws"), "WSS"),
    ],
)
def test_the_transport_is_told_by_address_or_uri(target: Target, transport: str) -> None:
    assert transport_of(target) == transport
