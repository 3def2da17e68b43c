"""What an operator can set about sound and RTP, with defaults and units. Only `config` reads it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

Port = Annotated[int, Ge(1), Le(65535)]
Codec = Literal["PCMU", "PCMA", "G722", "OPUS"]
Latch = Literal["strict", "nat", "learn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    address: str = "127.0.0.1"
    """IP address that the RTP sockets are bound to."""

    advertised: str = ""
    """IP address written into our SDP; empty for the address the socket is bound to."""

    address_v6: str = ""
    """IPv6 address for the sound of peers that signal by IPv6; empty if there is none, or if
    `address` is one. Both families hear each other."""

    advertised_v6: str = ""
    """As `advertised`, for those peers."""

    local_networks: tuple[str, ...] = ()
    """Networks such as 10.0.0.0/8 whose peers are told the bound address in spite of
    `advertised`."""

    dscp: Annotated[int, Ge(0), Le(63)] = 46
    """Marks RTP for the network (RFC 2474): 46 is expedited forwarding, 0 marks nothing."""

    port_first: Port = 20000
    """First UDP port for RTP; a call uses an even port and the odd one after it."""

    port_last: Port = 29999

    workers: Annotated[int, Ge(1), Le(64)] = 1
    """Threads that move packets. One moves 1500 calls that pass through; more than there are cores
    to spare for them makes delays longer."""

    worker_cpus: tuple[Annotated[int, Ge(0), Le(4095)], ...] = ()
    """Cores that those threads are pinned to, in turn; empty leaves the choice to the kernel, which
    is right unless cores are kept free for them."""

    worker_priority: Annotated[int, Ge(0), Le(99)] = 0
    """Their real-time priority (SCHED_FIFO), 0 for none: for machines whose cores have other work
    too. Takes CAP_SYS_NICE; without it a warning is logged and sound goes on as before."""

    quarantine_s: Annotated[float, Ge(0), Le(3600)] = 5.0
    """How long a closed port is left unused, so that late packets reach nobody."""

    rtp_timeout_s: Annotated[float, Gt(0)] = 60.0
    """Silence (neither RTP nor RTCP, while sound is expected) after which a leg counts as lost."""

    latch: Latch = "nat"
    """Whose packets are taken when a peer has no policy of its own: `strict` only the address in
    its SDP, `nat` its signalling address with any port, `learn` the first steady source."""

    codecs: Annotated[tuple[Codec, ...], MinLen(1)] = ("PCMU", "PCMA", "G722", "OPUS")
    """What we offer, best first; in an answer the caller's order counts, and an agent is offered
    the caller's codec first, so that sound passes through as it is. What plays on a leg of G722 or
    OPUS is encoded for that leg alone, at 15 to 100 times the cost of PCMU and PCMA."""

    speech_rate_hz: Literal[8000, 16_000] = 16_000
    """Samples a second of prompts that are spoken by an engine: 16 000 for all that G722 and OPUS
    can say of a voice. PCMU and PCMA hear the same as ever, from a copy made once for all."""

    ptime_ms: Literal[10, 20, 30, 40, 60] = 20
    """Sound per packet that we ask for, and send unless the peer asks otherwise."""

    comfort_noise: bool = True
    """Whether comfort noise (RFC 3389) is agreed to beside codecs of 8000 Hz: a peer that offers or
    takes it may send a level in place of silence, and is sent one in place of ours."""

    recordings: str = "var/recordings"
    """Folder for recordings, one WAV file each; made when the first one begins."""

    country: str = "id"
    """Two letters: whose ringing and busy tones callers hear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionSettings:
    """Who understands what callers say to `speech` nodes."""

    engine: str = ""
    """A recogniser by its entry point, e.g. `pocketsphinx` (English; comes with the extra
    `speech`); empty: callers answer by keys alone."""

    workers: Annotated[int, Ge(1), Le(64)] = 1
    """Processes that understand at once; each takes a whole processor while it does."""

    within_s: Annotated[float, Gt(0), Le(60)] = 3.0
    """Longest time that a caller waits for it; then it counts as not understood."""

    transcripts: bool = False
    """Whether voice messages are sent with what the recogniser takes them to say."""
