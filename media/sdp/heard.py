"""Which payload types a peer may use towards us: RFC 3264 §5.1 and §6.1.

Each side numbers the codecs that it wants to hear. So the peer sends with the numbers of our
description, and we with those of its own; many phones use their own numbers both ways.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from media.sdp.codecs import CODECS, NOISE, TELEPHONE_EVENT, codec_of
from media.sdp.session import Format, Media

MOST: Final = 16
"""Of one leg: a peer that numbers everything anew in each re-offer must not fill our tables."""


class Heard(NamedTuple):
    """One payload type that we understand."""

    payload_type: int
    name: str
    """In `CODECS`, or `TELEPHONE_EVENT`, or `NOISE.name`."""
    clock_hz: int


def understood(payloads: Iterable[Format], codec: str) -> list[Heard]:
    """Of a description's formats those that may come where this codec was agreed on."""
    clocks = {8000, CODECS[codec].clock_hz}
    heard = []
    for payload in payloads:
        name = payload.name.upper()
        if codec_of(payload, [codec]):
            heard.append(Heard(payload.payload_type, codec, CODECS[codec].clock_hz))
        elif payload.key == NOISE.key or (name == TELEPHONE_EVENT and payload.clock_hz in clocks):
            heard.append(Heard(payload.payload_type, name, payload.clock_hz))
    return heard


def heard_besides(
    sent: Sequence[Heard], before: Sequence[Heard], *, ours: Media, theirs: Media, codec: str
) -> tuple[Heard, ...]:
    """What the peer may send that is numbered otherwise than what it is `sent`.

    A number that means two things means what our description says, then the peer's, then what
    it meant `before`: it is in use as long as the session lasts (§8.3.2).
    """
    our_own, their_own = understood(ours.payloads(), codec), understood(theirs.payloads(), codec)
    common = {entry[1:] for entry in our_own} & {entry[1:] for entry in their_own}
    meanings: dict[int, Heard] = {}
    for entry in (*our_own, *their_own, *before):
        if entry[1:] in common:
            meanings.setdefault(entry.payload_type, entry)
    return tuple(entry for entry in meanings.values() if entry not in sent)[:MOST]
