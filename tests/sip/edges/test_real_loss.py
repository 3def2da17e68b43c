"""Ten chosen misfortunes on real sockets with T1 = 50 ms: the clock, the kernel and the loss are
real. The full matrix runs in virtual time, in test_datagram_loss.py."""

import asyncio

import pytest

from sip.address import Address
from sip.dialogs.leg_events import Answered, Confirmed, HungUp
from sip.edges.sip_leg import SipLeg
from sip.edges.sockets import real_sockets
from sip.edges.transport import Failed, Receiver, Transport
from sip.settings import SipSettings
from tests.sip.memory_network import LATENCY_S, Datagram, Hook, delaying, doubling, losing
from tests.sip.parties import ANSWER, Party, PlainDirectory

T1_S = 0.05
PAST_A_RETRANSMISSION_S = 1.5 * T1_S


class UnluckyNetwork:
    """Real sockets whose datagrams, counted over all of them, pass a hook before they are sent."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook
        self._sent = 0

    async def open(self, address: Address, receiver: Receiver, settings: SipSettings) -> Transport:
        return Unlucky(await real_sockets(address, receiver, settings), self)

    def delays(self, data: bytes, source: Address, to: Address) -> tuple[float, ...]:
        datagram = Datagram(self._sent, data, source, to)
        self._sent += 1
        return tuple(delay_s - LATENCY_S for delay_s in self._hook(datagram))


class Unlucky:
    def __init__(self, transport: Transport, network: UnluckyNetwork) -> None:
        self.local = transport.local
        self._transport = transport
        self._network = network

    def send(self, data: bytes, to: Address, failed: Failed) -> None:
        loop = asyncio.get_running_loop()
        for delay_s in self._network.delays(data, self.local, to):
            if delay_s:
                loop.call_later(delay_s, self._transport.send, data, to, failed)
            else:
                self._transport.send(data, to, failed)

    def keep_alive(self, to: Address) -> None:
        self._transport.keep_alive(to)

    def reaches(self, to: Address) -> bool:
        return self._transport.reaches(to)

    async def close(self) -> None:
        await self._transport.close()


MISFORTUNES: dict[str, Hook] = {
    "INVITE lost": losing(0),
    "INVITE doubled": doubling(0),
    "180 lost": losing(1),
    "180 after the 200": delaying(1, PAST_A_RETRANSMISSION_S),
    "200 lost": losing(2),
    "200 doubled": doubling(2),
    "ACK lost": losing(3),
    "ACK after another 200": delaying(3, PAST_A_RETRANSMISSION_S),
    "BYE lost": losing(4),
    "200 to BYE lost": losing(5),
}


def ring_and_answer(party: Party, leg: SipLeg) -> None:
    leg.ring()
    leg.answer(ANSWER)


@pytest.mark.parametrize("misfortune", MISFORTUNES)
async def test_the_call_is_heard_and_ended_by_both(misfortune: str) -> None:
    network = UnluckyNetwork(MISFORTUNES[misfortune])
    settings = SipSettings(port=0, transports=("UDP",), t1_s=T1_S, t2_s=8 * T1_S, t4_s=0.2)
    directory = PlainDirectory(trunk_hosts={"127.0.0.1": "loopback"})
    alice = Party(settings, directory, transports=network.open, seed=1)
    bob = Party(settings, directory, transports=network.open, seed=2, on_call=ring_and_answer)
    await alice.agent.start()
    await bob.agent.start()
    leg = alice.call(f"sip:bob@127.0.0.1:{bob.address.port}")
    await alice.until(Answered)
    await bob.until(Confirmed)
    leg.hang_up()
    await bob.until(HungUp)
    await alice.agent.drained()
    await bob.agent.drained()
    assert alice.events.count(Answered(ANSWER)) == 1
    assert bob.events == [Confirmed(), HungUp()]
    await alice.agent.stop()
    await bob.agent.stop()
