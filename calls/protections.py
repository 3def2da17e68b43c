"""How the sound of each phone and trunk is protected: by its settings and the way it signals."""

from collections.abc import Mapping
from typing import Final

from calls.settings import PhoneSettings, SrtpKeys, SrtpPolicy, TrunkSettings
from events.ids import PhoneId, TrunkName
from media.protection import Protection
from media.sdp.protection import Offer
from sip.address import Target

_BROWSERS: Final = ("WS", "WSS")
_ENCRYPTED: Final = ("TLS", "WSS")


class Protections:
    def __init__(
        self,
        phones: Mapping[PhoneId, PhoneSettings],
        trunks: Mapping[TrunkName, TrunkSettings],
    ) -> None:
        self._phones = phones
        self._trunks = trunks

    def phone(self, phone: PhoneId | None, transport: str) -> Protection:
        """Of a phone that signals so; of anybody who is no phone of ours, the default."""
        known = self._phones.get(phone) if phone is not None else None
        settings = known or PhoneSettings()
        return _protection(settings.srtp, settings.srtp_keys, transport)

    def trunk(self, trunk: TrunkName, transport: str) -> Protection:
        settings = self._trunks[trunk]
        return _protection(settings.srtp, settings.srtp_keys, transport)


def transport_of(target: Target) -> str:
    """How we shall signal to it, as far as that is known before its name is resolved."""
    if target.address is not None:
        return target.address.transport
    uri = target.uri.lower()
    parameter = uri.partition(";transport=")[2].partition(";")[0].partition("?")[0]
    if uri.startswith("sips:"):
        return "WSS" if parameter in ("ws", "wss") else "TLS"
    return parameter.upper() or "UDP"


def _protection(policy: SrtpPolicy, keys: SrtpKeys, transport: str) -> Protection:
    return Protection(policy, _offer(policy, keys, transport))


def _offer(policy: SrtpPolicy, keys: SrtpKeys, transport: str) -> Offer:
    """Keys in SDP are worth something only where nobody can read it, RFC 4568 §8.3."""
    if policy == "off":
        return "plain"
    if transport in _BROWSERS:
        return "dtls"  # they speak nothing else, RFC 8827 §6.5
    if policy == "required":
        return keys
    return "best_effort" if transport in _ENCRYPTED else "plain"
