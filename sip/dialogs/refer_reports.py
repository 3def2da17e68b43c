"""How a call goes that a REFER asked for, told by NOTIFY: RFC 3515 §2.4.4 and §2.4.5.

One NOTIFY at a time, for datagrams overtake one another; the newest state waits.
"""

from dataclasses import dataclass
from typing import Final

from sip.dialogs.dialog import Dialog
from sip.message import Request
from sip.reasons import reason_for

FRAGMENT: Final = "message/sipfrag;version=2.0"
EXPIRES_S: Final = 180
"""How long we report on one REFER at most; what it asked for has come to an end long before."""

NO_LONGER: Final = "noresource"
TOO_LATE: Final = "timeout"


@dataclass(slots=True)
class ReferReports:
    """What one who asked has been told, and is to be told.

    Attributes:
        refer_id: the `id` of Event, "" for a REFER that made a dialog of its own; None as long as
            nobody waits to be told.
        open: our NOTIFY that waits for its answer.
        waiting: the status and reason to be told after that.
    """

    refer_id: str | None = None
    open: Request | None = None
    waiting: tuple[int, str] | None = None

    def tell(
        self, dialog: Dialog, status: int, reason: str = "", *, why: str = NO_LONGER
    ) -> Request | None:
        """The NOTIFY to be sent in `dialog` now, if any; a final status is the last that is told.

        Args:
            why: the subscription ends with a final status.
        """
        if self.refer_id is None:
            return None
        if self.open is None:
            return self._notify(dialog, status, reason, why)
        if self.waiting is None or self.waiting[0] < 200:
            self.waiting = status, reason
        return None

    def answered(self, dialog: Dialog) -> Request | None:
        """The peer has our NOTIFY; the one that waited for that."""
        self.open = None
        waits, self.waiting = self.waiting, None
        return None if waits is None else self._notify(dialog, *waits, NO_LONGER)

    def failed(self) -> None:
        """The peer no longer listens."""
        self.open = self.waiting = self.refer_id = None

    def _notify(self, dialog: Dialog, status: int, reason: str, why: str) -> Request:
        event = f"refer;id={self.refer_id}" if self.refer_id else "refer"
        state = f"active;expires={EXPIRES_S}" if status < 200 else f"terminated;reason={why}"
        headers = (
            ("Contact", dialog.contact),
            ("Event", event),
            ("Subscription-State", state),
            ("Content-Type", FRAGMENT),
        )
        body = f"SIP/2.0 {status} {reason or reason_for(status)}\r\n".encode()
        if status >= 200:
            self.refer_id = None
        self.open = dialog.request("NOTIFY", headers=headers, body=body)
        return self.open
