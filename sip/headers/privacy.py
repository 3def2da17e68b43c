"""Privacy: what a caller asks of whoever passes the call on.

RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1.
"""

from dataclasses import dataclass
from typing import Final

from sip.grammar import LWS, is_token
from sip.message import Message

ANONYMOUS: Final = "anonymous"
ANONYMOUS_HOST: Final = "anonymous.invalid"
"""Who hides, in a URI: §4.1.1.3."""

CRITICAL: Final = "critical"
NONE: Final = "none"
_CALLER: Final = frozenset({"id", "user"})
_HISTORY: Final = frozenset({"history", "header"})
_GIVEN: Final = _CALLER | _HISTORY | {"session", NONE, CRITICAL}
"""`session` and the rest of `header` need nothing more of a B2BUA whose sound goes through it."""

_MAX_VALUES: Final = 16


@dataclass(frozen=True, slots=True)
class Privacy:
    """The wishes by their names in lower case; `none` outweighs all others."""

    wanted: frozenset[str] = frozenset()

    @property
    def declined(self) -> bool:
        """Nothing is to be hidden, whatever is usual, §4.2."""
        return NONE in self.wanted

    @property
    def hides_caller(self) -> bool:
        return not self.declined and not _CALLER.isdisjoint(self.wanted)

    @property
    def hides_history(self) -> bool:
        """Whether nobody is to read who passed the call on."""
        return not self.declined and not _HISTORY.isdisjoint(self.wanted)

    @property
    def denied(self) -> tuple[str, ...]:
        """What the call must not go on without, and we cannot give."""
        return tuple(sorted(self.wanted - _GIVEN)) if CRITICAL in self.wanted else ()


NOTHING_ASKED: Final = Privacy()


def read_privacy(message: Message) -> Privacy:
    """What the message's Privacy headers ask for; what is no token is left out."""
    values = [value for name, value in message.headers if name == "Privacy"]
    if not values:
        return NOTHING_ASKED
    words = ";".join(values).replace(",", ";").split(";", _MAX_VALUES)[:_MAX_VALUES]
    named = (word.strip(LWS).lower() for word in words)
    return Privacy(frozenset(word for word in named if is_token(word)))
