"""The centre that the house is configured as: its flows, phones, queues and numbers."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher

from calls.greeting import PROMPTS as GREETING_PROMPTS
from calls.stories.feature import PROMPTS as FEATURE_PROMPTS
from calls.stories.secure_entry import PROMPTS as SECURE_PROMPTS
from tests.calls.phone import CENTRE, digest_of

CARRIER: Final = "192.0.2.200"
GATEWAY_PORT: Final = 5070

PROMPTS: Final = (
    *("hello", "menu", "sorry", "comfort", "bye", "music", "hint", "number"),
    *FEATURE_PROMPTS,
    *SECURE_PROMPTS,
    *("number_is", "confirm", "enter", "called_back"),
    *GREETING_PROMPTS,
    *(f"part_{n}" for n in range(100)),
)
FLOWS: Final = {
    "main": """
languages: [en]
start: hello
on_error: bye
nodes:
  hello: {kind: say, prompt: hello, next: menu}
  menu:
    kind: menu
    prompt: menu
    attempts: 2
    no_input: {prompts: [hint]}
    choices: {1: wait, 2: away, 3: out, 4: account, 5: listen}
    otherwise: bye
  wait:
    kind: queue
    queue: support
    priority: "{{ 5 if customer.vip else 0 }}"
    comfort: comfort
    next: bye
    otherwise: sorry
  away:
    kind: transfer
    to: "3002"
    next: bye
    busy: account
    no_answer: menu
    otherwise: sorry
  out:
    kind: transfer
    to: "0900"
    next: bye
    otherwise: sorry
  account:
    kind: collect
    prompt: number
    into: account
    max_digits: 4
    next: listen
    otherwise: bye
  listen: {kind: echo, next: bye}
  sorry: {kind: hang_up, prompt: sorry}
  bye: {kind: hang_up, prompt: bye}
""",
}

NUMBERS: Final = (
    {"dial": "1000", "flow": "main"},
    {"dial": "1001", "queue": "support"},
    {"dial": "300X", "phone": "dialled"},
    {"dial": "*70", "feature": "sign_in", "allow": ["staff", "senior"]},
    {"dial": "*71", "feature": "not_available", "allow": ["staff", "senior"]},
    {"dial": "*71Z", "feature": "not_available", "allow": ["staff", "senior"]},
    {"dial": "*72", "feature": "end_wrap_up", "allow": ["staff", "senior"]},
    {"dial": "*73", "feature": "sign_out", "allow": ["staff", "senior"]},
    {"dial": "*84.", "feature": "listen", "strip": 3, "allow": ["supervisor", "staff"]},
    {"dial": "*85.", "feature": "whisper", "strip": 3, "allow": ["supervisor"]},
    {"dial": "*86.", "feature": "barge", "strip": 3, "allow": ["supervisor"]},
    {"dial": "09.", "trunk": "carrier", "strip": 1, "allow": ["senior", "carrier"]},
)


@cache
def pin(digits: str) -> str:
    """A PIN as the configuration keeps it, made cheaply."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(digits)


def phone(name: str, host: int | None, **settings: object) -> Mapping[str, Any]:
    """A phone of the plan; without a host it has to register."""
    contact = None if host is None else f"sip:{name}@192.0.2.{host}:5060"
    return {"ha1": {"MD5": digest_of(name)}, "contact": contact, **settings}


def usual_settings() -> dict[str, Any]:
    """3001 is Ayu's desk phone, 3002 a manager's, 3003 Budi's softphone, 3004 stands in a hall.

    3009 is a supervisor's.
    """
    return {
        "sip": {"listen": CENTRE, "port": 5060, "transports": ["UDP"]},
        "languages": ["en"],
        "queues": {"support": {"wrap_up_s": 10, "ring_s": 20}},
        "agents": {
            "1": {"name": "Ayu", "pin": pin("1111"), "languages": {"en": 5}},
            "2": {"name": "Budi", "pin": pin("2222"), "languages": {"en": 5}},
        },
        "phones": {
            "3001": phone("3001", 31, agent="1"),
            "3002": phone("3002", 32, permissions="senior"),
            "3003": phone("3003", None, agent="2"),
            "3004": phone("3004", 34, permissions="guest"),
            "3009": phone("3009", 39, permissions="supervisor"),
        },
        "trunks": {
            "carrier": {
                "addresses": [CARRIER],
                "gateway": f"sip:{CARRIER}:{GATEWAY_PORT}",
                "max_calls": 30,
            }
        },
        "numbers": list(NUMBERS),
        "emergency": {"numbers": ["112"], "trunk": "carrier"},
    }


def merged(usual: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The usual settings with the changes laid over them, folder by folder."""
    result = dict(usual)
    for name, value in changes.items():
        old = result.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            result[name] = merged(old, value)
        else:
            result[name] = value
    return result
