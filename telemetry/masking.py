"""Keys that travel in SIP messages: masked before anybody keeps or exports a message.

They may be a card's or a PIN's, and a capture cannot know. How many there were stays visible.
"""

import re
from typing import Final

_INFO: Final = b"INFO "
_RELAY: Final = re.compile(rb"(?im)^(signal[ \t]*=[ \t]*)([0-9*#A-D]+)")
_BARE: Final = re.compile(rb"[0-9*#A-Da-d]{1,16}")


def masked(data: bytes) -> bytes:
    """A message as it may be kept: `application/dtmf-relay` and `application/dtmf` show stars."""
    if not data.startswith(_INFO):
        return data
    head, gap, body = data.partition(b"\r\n\r\n")
    if b"dtmf" not in head.lower():
        return data
    if _BARE.fullmatch(body.strip()):
        return head + gap + _stars(body)
    return head + gap + _RELAY.sub(lambda found: found[1] + b"*" * len(found[2]), body)


def _stars(body: bytes) -> bytes:
    return re.sub(rb"[^\s]", b"*", body)
