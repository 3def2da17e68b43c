"""The Replaces header: which dialog an INVITE takes over, RFC 3891 §6.1."""

from typing import NamedTuple

from sip.errors import MalformedMessage
from sip.grammar import parse_params


class Replaces(NamedTuple):
    """A dialog as its recipient knows it.

    Attributes:
        to_tag: of the recipient of the INVITE.
        from_tag: of the other end of the dialog.
        early_only: take it over only as long as it is not confirmed.
    """

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @property
    def turned(self) -> "Replaces":
        """With its tags changed over, as somebody means it who names the dialog as they see it."""
        return self._replace(to_tag=self.from_tag, from_tag=self.to_tag)


def parse_replaces(text: str) -> Replaces:
    """Read a Replaces value.

    Raises:
        MalformedMessage: no Call-ID, or not both tags.
    """
    call_id, _, rest = text.partition(";")
    params = parse_params(rest, "Replaces") if rest else {}
    to_tag, from_tag = params.get("to-tag"), params.get("from-tag")
    if not call_id.strip() or not to_tag or not from_tag:
        raise MalformedMessage("Replaces", "needs a Call-ID, to-tag and from-tag", text)
    return Replaces(call_id.strip(), to_tag, from_tag, "early-only" in params)
