"""The served centre over TLS with a real chain, and over IPv6; phones of other make check both."""

from pathlib import Path
from typing import Any

import pytest

from events.calls import CallBridged, CallEnded
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears
from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre, merged
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.softphone import Softphone
from tests.sip.authority import Authority, address
from tests.sound import babble

pytestmark = pytest.mark.softphone

CALLER_SAYS, PHONE_SAYS = babble(1.5, seed=3), babble(1.5, seed=4)
SIX = "::1"


class Town:
    """A centre with listeners for both, and those who may be believed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        files = self.authority.issue("centre", [address(LOOPBACK), address(SIX)])
        self.tls_port, self.six_port = free_ports(2), free_ports(2)
        listeners = [
            {"name": "tls", "transport": "TLS", "listen": LOOPBACK, "port": self.tls_port},
            {"name": "six", "transport": "UDP", "listen": SIX, "port": self.six_port},
            {"name": "six-tls", "transport": "TLS", "listen": SIX, "port": self.tls_port},
        ]
        tls = {
            "certificate": files.certificate,
            "key": files.key,
            "authorities": self.authority.file,
        }
        self.changes: dict[str, Any] = merged(
            CALM,
            {"sip": {"listeners": listeners, "tls": tls}, "media": {"address_v6": SIX}},
        )

    def phone(self, stack: str, user: str, host: str, transport: str, **more: Any) -> Softphone:
        port = self.tls_port if transport == "tls" else self.six_port
        name = f"[{host}]" if ":" in host else host
        options = {"authorities": self.authority.file, **more}
        return Softphone(
            stack,
            user=user,
            password=f"demo-{user}",
            domain=f"{name}:{port}",
            folder=self.folder,
            address=host,
            transport=transport,
            **options,
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("desk_at", "caller_at"),
    [
        (("pjsua2", LOOPBACK, "tls"), ("baresip", SIX, "udp")),
        (("baresip", SIX, "tls"), ("pjsua2", LOOPBACK, "tls")),
    ],
    ids=["TLS called from IPv6", "TLS over IPv6 called from TLS"],
)
async def test_phones_talk_across_tls_and_ipv6(
    desk_at: tuple[str, str, str], caller_at: tuple[str, str, str], tmp_path: Path
) -> None:
    town = Town(tmp_path)
    stack, host, transport = desk_at
    async with (
        Centre(tmp_path, changes=town.changes) as centre,
        EventStream(centre) as events,
        town.phone(stack, "2001", host, transport) as desk,
        town.phone(caller_at[0], "2002", *caller_at[1:]) as caller,
    ):
        await desk.register()
        await caller.register()
        await desk.say(PHONE_SAYS)
        await caller.say(CALLER_SAYS)
        domain = f"[{SIX}]" if ":" in caller_at[1] else LOOPBACK
        port = town.six_port if caller_at[2] == "udp" else town.tls_port
        await caller.call(f"sip:2001@{domain}:{port}")
        await desk.answer()
        await events.expect(CallBridged)
        await hears(caller, PHONE_SAYS)
        await hears(desk, CALLER_SAYS)
        await caller.hang_up()
        await events.expect(CallEnded)
        await at_rest(centre)


async def test_a_phone_that_believes_others_does_not_register(tmp_path: Path) -> None:
    town = Town(tmp_path)
    strangers = Authority(tmp_path, "strangers")
    async with (
        Centre(tmp_path, changes=town.changes) as centre,
        town.phone("pjsua2", "2001", LOOPBACK, "tls", authorities=strangers.file) as desk,
    ):
        await desk.try_to_register()
        assert await centre.metric("sentral_sip_registrations") == 0
