"""How phones are asked to pick up by themselves: each make listens to another header."""

from collections.abc import Mapping
from typing import Final

from calls.settings import AutoAnswer
from sip.message import Headers

HEADERS: Final[Mapping[AutoAnswer, Headers]] = {
    "never": (),
    "call_info": (("Call-Info", "<sip:sentral.invalid>;answer-after=0"),),
    "alert_info": (("Alert-Info", "<urn:alert:service:normal>;info=alert-autoanswer;delay=0"),),
    "answer_mode": (("Answer-Mode", "Auto"),),  # RFC 5373
}
