"""All legs of a user agent, found by what a message says of its dialog."""

import asyncio

from sip.dialog_id import DialogId
from sip.edges.refer_subscription import ReferSubscription
from sip.edges.sip_leg import SipLeg
from sip.errors import MalformedMessage
from sip.headers.name_addr import parse_name_addr
from sip.message import Request, header
from sip.transactions.matching import Key


class LegTable:
    """Legs in any stage, early ones and those saying good-bye included."""

    def __init__(self) -> None:
        self._legs: dict[tuple[str, str], SipLeg] = {}
        self._by_invite: dict[Key, SipLeg] = {}
        self._refers: dict[tuple[str, str], ReferSubscription] = {}
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: SipLeg) -> None:
        self._legs[leg.call_id, leg.local_tag] = leg

    def note_invite(self, leg: SipLeg, key: Key) -> None:
        """The server transaction by which a CANCEL finds the leg."""
        leg.invite_key = key
        self._by_invite[key] = leg

    def remove(self, leg: SipLeg) -> None:
        self._legs.pop((leg.call_id, leg.local_tag), None)
        if leg.invite_key is not None:
            self._by_invite.pop(leg.invite_key, None)
        if not self._legs:
            self._empty.set()

    def clear(self) -> None:
        self._legs.clear()
        self._by_invite.clear()
        self._refers.clear()

    def keep_refer(self, subscription: ReferSubscription, is_open: bool) -> None:
        """What a REFER outside the leg's dialog made; gone when nobody waits to be told."""
        if is_open:
            self._refers[subscription.id] = subscription
        else:
            self._refers.pop(subscription.id, None)

    def find_refer(self, call_id: str, local_tag: str) -> ReferSubscription | None:
        return self._refers.get((call_id, local_tag))

    def find(self, call_id: str, local_tag: str) -> SipLeg | None:
        return self._legs.get((call_id, local_tag))

    def named(self, target: DialogId) -> SipLeg | None:
        """The leg whose dialog somebody outside of it names, RFC 4538 §4. Some name it as they
        see it themselves, their own tag as the local one."""
        for ours, theirs in (target[1:], target[:0:-1]):
            leg = self._legs.get((target.call_id, ours))
            if leg is not None and leg.is_with(theirs):
                return leg
        return None

    def of(self, request: Request) -> SipLeg | None:
        """The leg in whose dialog the request is; None also if its To cannot be read."""
        try:
            tag = parse_name_addr(header(request, "To"), "To").tag or ""
        except MalformedMessage:
            return None
        return self._legs.get((header(request, "Call-ID"), tag))

    def of_cancel(self, cancel: Request, invite_key: Key) -> SipLeg | None:
        """The leg whose INVITE is cancelled: its first one, or a re-INVITE in its dialog."""
        return self._by_invite.get(invite_key) or self.of(cancel)

    async def emptied(self) -> None:
        """Wait until no leg is left."""
        while self._legs:
            self._empty.clear()
            await self._empty.wait()
