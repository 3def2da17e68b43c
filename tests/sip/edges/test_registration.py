"""A user agent of ours that registers at another one of ours."""

import asyncio

from sip.address import Address, Target
from sip.dialogs.leg_events import Answered
from sip.digest import Credentials
from sip.edges.registration import SipRegistration
from sip.location import BindingChange
from sip.registration_client import NotRegistered, Registered, RegistrationEvent, Unregistered
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, Party, PlainDirectory
from tests.sip.scenes import ALICE, BOB, settings_at
from tests.virtual_time import in_virtual_time

REGISTRAR = f"sip:{ALICE.host}:{ALICE.port}"
ANYBODY = {"127.0.0.1": "centre"}


class Phone:
    """`told` holds what its registration said, with the time."""

    def __init__(self, network: MemoryNetwork) -> None:
        directory = PlainDirectory(trunk_hosts=ANYBODY)
        self.party = Party(settings_at(BOB), directory, transports=network.open, seed=2)
        self.told: list[tuple[float, RegistrationEvent]] = []

    def register(
        self, password: str = "secret", *, address: Address | None = None, uri: str = REGISTRAR
    ) -> SipRegistration:
        loop = asyncio.get_running_loop()
        return self.party.agent.register(
            Target(uri, address),
            aor="sip:2001@example.test",
            credentials=Credentials("2001", password),
            on_event=lambda event: self.told.append((loop.time(), event)),
        )

    @property
    def events(self) -> list[RegistrationEvent]:
        return [event for _, event in self.told]


def centre_on(network: MemoryNetwork) -> Party:
    directory = PlainDirectory(phones={"2001": "secret"})
    return Party(settings_at(ALICE), directory, transports=network.open)


@in_virtual_time
async def test_a_phone_stays_registered_is_called_and_leaves() -> None:
    network = MemoryNetwork()
    centre, phone = centre_on(network), Phone(network)
    await centre.agent.start()
    await phone.party.agent.start()
    registration = phone.register()
    await asyncio.sleep(1000)
    assert phone.events == [Registered(300)] * 5
    assert centre.bindings == [BindingChange("2001", True, "registered")]

    target = centre.agent.location.target("2001", asyncio.get_running_loop().time())
    assert target is not None
    centre.call_target(target)
    assert await centre.until(Answered) == Answered(ANSWER)

    registration.stop()
    await asyncio.sleep(1)
    assert phone.events[5:] == [Unregistered()]
    assert centre.bindings[1:] == [BindingChange("2001", False, "unregistered")]
    await phone.party.agent.stop()
    await centre.agent.stop()


@in_virtual_time
async def test_silence_is_told_and_the_registrar_asked_again() -> None:
    network = MemoryNetwork()
    phone = Phone(network)
    await phone.party.agent.start()
    phone.register()
    await asyncio.sleep(40)
    ((at, event),) = phone.told
    assert isinstance(event, NotRegistered)
    assert (round(at), event.status) == (32, 408)
    centre = centre_on(network)
    await centre.agent.start()
    await asyncio.sleep(30)
    assert phone.events[1:] == [Registered(300)]
    await phone.party.agent.stop()
    await centre.agent.stop()


@in_virtual_time
async def test_a_registrar_that_cannot_be_reached_is_told_too() -> None:
    phone = Phone(MemoryNetwork())
    await phone.party.agent.start()
    phone.register(uri="sips:example.test")
    phone.register(address=Address("TLS", "127.0.0.1", 5061))
    await asyncio.sleep(1)
    assert [e.status for e in phone.events if isinstance(e, NotRegistered)] == [503, 503]
    await phone.party.agent.stop()
