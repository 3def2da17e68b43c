"""The Target-Dialog header: which dialog a request outside of it is about, RFC 4538 §7."""

from typing import NamedTuple

from sip.errors import MalformedMessage
from sip.grammar import parse_params


class TargetDialog(NamedTuple):
    """A dialog as the recipient of the request knows it, §3; "" for a tag that is not there."""

    call_id: str
    local_tag: str
    remote_tag: str


def parse_target_dialog(text: str) -> TargetDialog:
    """Read a Target-Dialog value.

    Raises:
        MalformedMessage: no Call-ID, or parameters that cannot be read.
    """
    call_id, _, rest = text.partition(";")
    params = parse_params(rest, "Target-Dialog") if rest else {}
    if not call_id.strip():
        raise MalformedMessage("Target-Dialog", "needs a Call-ID", text)
    return TargetDialog(
        call_id.strip(), params.get("local-tag") or "", params.get("remote-tag") or ""
    )
