"""What tells one dialog from all others: RFC 3261 §12."""

from typing import NamedTuple


class DialogId(NamedTuple):
    """As one of its ends knows it; the other end has the same with the tags changed over."""

    call_id: str
    local_tag: str
    remote_tag: str
