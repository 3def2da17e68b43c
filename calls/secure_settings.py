"""What operators can set about digits typed in a conversation. Only `config` reads it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

Digits = Annotated[int, Ge(1), Le(64)]
Seconds = Annotated[float, Gt(0), Le(300)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureEntrySettings:
    code: str = ""
    """Keys by which an agent begins it during a conversation, e.g. *7, and breaks it off."""

    url: str = ""
    """Where the digits go, by POST, as JSON with `digits`, `call` and `agent`; an answer's `token`
    is told to the agent in their place. Without it, nobody can begin."""

    token_env: str = ""
    """Environment variable whose value is sent as a bearer token."""

    timeout_s: Annotated[float, Gt(0), Le(30)] = 5.0
    """How long the answer may take."""

    prompt: str = "secure_enter"
    """What the caller hears."""

    min_digits: Digits = 12
    max_digits: Digits = 19
    terminator: Literal["#", "*", ""] = "#"
    """The key that ends the number before `max_digits`; empty when there is none."""

    luhn: bool = True
    """The last digit is a check digit, as of cards."""

    attempts: Annotated[int, Ge(1), Le(10)] = 3
    """How often the caller is asked."""

    first_digit_s: Seconds = 10.0
    """Silence allowed after the prompt."""

    between_s: Seconds = 5.0
    """Silence allowed between keys."""

    longest_s: Annotated[float, Gt(0), Le(1800)] = 180.0
    """After this time the two hear each other again, come what may."""

    def __post_init__(self) -> None:
        if self.code and (len(self.code) < 2 or self.code.strip("0123456789*#ABCD")):
            raise ValueError("code should be two keys or more of 0-9, *, #, A-D")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("url should begin with http:// or https://")
        if self.min_digits > self.max_digits:
            raise ValueError("min_digits is more than max_digits; no number could be right")
