"""One source of keys per party: a press that comes by two ways counts once.

Phones send keys in the RTP (as telephone-events, or as tones to a side that did not agree to
those), by SIP INFO, or in two of these ways at once. No clock here: time is an argument.
"""

from typing import Final

SAME_PRESS_S: Final = 0.2
"""The same key by another way within this time is the same press."""


class KeySource:
    """Telephone-events count before all, then INFO once it was seen, then tones."""

    def __init__(self) -> None:
        self.echoes = False
        """Whether the party sends tones beside its INFO, which count."""
        self._by_event = False
        self._by_info = False
        self._last = ("", "")
        self._last_at = 0.0

    def takes_rtp(self, key: str, now: float, *, as_tone: bool) -> bool:
        """Whether a key heard in the RTP is a new press; `as_tone` when it was a sound."""
        if as_tone and self._by_info:
            self.echoes = True
            return False
        self._by_event = self._by_event or not as_tone
        return self._is_new("rtp", key, began_at=now, now=now)

    def takes_info(self, key: str, now: float, *, held_s: float) -> bool:
        """Whether a key told by INFO is a new press; phones tell it when it is let go."""
        if self._by_event:
            return False
        self._by_info = True
        is_new = self._is_new("info", key, began_at=now - held_s, now=now)
        self.echoes = self.echoes or not is_new
        return is_new

    def _is_new(self, way: str, key: str, *, began_at: float, now: float) -> bool:
        last_way, last_key = self._last
        same = key == last_key and way != last_way and began_at - self._last_at < SAME_PRESS_S
        self._last, self._last_at = (way, key), now
        return not same
