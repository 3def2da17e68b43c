"""What the API gives of voice mailboxes."""

from web.models import Model


class Mailbox(Model):
    name: str
    new: int
    """Messages that nobody has heard."""
    old: int
    """Messages that were heard and kept."""


class MailboxList(Model):
    mailboxes: list[Mailbox]


class VoiceMessage(Model):
    """A message. `left_at`: seconds since 1970."""

    id: str
    """Of the recording, too."""
    mailbox: str
    call: str
    number: str
    """The caller's; empty when it is erased or was withheld."""
    name: str
    left_at: float
    duration_s: float
    heard: bool


class MessageList(Model):
    messages: list[VoiceMessage]
    """Unheard ones first, each kind by age."""
