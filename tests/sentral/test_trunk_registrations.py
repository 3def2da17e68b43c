"""Registering at a carrier that knows us by it, on the in-memory network."""

import random
from pathlib import Path
from typing import Any

import pytest

from events.calls import CallArrived
from sentral.trunk_registrations import TrunkRegistrations
from sip.address import Address, Target
from sip.edges.user_agent import UserAgent
from sip.location import BindingChange
from sip.settings import SipSettings
from tests.calls.house import House
from tests.calls.phone import CENTRE, sdp
from tests.sip.parties import PlainDirectory
from tests.virtual_time import in_virtual_time

HOST = "192.0.2.201"
TRUNKS: dict[str, Any] = {
    "trunks": {
        "dsl": {
            "username": "line1",
            "password_env": "DSL_PASSWORD",
            "registration": {"registrar": f"sip:{HOST}", "expires_s": 120},
            "probe_s": None,
        }
    }
}


@in_virtual_time
async def test_we_register_are_called_from_there_and_unregister(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSL_PASSWORD", "secret")
    changes: list[BindingChange] = []
    async with House(tmp_path, changes=TRUNKS) as house:
        registrar = UserAgent(
            SipSettings(listen=HOST, transports=("UDP",)),
            PlainDirectory(phones={"line1": "secret"}, domains=frozenset({HOST})),
            on_call=lambda leg: leg.reject(404),
            on_binding=changes.append,
            rng=random.Random(3),
            transports=house.network.open,
            clock=house.time,
        )
        await registrar.start()
        registrations = TrunkRegistrations(house.parts)
        registrations.start()
        await house.later(1.0)
        assert [change.reachable for change in changes] == [True]

        target = Target(f"sip:1000@{CENTRE}", Address("UDP", CENTRE, 5060))
        leg = registrar.invite(target, from_user="0812", sdp=sdp(HOST), on_event=lambda _: None)
        arrived = await house.until(CallArrived)
        assert arrived.trunk == "dsl"
        leg.hang_up()

        await house.later(300.0)  # refreshed, or it would have expired by now
        assert len(changes) == 1
        await registrations.stop()
        assert [change.reason for change in changes] == ["registered", "unregistered"]
        await registrar.stop()


@in_virtual_time
async def test_the_second_registrar_takes_over_and_speaks_for_the_trunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DSL_PASSWORD", "secret")
    second = "192.0.2.202"
    registration = {"registrar": f"sip:{HOST}", "further": [f"sip:{second}"], "expires_s": 120}
    dsl = {**TRUNKS["trunks"]["dsl"], "registration": registration}
    changes: list[BindingChange] = []
    async with House(tmp_path, changes={"trunks": {"dsl": dsl}}) as house:
        registrar = UserAgent(
            SipSettings(listen=second, transports=("UDP",)),
            PlainDirectory(phones={"line1": "secret"}, domains=frozenset({HOST, second})),
            on_call=lambda leg: leg.reject(404),
            on_binding=changes.append,
            rng=random.Random(3),
            transports=house.network.open,
            clock=house.time,
        )
        await registrar.start()
        registrations = TrunkRegistrations(house.parts)
        registrations.start()
        await house.later(40.0)  # the first one says nothing for 64*T1
        assert [change.reachable for change in changes] == [True]
        assert house.parts.trunks.at(second) == "dsl"
        await registrations.stop()
        await registrar.stop()


@in_virtual_time
async def test_a_carrier_that_is_silent_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async with House(tmp_path, changes=TRUNKS) as house:
        registrations = TrunkRegistrations(house.parts)
        registrations.start()
        await house.later(1.0)
        before = house.time()
        await registrations.stop()
        assert house.time() - before <= 2.0
