"""How a call goes that a REFER asked for, told by NOTIFY: RFC 3515 §2.4.4 to §2.4.7.

Who asked has subscribed by that, and may make the subscription longer, or end it, by SUBSCRIBE
(RFC 6665 §4.1.2.2). One NOTIFY at a time, for datagrams overtake one another; the newest state
waits.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from sip.dialogs.dialog import Dialog
from sip.headers.numeric import parse_delta_seconds
from sip.message import Headers, Request, Response, header_or_none, response_to
from sip.quoting import split_outside_quotes
from sip.reasons import reason_for

FRAGMENT: Final = "message/sipfrag;version=2.0"
EXPIRES_S: Final = 180
"""How long we report on one REFER unless it is prolonged; what it asked for has come to an end
long before."""

NO_RESULT: Final = 408
"""What we say when nobody has told us the outcome."""

NO_LONGER: Final = "noresource"
TOO_LATE: Final = "timeout"


class Report(NamedTuple):
    """One state of the call; the subscription ends with it when it says `why`."""

    status: int
    reason: str = ""
    why: str = ""


_TRYING: Final = Report(100)


@dataclass(slots=True)
class ReferReports:
    """What one who asked has been told, and is to be told.

    Attributes:
        refer_id: the `id` of Event, "" for a REFER that made a dialog of its own; None as long as
            nobody waits to be told.
        ends_at: when the subscription runs out; None when it does not, its end being told already
            or about to be.
        open: our NOTIFY that waits for its answer.
        waiting: to be told after that.
        known: the newest state, which a refresh asks for again.
    """

    refer_id: str | None = None
    ends_at: float | None = None
    open: Request | None = None
    waiting: Report | None = None
    known: Report = _TRYING

    def begin(self, dialog: Dialog, refer_id: str, now: float) -> Request | None:
        """Somebody waits to be told; the first NOTIFY."""
        self.refer_id, self.ends_at = refer_id, now + EXPIRES_S
        return self.tell(dialog, 100, now)

    def tell(self, dialog: Dialog, status: int, now: float, reason: str = "") -> Request | None:
        """The NOTIFY to be sent in `dialog` now, if any; a final status is the last one told."""
        return self._tell(dialog, Report(status, reason, NO_LONGER if status >= 200 else ""), now)

    def ran_out(self, dialog: Dialog, now: float) -> Request | None:
        """Nobody made it longer in time: the last NOTIFY, unless `ends_at` has moved."""
        if self.ends_at is None or now < self.ends_at:
            return None
        self.ends_at = None
        return self._tell(dialog, Report(NO_RESULT, why=TOO_LATE), now)

    def subscribed(
        self, request: Request, dialog: Dialog, now: float
    ) -> tuple[Response, Request | None]:
        """The answer to a SUBSCRIBE in `dialog`, and the NOTIFY that follows it, if it may yet.

        Raises:
            MalformedMessage: answer its status.
        """
        package, refer_id = _event(request)
        if package != "refer":
            return response_to(request, 489, headers=(("Allow-Events", "refer"),)), None
        if self.refer_id is None or (self.refer_id and refer_id not in ("", self.refer_id)):
            return response_to(request, 481), None
        wanted = header_or_none(request, "Expires")
        wanted_s = EXPIRES_S if wanted is None else parse_delta_seconds(wanted, "Expires")
        granted_s = min(wanted_s, EXPIRES_S)
        dialog.refresh_target(request)
        self.ends_at = now + granted_s if granted_s else None
        headers: Headers = (("Contact", dialog.contact), ("Expires", str(granted_s)))
        again = self.known._replace(why="" if granted_s else TOO_LATE)
        return response_to(request, 200, headers=headers), self._tell(dialog, again, now)

    def answered(self, dialog: Dialog, now: float) -> Request | None:
        """The peer has our NOTIFY; the one that waited for that."""
        self.open = None
        waits, self.waiting = self.waiting, None
        return None if waits is None else self._notify(dialog, waits, now)

    def failed(self) -> None:
        """The peer no longer listens."""
        self.open = self.waiting = self.refer_id = self.ends_at = None

    def _tell(self, dialog: Dialog, report: Report, now: float) -> Request | None:
        if self.refer_id is None:
            return None
        if self.open is None:
            return self._notify(dialog, report, now)
        if self.waiting is None or not self.waiting.why:
            self.waiting = self.known = report
        return None

    def _notify(self, dialog: Dialog, report: Report, now: float) -> Request:
        self.known = report
        if report.why:
            state = f"terminated;reason={report.why}"
        else:
            state = f"active;expires={max(0, round((self.ends_at or now) - now))}"
        headers = (
            ("Contact", dialog.contact),
            ("Event", f"refer;id={self.refer_id}" if self.refer_id else "refer"),
            ("Subscription-State", state),
            ("Content-Type", FRAGMENT),
        )
        body = f"SIP/2.0 {report.status} {report.reason or reason_for(report.status)}\r\n".encode()
        if report.why:
            self.refer_id = self.ends_at = None
        self.open = dialog.request("NOTIFY", headers=headers, body=body)
        return self.open


def _event(request: Request) -> tuple[str, str]:
    """(package, id) of Event in lower case; "" for what it does not say."""
    package, *params = split_outside_quotes(header_or_none(request, "Event") or "", ";")
    named = (param.partition("=") for param in params)
    ids = [value.strip() for name, _, value in named if name.strip().lower() == "id"]
    return package.strip().lower(), ids[0] if ids else ""
