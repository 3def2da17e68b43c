"""Which INVITEs leave us, and when none does."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from calls.desk import Desk
from calls.dialler import Dialler, Dialling
from calls.lines import Lines
from calls.settings import PhoneSettings, TrunkSettings
from calls.trunks import Trunks
from events.calls import LegDialled
from events.event import Event
from events.ids import AgentId, CallId, PhoneId, TrunkName
from media.errors import NoPorts
from media.events import MediaEvent
from media.protection import Protection
from media.sounds import Sound
from sip.address import Address, Target
from sip.dialogs.leg_events import Answered, HungUp
from tests.calls.scripted import Heard, ScriptedMedia, ScriptedSip

PHONE, CARRIER, DEAF = PhoneId("3001"), TrunkName("carrier"), TrunkName("deaf")
DIALLING = Dialling(CallId("c"), "c-1", "62811", "Citra", agent=AgentId("1"), decided_at=2.0)


class Network:
    """Phones, and sound for them."""

    def __init__(self) -> None:
        self.found = [Target("sip:3001@192.0.2.31", Address("UDP", "192.0.2.31", 5060))]
        self.failed_flows: list[Target] = []
        self.invited: list[tuple[Target, dict[str, Any]]] = []
        self.dialogs: list[ScriptedSip] = []
        self.opened: list[tuple[str, str | None]] = []
        self.protections: list[Protection | None] = []
        self.ports = 1

    @property
    def location(self) -> "Network":
        return self

    def targets(self, user: str, now: float) -> list[Target]:
        return self.found if user == PHONE else []

    def flow_failed(self, target: Target) -> None:
        self.failed_flows.append(target)

    def invite(self, target: Target, **how: Any) -> ScriptedSip:
        self.invited.append((target, how))
        self.dialogs.append(ScriptedSip())
        return self.dialogs[-1]

    def open(
        self,
        *,
        signalling_host: str,
        latch: str | None = None,
        local_address: str | None = None,
        protection: Protection | None = None,
        first: str = "",
        offers_noise: bool = False,
        on_event: Callable[[MediaEvent], None],
    ) -> ScriptedMedia:
        if not self.ports:
            raise NoPorts(20000, 20001)
        self.ports -= 1
        self.opened.append((signalling_host, latch))
        self.protections.append(protection)
        return ScriptedMedia(on_event)

    def restore(
        self, data: Mapping[str, Any], on_event: Callable[[MediaEvent], None]
    ) -> ScriptedMedia:
        raise AssertionError("nothing is restored here")

    def sound(self, path: Path) -> Sound:
        raise AssertionError("nothing is played here")


class Exchange:
    def __init__(self) -> None:
        self.network = Network()
        self.log: list[Event] = []
        trunks = {
            CARRIER: TrunkSettings(gateway="sip:gw.example:5070", max_calls=1, latch="learn"),
            DEAF: TrunkSettings(addresses=("192.0.2.9",)),
        }
        self.trunks = Trunks(trunks)
        self.desk = Desk({}, {PHONE: PhoneSettings()}, self.log.append)
        lines = Lines(self.desk, self.trunks, {})
        self.dialler = Dialler(
            self.network,
            self.network,
            lines,
            self.trunks,
            self.log.append,
            lambda: 2.5,
        )


def test_a_phone_is_rung_where_it_is_now() -> None:
    it = Exchange()
    leg = it.dialler.phone(DIALLING, PHONE, Heard())
    assert leg is not None
    ((target, how),) = it.network.invited
    assert target.uri == "sip:3001@192.0.2.31"
    assert (how["from_user"], how["from_display"], how["sdp"]) == ("62811", "Citra", b"ours")
    assert it.network.opened == [("192.0.2.31", None)]
    dialled = LegDialled(
        CallId("c"), "c-1", "phone", PHONE, AgentId("1"), offer_latency_s=0.5, sip_call_id="call-id"
    )
    assert it.log == [dialled]


def test_its_line_is_in_use_until_the_leg_ends() -> None:
    it = Exchange()
    leg = it.dialler.phone(DIALLING, PHONE, Heard())
    assert leg is not None
    assert it.dialler.is_in_use(PHONE)
    it.network.dialogs[0].on_event(Answered(b"talk"))
    it.network.dialogs[0].on_event(HungUp())
    assert leg.closed
    assert not it.dialler.is_in_use(PHONE)


def test_a_phone_that_is_nowhere_is_not_rung() -> None:
    it = Exchange()
    it.network.found.clear()
    assert it.dialler.phone(DIALLING, PHONE, Heard()) is None
    assert it.log == []
    assert it.network.opened == []


def test_without_a_port_nothing_rings() -> None:
    it = Exchange()
    it.network.ports = 0
    assert it.dialler.phone(DIALLING, PHONE, Heard()) is None
    assert it.network.invited == []
    assert not it.dialler.is_in_use(PHONE)


def test_a_number_goes_out_through_the_gateway() -> None:
    it = Exchange()
    assert it.dialler.trunk(DIALLING, CARRIER, "0900", Heard()) is not None
    ((target, _),) = it.network.invited
    assert target.uri == "sip:0900@gw.example:5070"
    assert it.network.opened == [("gw.example", "learn")]
    assert it.trunks.calls_active(CARRIER) == 1


@pytest.mark.parametrize("trunk", [DEAF, TrunkName("unknown")])
def test_a_trunk_without_a_gateway_takes_nothing(trunk: TrunkName) -> None:
    assert Exchange().dialler.trunk(DIALLING, trunk, "0900", Heard()) is None


def test_a_full_trunk_takes_only_what_cannot_wait() -> None:
    it = Exchange()
    it.network.ports = 3
    first = it.dialler.trunk(DIALLING, CARRIER, "0900", Heard())
    assert first is not None
    assert it.dialler.trunk(DIALLING, CARRIER, "0900", Heard()) is None
    assert it.dialler.trunk(DIALLING, CARRIER, "112", Heard(), urgent=True) is not None
    first.hang_up()
    assert it.trunks.calls_active(CARRIER) == 1
