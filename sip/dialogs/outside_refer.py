"""A REFER outside the dialog that it is about, RFC 3515 and 4538: it makes a dialog of its own.

In that one the peer is told how the call goes that it asked for, whatever becomes of the other.
"""

from collections.abc import Mapping
from typing import Any, Final

from sip.dialogs import refer
from sip.dialogs.dialog import Dialog, cseq_number, dialog_of_callee
from sip.dialogs.effects import DialogEffect, Respond, SendRequest, TransactionKey
from sip.dialogs.refer_reports import ReferReports
from sip.headers.name_addr import parse_name_addr
from sip.message import Request, header, response_to

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

    @property
    def id(self) -> tuple[str, str]:
        """Call-ID and our tag."""
        return self._dialog.call_id, self._dialog.local_tag

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
        return [answer, *_sending(self._reports.begin(self._dialog, "", now))]

    def refuse(self, status: int) -> list[DialogEffect]:
        request, self._request = self._request, None
        if request is None:
            return []
        refused = response_to(request, status, to_tag=self._dialog.local_tag)
        return [Respond(self._transaction, refused)]

    def progress(self, status: int, reason: str, now: float) -> list[DialogEffect]:
        """How the call that was asked for goes; a final status is the last that is told."""
        return _sending(self._reports.tell(self._dialog, status, now, reason))

    def subscribed(
        self, request: Request, transaction: TransactionKey, now: float
    ) -> list[DialogEffect]:
        """The peer wants to be told for longer, or no more.

        Raises:
            MalformedMessage: answer its status.
        """
        number = cseq_number(request)
        peer = parse_name_addr(header(request, "From"), "From").tag or ""
        if peer != self._dialog.remote_tag:
            return [Respond(transaction, response_to(request, 481))]
        if self._dialog.remote_cseq is not None and number <= self._dialog.remote_cseq:
            return [Respond(transaction, response_to(request, 500))]
        self._dialog.remote_cseq = number
        response, notify = self._reports.subscribed(request, self._dialog, now)
        return [Respond(transaction, response), *_sending(notify)]

    def report_answered(self, notify: Request, status: int, now: float) -> list[DialogEffect]:
        """The final status of a NOTIFY, 408 for none."""
        if notify is not self._reports.open:
            return []
        if status >= 300:
            self._reports.failed()
            return []
        return _sending(self._reports.answered(self._dialog, now))

    def next_deadline(self) -> float | None:
        return self._reports.ends_at

    def handle_timers(self, now: float) -> list[DialogEffect]:
        """Say that no more will be told, when nobody has told us the outcome."""
        return _sending(self._reports.ran_out(self._dialog, now))

    def snapshot(self, now: float) -> dict[str, Any] | None:
        """JSON values; None when nobody waits for an outcome."""
        ends_at = self._reports.ends_at
        if ends_at is None:
            return None
        return {"dialog": self._dialog.snapshot(), "left_s": ends_at - now}

    @classmethod
    def restore(cls, data: Mapping[str, Any], now: float) -> "OutsideRefer":
        dialog = Dialog.restore(data["dialog"])
        dialog.local_cseq += RESTART_JUMP
        return cls(None, None, dialog, ReferReports("", now + data["left_s"]))


def outside_refer(
    request: Request, transaction: TransactionKey, *, local_tag: str, contact: str
) -> OutsideRefer:
    """One that is to be answered.

    Raises:
        MalformedMessage: no dialog can come of it.
    """
    dialog = dialog_of_callee(request, local_tag=local_tag, contact=contact)
    return OutsideRefer(request, transaction, dialog, ReferReports())


def _sending(notify: Request | None) -> list[DialogEffect]:
    return [] if notify is None else [SendRequest(notify)]
