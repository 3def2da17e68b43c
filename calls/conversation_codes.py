"""Feature codes that an agent presses in a conversation."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final
from weakref import WeakKeyDictionary

import structlog

from calls.call import Call
from calls.problems import Refused
from events.ids import CallId

PATIENCE_S: Final = 2.0
"""The next key of a code comes within this time; the engine holds keys back no longer."""

_log = structlog.get_logger(__name__)


class ConversationCodes:
    """One per process. The last keys pressed count, whatever came before them."""

    def __init__(self, codes: Mapping[str, Callable[[CallId], None]]) -> None:
        """What each code does, which may raise Refused; an empty one is none."""
        self._codes = {code: act for code, act in codes.items() if code}
        self._longest = max(map(len, self._codes), default=0)
        self._keys: WeakKeyDictionary[Call, tuple[str, float]] = WeakKeyDictionary()

    @property
    def names(self) -> tuple[str, ...]:
        """The codes themselves, which no caller is to hear."""
        return tuple(self._codes)

    def key(self, call: Call, pressed: str) -> None:
        """A key of the agent's phone: the last of a code does what that is for."""
        if not self._codes:
            return
        now = asyncio.get_running_loop().time()
        before, until = self._keys.get(call, ("", now))
        keys = ((before if now < until else "") + pressed)[-self._longest :]
        code = next((each for each in self._codes if keys.endswith(each)), None)
        if code is None:
            self._keys[call] = (keys, now + PATIENCE_S)
            return
        self._keys.pop(call, None)
        try:
            self._codes[code](call.id)
        except Refused as refused:
            _log.info("code_refused", call=call.id, code=code, problem=str(refused))
