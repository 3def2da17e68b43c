"""Our registrations at carriers that know us by them: RFC 3261 §10, as the client."""

import asyncio
import os
from typing import assert_never

import structlog

from calls.settings import RegistrationSettings, TrunkSettings
from events.ids import TrunkName
from sentral.composition import Parts
from sip.address import Target
from sip.digest import Credentials
from sip.edges.registration import SipRegistration
from sip.registration_client import (
    NotRegistered,
    Registered,
    RegistrationEvent,
    Unregistered,
)
from sip.uri import parse_uri

LEAVE_AT_MOST_S = 2.0
"""How long a stopping centre waits for carriers to forget it."""

_log = structlog.get_logger(__name__)


class TrunkRegistrations:
    """Refreshed, and tried again with back-off, by `sip`. Where the registrar answers from, the
    trunk's calls are admitted."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._open: dict[TrunkName, SipRegistration] = {}
        self._left = asyncio.Event()

    def start(self) -> None:
        for name, trunk in self._parts.trunks.settings.items():
            if trunk.registration is not None:
                self._open[name] = self._register(name, trunk, trunk.registration)

    async def stop(self) -> None:
        for registration in tuple(self._open.values()):
            registration.stop()
        try:
            async with asyncio.timeout(LEAVE_AT_MOST_S):
                while self._open:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            _log.info("registrations_left_behind", trunks=sorted(self._open))

    def _register(
        self, name: TrunkName, trunk: TrunkSettings, wanted: RegistrationSettings
    ) -> SipRegistration:
        user = wanted.user or trunk.username
        password = os.environ.get(trunk.password_env or "")
        return self._parts.user_agent.register(
            Target(wanted.registrar),
            aor=f"sip:{user}@{parse_uri(wanted.registrar).host}",
            further=wanted.further,
            credentials=Credentials(trunk.username, password) if password else None,
            expires_s=wanted.expires_s,
            on_event=lambda event: self._heard(name, event),
        )

    def _heard(self, name: TrunkName, event: RegistrationEvent) -> None:
        match event:
            case Registered(expires_s):
                source = self._open[name].heard_from
                if source is not None:
                    self._parts.trunks.learn(name, source.host)
                _log.info("trunk_registered", trunk=name, expires_s=expires_s)
            case NotRegistered(status, reason, retry_s):
                _log.warning(
                    "trunk_not_registered",
                    trunk=name,
                    status=status,
                    reason=reason,
                    retry_s=retry_s,
                )
            case Unregistered():
                self._open.pop(name, None)
                self._left.set()
            case _:
                assert_never(event)
