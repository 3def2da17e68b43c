"""What came of reading the configuration or the flows again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Names of what is new, changed or gone. With `problems`, everything is as it was before.

    Attributes:
        restart: what differs in the file and holds only after a restart, as in "sip.port".
    """

    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
