"""INFO with a key in it: application/dtmf-relay and application/dtmf, as phones send them. Ours go
out one at a time, so that keys stay in their order.
"""

from typing import Final

from sip.dialogs.capabilities import content_type
from sip.dialogs.effects import TransactionKey
from sip.dialogs.leg_events import KeyByInfo, KeyRefused
from sip.dialogs.usage import InviteUsage, Stage
from sip.errors import MalformedMessage
from sip.message import Headers, Request, Response, response_to

RELAY_TYPE: Final = "application/dtmf-relay"
PLAIN_TYPE: Final = "application/dtmf"
DEFAULT_DURATION_MS: Final = 160
MAX_DURATION_MS: Final = 10_000
MAX_BYTES: Final = 256
MOST_WAITING: Final = 32

_DIALOG_GONE: Final = (408, 481)

_KEYS: Final = frozenset("0123456789*#ABCD")
_BY_NUMBER: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}


# ---- from the peer


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


# ---- ours


def send(usage: InviteUsage, key: str, duration_ms: int) -> None:
    """Press a key towards the peer, after those that wait; a flood of them is cut."""
    if usage.stage is not Stage.CONFIRMED or len(usage.keys) >= MOST_WAITING:
        return
    usage.keys.append(KeyByInfo(key, duration_ms))
    if usage.informing is None:
        usage.challenged.discard("INFO")
        _send_next(usage)


def _send_next(usage: InviteUsage, credentials: Headers = ()) -> None:
    usage.informing = None
    if usage.stage is not Stage.CONFIRMED or not usage.keys:
        return
    pressed = usage.keys[0]
    usage.informing = usage.established.request(
        "INFO",
        headers=(("Contact", usage.contact), ("Content-Type", RELAY_TYPE), *credentials),
        body=f"Signal={pressed.key}\r\nDuration={pressed.duration_ms}\r\n".encode(),
    )
    usage.send(usage.informing)


def answered(usage: InviteUsage, request: Request, response: Response) -> None:
    """The final response to our INFO: on to the next key, or the owner is told of a refusal."""
    if response.status in (401, 407):
        credentials = usage.answer_challenge(request, response)
        if credentials:
            _send_next(usage, credentials)
            return
    if response.status in _DIALOG_GONE:
        failed(usage)
    elif response.status >= 300:
        _refused(usage, response.status)
    else:
        usage.keys.popleft()
        usage.challenged.discard("INFO")
        _send_next(usage)


def failed(usage: InviteUsage) -> None:
    """Nobody answers: keys would be late by now. A dialog that is gone shows itself otherwise."""
    usage.keys.clear()
    usage.informing = None


def _refused(usage: InviteUsage, status: int) -> None:
    """Who refuses one key refuses them all."""
    refused = tuple(usage.keys)
    failed(usage)
    for pressed in refused:
        usage.tell(KeyRefused(pressed.key, pressed.duration_ms, status))
