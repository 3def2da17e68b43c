"""A REFER outside the dialog that it is about, RFC 3515 and 4538: it makes a dialog of its own.

In that one the peer is told how the call goes that it asked for, whatever becomes of the other.
"""

from collections.abc import Mapping
from typing import Any, Final

from sip.dialogs import refer
from sip.dialogs.dialog import Dialog, dialog_of_callee
from sip.dialogs.effects import DialogEffect, Respond, SendRequest, TransactionKey
from sip.dialogs.refer_reports import EXPIRES_S, TOO_LATE, ReferReports
from sip.message import Request, response_to

RESTART_JUMP: Final = 1_000
"""Added to CSeq by `restore`: what was sent after the snapshot is not known."""


class OutsideRefer:
    """Every method returns what its owner must send, in order; what comes too late does nothing."""

    def __init__(
        self,
        request: Request | None,
        transaction: TransactionKey,
        dialog: Dialog,
        reports: ReferReports,
    ) -> None:
        """`request` is the REFER, None once it is answered."""
        self._request = request
        self._transaction = transaction
        self._dialog = dialog
        self._reports = reports
        self._ends_at: float | None = None

    @property
    def is_unanswered(self) -> bool:
        return self._request is not None

    @property
    def is_open(self) -> bool:
        """Whether the peer waits for our answer, or for the outcome."""
        return self.is_unanswered or self._reports.refer_id is not None

    def accept(self, now: float) -> list[DialogEffect]:
        """202, and the first NOTIFY."""
        request, self._request = self._request, None
        if request is None:
            return []
        accepted = refer.acceptance(request, self._dialog.contact, to_tag=self._dialog.local_tag)
        answer = Respond(self._transaction, accepted)
        if refer.wants_no_reports(request):
            return [answer]
        self._reports.refer_id, self._ends_at = "", now + EXPIRES_S
        return [answer, *self.progress(100)]

    def refuse(self, status: int) -> list[DialogEffect]:
        request, self._request = self._request, None
        if request is None:
            return []
        refused = response_to(request, status, to_tag=self._dialog.local_tag)
        return [Respond(self._transaction, refused)]

    def progress(self, status: int, reason: str = "") -> list[DialogEffect]:
        """How the call that was asked for goes; a final status is the last that is told."""
        return self._sending(self._reports.tell(self._dialog, status, reason))

    def report_answered(self, notify: Request, status: int) -> list[DialogEffect]:
        """The final status of a NOTIFY, 408 for none."""
        if notify is not self._reports.open:
            return []
        if status >= 300:
            self._reports.failed()
            return self._sending(None)
        return self._sending(self._reports.answered(self._dialog))

    def next_deadline(self) -> float | None:
        return self._ends_at

    def handle_timers(self, now: float) -> list[DialogEffect]:
        """Say that no more will be told, when nobody has told us the outcome."""
        if self._ends_at is None or now < self._ends_at:
            return []
        self._ends_at = None
        return self._sending(self._reports.tell(self._dialog, refer.NO_RESULT, why=TOO_LATE))

    def snapshot(self, now: float) -> dict[str, Any] | None:
        """JSON values; None when nobody waits for an outcome."""
        if self._reports.refer_id is None or self._ends_at is None:
            return None
        return {"dialog": self._dialog.snapshot(), "left_s": self._ends_at - now}

    @classmethod
    def restore(cls, data: Mapping[str, Any], now: float) -> "OutsideRefer":
        dialog = Dialog.restore(data["dialog"])
        dialog.local_cseq += RESTART_JUMP
        restored = cls(None, None, dialog, ReferReports(""))
        restored._ends_at = now + data["left_s"]
        return restored

    def _sending(self, notify: Request | None) -> list[DialogEffect]:
        if self._reports.refer_id is None:
            self._ends_at = None
        return [] if notify is None else [SendRequest(notify)]


def outside_refer(
    request: Request, transaction: TransactionKey, *, local_tag: str, contact: str
) -> OutsideRefer:
    """One that is to be answered.

    Raises:
        MalformedMessage: no dialog can come of it.
    """
    dialog = dialog_of_callee(request, local_tag=local_tag, contact=contact)
    return OutsideRefer(request, transaction, dialog, ReferReports())
