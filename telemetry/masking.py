"""Keys that travel in SIP messages: masked before anybody keeps or exports a message.

Those of a keypad may be a card's or a PIN's, and a capture cannot know; how many there were stays
visible. Those of SDP (RFC 4568, RFC 8839) would open the sound of the call.
"""

import re
from typing import Final

_INFO: Final = b"INFO "
_RELAY: Final = re.compile(rb"(?im)^(signal[ \t]*=[ \t]*)([0-9*#A-D]+)")
_SECRET: Final = re.compile(
    rb"(?im)^(a=ice-pwd:[ \t]*|a=crypto:[^\r\n]*?inline:)([^\s|;]+)((?:;inline:[^\s]*)?)"
)
_BARE: Final = re.compile(rb"[0-9*#A-Da-d]{1,16}")


def masked(data: bytes) -> bytes:
    """A message as it may be kept: keys of `application/dtmf-relay`, `application/dtmf` and of
    session descriptions show stars."""
    if not data.startswith(_INFO):
        return _without_secrets(data)
    head, gap, body = data.partition(b"\r\n\r\n")
    if b"dtmf" not in head.lower():
        return data
    if _BARE.fullmatch(body.strip()):
        return head + gap + _stars(body)
    return head + gap + _RELAY.sub(lambda found: found[1] + b"*" * len(found[2]), body)


def _without_secrets(data: bytes) -> bytes:
    lower = data.lower()
    if b"inline:" not in lower and b"ice-pwd" not in lower:
        return data
    return _SECRET.sub(lambda found: found[1] + b"****", data)


def _stars(body: bytes) -> bytes:
    return re.sub(rb"[^\s]", b"*", body)
