"""What lies outside of the process."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sentral.entropy import BlockRandom
from sip.edges.sockets import real_sockets
from sip.edges.transport import TransportFactory


@dataclass(frozen=True)
class World:
    """Tests in virtual time bring their own.

    Attributes:
        steady: seconds, read once per input; uvloop's own clock is rounded to a millisecond.
        utc: seconds since 1970.
    """

    steady: Callable[[], float] = time.monotonic
    utc: Callable[[], float] = time.time
    rng: random.Random = field(default_factory=BlockRandom)
    transports: TransportFactory = real_sockets
