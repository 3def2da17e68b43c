"""INFO with a key in it: application/dtmf-relay and application/dtmf, as phones send them."""

from typing import Final

from sip.dialogs.capabilities import content_type
from sip.dialogs.effects import TransactionKey
from sip.dialogs.leg_events import KeyByInfo
from sip.dialogs.usage import InviteUsage
from sip.errors import MalformedMessage
from sip.message import Request, response_to

RELAY_TYPE: Final = "application/dtmf-relay"
PLAIN_TYPE: Final = "application/dtmf"
DEFAULT_DURATION_MS: Final = 160
MAX_DURATION_MS: Final = 10_000
MAX_BYTES: Final = 256

_KEYS: Final = frozenset("0123456789*#ABCD")
_BY_NUMBER: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}


def received(usage: InviteUsage, request: Request, transaction: TransactionKey) -> None:
    """200 and the key; 415 for other packages; 200 for an empty INFO, which asks if we live."""
    kind = content_type(request)
    if not request.body:
        usage.respond(transaction, response_to(request, 200))
    elif kind not in (RELAY_TYPE, PLAIN_TYPE):
        accept = (("Accept", f"{RELAY_TYPE}, {PLAIN_TYPE}"),)
        usage.respond(transaction, response_to(request, 415, headers=accept))
    else:
        try:
            event = read_key(request.body, kind)
        except MalformedMessage as error:
            usage.respond(transaction, response_to(request, error.status))
            return
        usage.respond(transaction, response_to(request, 200))
        usage.tell(event)


def read_key(body: bytes, kind: str) -> KeyByInfo:
    """The key in a body of one of the two types.

    Raises:
        MalformedMessage: too long, no key in it, or a duration that is no number.
    """
    text = body[: MAX_BYTES + 1].decode("ascii", "replace")
    if len(text) > MAX_BYTES:
        raise MalformedMessage("INFO", "body too long", text)
    if kind == PLAIN_TYPE and "=" not in text:
        return KeyByInfo(_key(text), DEFAULT_DURATION_MS)
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, _, value = line.partition("=")
        fields[name.strip().lower()] = value.strip()
    return KeyByInfo(_key(fields.get("signal", "")), _duration_ms(fields.get("duration", "")))


def _key(text: str) -> str:
    key = text.strip().upper()
    key = _BY_NUMBER.get(key, key)
    if key not in _KEYS:
        raise MalformedMessage("INFO", "no key", text)
    return key


def _duration_ms(text: str) -> int:
    if not text:
        return DEFAULT_DURATION_MS
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise MalformedMessage("INFO", "duration is no number", text)
    return min(int(text), MAX_DURATION_MS) or DEFAULT_DURATION_MS
