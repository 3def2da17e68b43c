"""The Target-Dialog header: which dialog a request outside of it is about, RFC 4538 §7."""

from sip.dialog_id import DialogId
from sip.errors import MalformedMessage
from sip.grammar import parse_params


def parse_target_dialog(text: str) -> DialogId:
    """Read a Target-Dialog value: the dialog as the recipient of the request knows it, §3; "" for
    a tag that is not there.

    Raises:
        MalformedMessage: no Call-ID, or parameters that cannot be read.
    """
    call_id, _, rest = text.partition(";")
    params = parse_params(rest, "Target-Dialog") if rest else {}
    if not call_id.strip():
        raise MalformedMessage("Target-Dialog", "needs a Call-ID", text)
    return DialogId(call_id.strip(), params.get("local-tag") or "", params.get("remote-tag") or "")
