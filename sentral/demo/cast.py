"""Who plays: people of config/demo.yaml and config/customers.csv, each with their own voice."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody outside. `voice_hz`: the tone that they speak with."""

    name: str
    number: str
    voice_hz: float


@dataclass(frozen=True, slots=True)
class Agent:
    """`id` is the person, `phone` the device at which they sit."""

    name: str
    id: str
    phone: str
    voice_hz: float

    @property
    def password(self) -> str:
        """As the demo's configuration has it."""
        return f"demo-{self.phone}"


ROBIN: Final = Caller("Robin", "+14155550106", 440.0)
LUIS: Final = Caller("Luis", "+34600000005", 494.0)
CARMEN: Final = Caller("Carmen", "+34600000002", 523.0)
PUTU: Final = Caller("Putu", "+628111000004", 587.0)
ALEX: Final = Caller("Alex", "+14155550103", 349.0)
NINA: Final = Caller("Nina", "+622155500199", 392.0)
CALLERS: Final = (ROBIN, LUIS, CARMEN, PUTU, ALEX, NINA)

ANA: Final = Agent("Ana", "101", "2001", 659.0)
CITRA: Final = Agent("Citra", "103", "2003", 784.0)
AGENTS: Final = (ANA, CITRA)

MENU: Final = "1000"
ECHO_TEST: Final = "1002"
NOWHERE: Final = "4040"
"""A number that the numbering plan does not know."""

END_WRAP_UP: Final = "*72"
QUEUES: Final = ("billing", "sales")
