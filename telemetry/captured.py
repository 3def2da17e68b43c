"""A SIP message as it was on the wire, and what a person reads of it at a glance."""

import re
from dataclasses import dataclass
from typing import Final, Literal

HEAD_BYTES: Final = 8_192
"""How far into a message a header is looked for."""

LONGEST: Final = 40
"""Characters of a start line that a summary keeps."""

_CSEQ: Final = re.compile(
    rb"\ncseq[ \t]{0,8}:[ \t]{0,8}\d{1,10}[ \t]{1,8}(\w{1,20})", re.IGNORECASE
)
_TO_TAG: Final = re.compile(rb"\n(?:to|t)[ \t]{0,8}:[^\r\n]{0,300}?;[ \t]{0,8}tag=", re.IGNORECASE)
_DIRECTION: Final = re.compile(rb"\na=(sendrecv|sendonly|recvonly|inactive)")


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """Kept for ladders.

    Attributes:
        direction: "in" to us, "out" from us.
        at: seconds on the steady clock.
        repeated: how often the very same bytes followed soon after it.
    """

    direction: Literal["in", "out"]
    transport: str
    host: str
    port: int
    data: bytes
    at: float
    sip_call_id: str = ""
    repeated: int = 0

    @property
    def summary(self) -> str:
        """e.g. "INVITE (SDP)", "180 Ringing", "200 OK BYE"; printable whatever the peer sent."""
        first = self.data[:HEAD_BYTES].partition(b"\n")[0].rstrip(b"\r")
        words = _printable(first).split(" ", 2)
        if words[0].startswith("SIP/") and len(words) > 1:
            method = _first(_CSEQ, self.data)
            text = " ".join(words[1:]) + ("" if method in ("", "INVITE") else f" {method}")
        else:
            text = words[0] if not _is_within_dialog(words[0], self.data) else f"re-{words[0]}"
        return (text[:LONGEST] + self._body()).strip()

    def _body(self) -> str:
        head, _, body = self.data.partition(b"\r\n\r\n")
        if not body or b"application/sdp" not in head.lower():
            return ""
        direction = _first(_DIRECTION, body)
        return f" (SDP {direction})" if direction not in ("", "sendrecv") else " (SDP)"


def _is_within_dialog(method: str, headers: bytes) -> bool:
    return method == "INVITE" and _TO_TAG.search(headers, 0, HEAD_BYTES) is not None


def _first(pattern: re.Pattern[bytes], data: bytes) -> str:
    found = pattern.search(data, 0, HEAD_BYTES)
    return _printable(found[1]) if found else ""


def _printable(data: bytes) -> str:
    text = data[:200].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else "·" for each in text)
