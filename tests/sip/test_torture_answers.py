"""The same torture messages through a whole user agent: what each is answered on the wire.

The peer is a trunk, so that only registrations are asked for a password, and every call is
answered. What a message holds once it is read is looked at in `test_torture.py`.
"""

import asyncio
from typing import Final

import pytest

from sip.edges.sip_leg import SipLeg
from tests.sip.memory_network import MemoryNetwork
from tests.sip.parties import ANSWER, Party
from tests.sip.scenes import party_and_raw
from tests.sip.test_torture import TORTURE
from tests.virtual_time import in_virtual_time

DROPPED: Final = 0
EXPECTED: Final[dict[str, int]] = {
    "rfc4475/badaspec.dat": 400,
    "rfc4475/badbranch.dat": 200,  # the branch is matched as by RFC 2543
    "rfc4475/baddate.dat": 200,  # we use no Date
    "rfc4475/baddn.dat": 400,
    "rfc4475/badinv01.dat": 400,
    "rfc4475/badvers.dat": 505,
    "rfc4475/bcast.dat": DROPPED,  # a response to nobody
    "rfc4475/bext01.dat": 420,
    "rfc4475/bigcode.dat": DROPPED,
    "rfc4475/clerr.dat": 400,
    "rfc4475/cparam01.dat": 401,
    "rfc4475/cparam02.dat": 401,
    "rfc4475/dblreq.dat": 401,  # the second request is no part of the datagram
    "rfc4475/esc01.dat": 200,
    "rfc4475/esc02.dat": 501,
    "rfc4475/escnull.dat": 401,
    "rfc4475/escruri.dat": 200,  # its headers are ignored, not obeyed
    "rfc4475/insuf.dat": DROPPED,  # nothing to answer to
    "rfc4475/intmeth.dat": 501,
    "rfc4475/inv2543.dat": 200,  # without Contact: in-dialog requests go to From
    "rfc4475/invut.dat": 415,
    "rfc4475/longreq.dat": 200,
    "rfc4475/ltgtruri.dat": 400,
    "rfc4475/lwsdisp.dat": 200,
    "rfc4475/lwsruri.dat": 400,
    "rfc4475/lwsstart.dat": 400,
    "rfc4475/mcl01.dat": 400,
    "rfc4475/mismatch01.dat": 400,
    "rfc4475/mismatch02.dat": 400,
    "rfc4475/mpart01.dat": 405,  # a MESSAGE
    "rfc4475/multi01.dat": 400,
    "rfc4475/ncl.dat": 400,
    "rfc4475/noreason.dat": DROPPED,
    "rfc4475/novelsc.dat": 416,
    "rfc4475/quotbal.dat": 400,
    "rfc4475/regaut01.dat": 401,
    "rfc4475/regbadct.dat": 400,
    "rfc4475/regescrt.dat": 401,
    "rfc4475/scalar02.dat": 400,
    "rfc4475/scalarlg.dat": DROPPED,
    "rfc4475/sdp01.dat": 406,  # it would take nothing that we can say
    "rfc4475/semiuri.dat": 200,
    "rfc4475/transports.dat": 200,
    "rfc4475/trws.dat": 400,
    "rfc4475/unkscm.dat": 416,
    "rfc4475/unksm2.dat": 401,
    "rfc4475/unreason.dat": DROPPED,
    "rfc4475/wsinv.dat": 481,  # its To has a tag, and we know no such call
    "rfc4475/zeromf.dat": 200,  # OPTIONS end here whatever the hops
    "rfc5118/ipv4-mapped-ipv6": 200,
    "rfc5118/ipv6-bad": 400,
    "rfc5118/ipv6-bug-abnf-3-colons": 200,
    "rfc5118/ipv6-correct-abnf-2-colons": 200,
    "rfc5118/ipv6-good": 401,
    "rfc5118/ipv6-in-sdp": 400,
    "rfc5118/mult-ip-in-header": 481,  # a BYE of no call of ours
    "rfc5118/mult-ip-in-sdp": 400,
    "rfc5118/port-ambiguous": 401,
    "rfc5118/port-unambiguous": 401,
    "rfc5118/via-received-param-no-delim": 200,
    "rfc5118/via-received-param-with-delim": 481,  # a BYE of no call of ours
}

pytestmark = pytest.mark.skipif(not TORTURE.is_dir(), reason="no torture messages beside us")


def answer(party: Party, leg: SipLeg) -> None:
    leg.answer(ANSWER)


async def answered(data: bytes) -> int:
    """The status of the first final response to these bytes, DROPPED if there is none."""
    network = MemoryNetwork()
    async with party_and_raw(network, on_call=answer) as (party, raw):
        raw.send(data)
        await asyncio.sleep(0.3)
        sent = [each.start_line for each in network.log if each.source == party.address]
    statuses = [int(line.split()[1]) for line in sent if line.startswith("SIP/2.0 ")]
    return next((status for status in statuses if status >= 200), DROPPED)


@pytest.mark.parametrize("name", EXPECTED)
@in_virtual_time
async def test_what_it_is_answered(name: str) -> None:
    assert await answered((TORTURE / name).read_bytes()) == EXPECTED[name]


def test_no_message_lacks_an_expectation() -> None:
    found = {f"{path.parent.name}/{path.name}" for path in TORTURE.glob("rfc*/*")}
    assert found == set(EXPECTED)
