"""What operators can set about recordings. Only `config` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

Share = Annotated[float, Ge(0), Le(1)]
Days = Annotated[float, Gt(0)]
Record = Literal["always", "never"] | Share


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule:
    """For the calls of one queue."""

    record: Record | None = None
    """`always`, `never`, or the share of calls, e.g. 0.1; none takes `recording.record`."""

    kept_days: Days | None = None
    """Age at which its recordings are removed; none takes `recording.kept_days`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSettings:
    record: Record = "never"
    """Which conversations are recorded: `always`, `never`, or a share of all calls, e.g. 0.1 for
    one in ten. Agents' rules go before queues' rules, and these before this one; a flow's
    `record` node goes before all."""

    queues: Mapping[str, RecordingRule] = field(default_factory=dict)
    """Rules of their own, by queue."""

    agents: Mapping[str, Record] = field(default_factory=dict)
    """Rules of their own, by agent; for the conversations that they have."""

    seed: str = ""
    """With another one, other calls make up the share."""

    notice: Literal["none", "announce", "consent"] = "none"
    """What a caller must have heard before anything is recorded: nothing; that calls are recorded
    (`record` node, `do: announce`); or the question, and said yes (`do: consent`)."""

    internal: bool = False
    """Record calls from one phone to another, too: consultation calls are among them."""

    supervisor: Literal["none", "barge", "all"] = "barge"
    """Whether a supervisor's voice is in it: never; while the caller hears it, on both sides; or
    what is whispered to the agent, too, on the agent's side."""

    during_hold: bool = False
    """Record while a side holds, too. Music is never in a recording."""

    kept_days: Days | None = None
    """Age at which a recording of a conversation is removed; none keeps all."""

    messages_kept_days: Days | None = None
    """The same for what callers left as messages."""

    form: Literal["wav", "opus", "mp3"] = "wav"
    """What a recording is turned into when it is over, by a process of its own that calls do not
    feel. WAV takes 115 MB an hour, the others 14 to 22."""

    key_file: str = ""
    """File of mode 600 with 64 hexadecimal digits: recordings are encrypted with it (AES-256-GCM),
    from their first second on. Who loses it has lost them."""

    key_env: str = ""
    """The same from an environment variable of this name."""
