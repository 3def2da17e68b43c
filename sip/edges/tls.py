"""TLS contexts from the operator's files, taken up again when the files change."""

import logging
import ssl
from pathlib import Path
from typing import Final

from sip.certificates import names
from sip.settings import TlsSettings

OLDEST: Final = ssl.TLSVersion.TLSv1_2  # RFC 8996
_DEMANDS: Final = {
    "never": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}

_log = logging.getLogger(__name__)


class TlsContexts:
    """One per listener.

    Attributes:
        server: for those who connect to us.
        client: for connections of ours. Names are checked by `proves`, as RFC 5922 differs
            from what HTTPS asks for.
    """

    def __init__(self, settings: TlsSettings) -> None:
        """Raises OSError, with ssl.SSLError among them: a file is missing or makes no sense."""
        self._settings = settings
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.client.check_hostname = False
        self.client.verify_mode = ssl.CERT_REQUIRED if settings.verify_servers else ssl.CERT_NONE
        self.server.verify_mode = _DEMANDS[settings.client_certificates]
        for context in (self.server, self.client):
            context.minimum_version = OLDEST
        self._take_up(self.server, self.client)
        self._read_at = self._changed_at()

    def proves(self, certificate: object, domain: str) -> bool:
        """Whether the certificate of whom we connected to is the one of the domain, §7."""
        if not self._settings.verify_servers:
            return True
        return isinstance(certificate, dict) and names(certificate, domain)

    def reload_if_changed(self) -> bool:
        """Take up changed files for connections to come; what cannot be read changes nothing."""
        changed_at = self._changed_at()
        if changed_at == self._read_at:
            return False
        self._read_at = changed_at
        try:
            self._take_up(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))  # a trial
            self._take_up(self.server, self.client)
        except OSError as error:
            _log.error("the changed certificate cannot be used: %s", error)
            return False
        return True

    def _take_up(self, *contexts: ssl.SSLContext) -> None:
        for context in contexts:
            context.load_cert_chain(self._settings.certificate, self._settings.key)
            if self._settings.authorities:
                context.load_verify_locations(self._settings.authorities)
            else:
                context.load_default_certs()

    def _changed_at(self) -> tuple[float, ...]:
        files = (self._settings.certificate, self._settings.key, self._settings.authorities)
        return tuple(_modified_at(Path(name)) for name in files if name)


def _modified_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0  # in between two versions: looked at again next time
