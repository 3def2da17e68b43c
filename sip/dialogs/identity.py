"""Who talks with whom now, told inside the dialog, both ways: RFC 4916, RFC 3311, RFC 3325.

A transfer or a pick-up changes that without the other end's doing. P-Asserted-Identity tells it,
and From does too where the peer said that it takes changes of From. UPDATE carries the news, or a
re-INVITE with the session as it stands, to phones that do not take UPDATE.
"""

from typing import Final

from sip.dialogs.leg_events import IdentityChanged
from sip.dialogs.usage import InviteUsage, Stage
from sip.errors import MalformedMessage
from sip.headers.name_addr import NameAddr, format_name_addr, parse_name_addr
from sip.headers.privacy import ANONYMOUS, ANONYMOUS_HOST, read_privacy
from sip.message import Headers, Message, Response, header, header_values
from sip.uri import Uri, format_uri, parse_uri

FROM_CHANGE: Final = "from-change"
"""The option tag of RFC 4916 §4."""

_HIDDEN: Final = NameAddr("", f"sip:{ANONYMOUS}@{ANONYMOUS_HOST}")
"""Whoever asks not to be shown, RFC 3323 and RFC 3325."""

# ---- ours


def show(usage: InviteUsage, user: str, display: str) -> None:
    """Tell the peer as soon as nothing is in the way; before the answer, with the answer."""
    if usage.shown != (user, display):
        usage.shown = (user, display)
        usage.shown_late = usage.stage is Stage.CONFIRMED


def headers(usage: InviteUsage) -> Headers:
    """P-Asserted-Identity of our next request or response; none before the first `show`."""
    if usage.shown is None:
        return ()
    return (("P-Asserted-Identity", format_name_addr(_address(usage))),)


def change_from(usage: InviteUsage) -> None:
    """Write it into From, if the peer takes that. The tag stays: it names the dialog, §4.4.1."""
    dialog = usage.dialog
    if usage.shown is not None and dialog is not None and usage.peer_takes_from:
        dialog.local = format_name_addr(_address(usage)._replace(params={"tag": dialog.local_tag}))


def _address(usage: InviteUsage) -> NameAddr:
    """At the host that the peer knows us by."""
    assert usage.shown is not None
    user, display = usage.shown
    local = header(usage.invite, "From" if usage.owns_call_id else "To")
    return NameAddr(display, format_uri(Uri("sip", user, parse_uri(_uri(local)).host)))


def _uri(value: str) -> str:
    return parse_name_addr(value, "From").uri


# ---- the peer's


def begun(usage: InviteUsage, message: Message) -> None:
    """Remember whom the peer's INVITE names, or its 2xx, and whether it takes changes of From."""
    tags = header_values(message, "Supported")
    usage.peer_takes_from = any(tag.lower() == FROM_CHANGE for tag in tags)
    named = _named(usage, message)
    usage.peer_named = named and _who(named)


def received(usage: InviteUsage, message: Message) -> None:
    """Tell whom a later request of the peer's names, if that is somebody else.

    One that asserts nobody and keeps its From, such as a refresh of the session, is no news. Who
    hid before does so until it says that it does not: many repeat the name without the wish.
    """
    named, dialog = _named(usage, message), usage.dialog
    if named is None or dialog is None or usage.peer_named in (None, _who(named)):
        return
    if not header_values(message, "P-Asserted-Identity"):
        if _who(named) == _who(parse_name_addr(dialog.remote, "From")):
            return
        dialog.remote = header(message, "From")  # RFC 4916 §4.4.2; its tag is the dialog's
    usage.peer_named = _who(named)
    try:
        user = parse_uri(named.uri).user
    except MalformedMessage:
        return
    usage.tell(IdentityChanged(user, named.display))


def _who(address: NameAddr) -> tuple[str, str]:
    return address.uri, address.display


def _named(usage: InviteUsage, message: Message) -> NameAddr | None:
    """P-Asserted-Identity goes before From, or before the To of a response; None if unreadable."""
    wish = read_privacy(message)
    if wish.hides_caller or (usage.peer_named == _who(_HIDDEN) and not wish.declined):
        return _HIDDEN
    asserted = header_values(message, "P-Asserted-Identity")
    side = "To" if isinstance(message, Response) else "From"
    try:
        return parse_name_addr(asserted[0] if asserted else header(message, side), side)
    except MalformedMessage:
        return None
