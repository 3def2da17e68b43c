"""What a bridge of two legs does with their sound, and why, in the words that a trace shows."""

from media.sdp.negotiation import Agreement

TABLE = frozenset({"PCMU", "PCMA"})
"""G.711's two laws: one byte of the one is one byte of the other."""


def explain_bridge(caller: Agreement | None, other: Agreement | None) -> str:
    """E.g. "PCMU passes through"; empty as long as a side has agreed on nothing."""
    if caller is None or other is None:
        return ""
    ours, theirs = caller.codec, other.codec
    if ours == theirs:
        if caller.ptime_ms == other.ptime_ms or ours == "OPUS":
            return f"{ours} passes through"
        return f"{ours} is cut anew: {caller.ptime_ms} ms, {other.ptime_ms} ms a packet"
    if {ours, theirs} <= TABLE:
        return f"{ours} and {theirs} by table"
    return f"{ours} and {theirs} are decoded: the called side did not take {ours}"
