"""Whom the SIP front end knows, from the configuration: `sip.directory.Directory`."""

from collections.abc import Mapping

from calls.settings import PhoneSettings
from calls.trunks import Trunks
from events.ids import PhoneId
from sip.digest import Algorithm


class ConfiguredDirectory:
    def __init__(
        self,
        realm: str,
        domains: frozenset[str],
        phones: Mapping[PhoneId, PhoneSettings],
        trunks: Trunks,
    ) -> None:
        self.realm = realm
        self.domains = domains
        self._phones = {str(name): _digests(phone.ha1) for name, phone in phones.items()}
        self._trunks = trunks
        self._trunk_users = {
            trunk.username: (str(name), _digests(trunk.ha1))
            for name, trunk in trunks.settings.items()
            if trunk.ha1 and trunk.username
        }

    def digests(self, username: str) -> Mapping[Algorithm, str] | None:
        return self._phones.get(username) or None

    def is_phone(self, user: str) -> bool:
        return user in self._phones

    def trunk_at(self, host: str, port: int, transport: str) -> str | None:
        return self._trunks.at(host)

    def trunk_digests(self, username: str) -> tuple[str, Mapping[Algorithm, str]] | None:
        return self._trunk_users.get(username)


def _digests(ha1: Mapping[str, str]) -> dict[Algorithm, str]:
    return {Algorithm(name): digest for name, digest in ha1.items()}
