"""SIPp scenarios written in Python: what one party sends and must receive, line by line.

    script = Script("cancels")
    script.send("INVITE", sdp=OFFER)
    script.receive(180)
    script.send("CANCEL")
    script.receive(200)
    script.receive(487)
    script.send("ACK")
    await run_sipp(script.write(tmp_path), folder=tmp_path, remote=centre.sip, keys=…)

Keys of every script: `number` that is dialled, `caller` who dials. It keeps to one dialog; CSeq,
tags, routes and the branches of ACK and CANCEL follow from what was sent and received before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

OFFER: Final = "sendrecv"
HOLD: Final = "sendonly"

_SDP: Final = """v=0
o=- [pid][call_number] {version} IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio {port} RTP/AVP 0 8{format}{events}
a=ptime:20
a={direction}"""
_EVENTS: Final = "\na=rtpmap:{number} telephone-event/8000\na=fmtp:{number} 0-15"


class Script:
    """One scenario. Lines are appended in the order in which they happen."""

    def __init__(
        self,
        name: str,
        *,
        retransmit_ms: int = 500,
        sound_port: int | None = None,
        key_events: bool = True,
        events_as: int = 96,
    ) -> None:
        """`sound_port`: where the sound is, if it is not SIPp's. `key_events`: RFC 4733 offered,
        under the payload type `events_as`; an answer has that of the offer."""
        self.name = name
        self._sound_port = "[auto_media_port]" if sound_port is None else str(sound_port)
        self._key_events = key_events
        self._events_as = events_as
        self._retransmit_ms = retransmit_ms
        self._lines: list[str] = []
        self._invite: int | None = None
        self._cseq = 0
        self.in_dialog = False
        """Whether further requests go into the dialog that was opened."""
        self._refused = False
        self._version = 0
        self._checked: list[str] = []

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.xml"
        head = f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="{self.name}">\n'
        lines = [*self._lines]
        if self._checked:  # SIPp refuses variables that are written and never read
            lines.append(f'<Reference variables="{",".join(self._checked)}" />')
        path.write_text(head + "\n".join(lines) + "\n</scenario>\n")
        return path

    # ---- as a client

    def send(
        self,
        method: str,
        *,
        uri: str = "sip:[number]@[remote_ip]:[remote_port]",
        sender: str = "sip:[caller]@[local_ip]:[local_port]",
        to: str = "sip:[number]@[remote_ip]:[remote_port]",
        to_tag: str = "",
        contact: str = "sip:[caller]@[local_ip]:[local_port];transport=[transport]",
        headers: Sequence[str] = (),
        sdp: str | None = None,
        body: tuple[str, str] | None = None,
        hops: int = 70,
        cseq: int | None = None,
        retransmit: bool | None = None,
    ) -> None:
        """A request. `sdp`: the direction that it offers. `headers`: whole lines.

        `body`: any other, its type and its text.
        """
        follows = method in ("ACK", "CANCEL")
        if cseq is None and not follows:
            self._cseq += 1
        number = cseq if cseq is not None else self._cseq
        if method == "INVITE":
            self._invite = len(self._lines)
        same = method == "CANCEL" or (method == "ACK" and self._refused)
        back = len(self._lines) - self._invite if same and self._invite is not None else 0
        lines = [
            f"{method} {'[next_url]' if self.in_dialog and not same else uri} SIP/2.0",
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch{-back or ''}]",
            f"From: <{sender}>;tag=[pid]script[call_number]",
            f"To: <{to}>{to_tag or self._to_tag(method)}",
            *(["[routes]"] if self.in_dialog else []),
            "Call-ID: [call_id]",
            f"CSeq: {number} {method}",
            f"Contact: <{contact}>",
            f"Max-Forwards: {hops}",
            *headers,
        ]
        again = method != "ACK" if retransmit is None else retransmit
        content = ("application/sdp", self._sdp(sdp)) if sdp is not None else body
        self._lines.append(self._sending(lines, content, again))
        self._refused = False

    def receive(
        self,
        status: int,
        *,
        auth: bool = False,
        opens: bool = False,
        matches: Sequence[tuple[str, str]] = (),
        times: int = 1,
    ) -> None:
        """A response that must come. `opens`: from here on requests are inside the dialog.

        `matches`: pairs of a header's name and a regular expression for its value; the name
        "body" stands for the body.
        """
        self._lines += [f'<recv response="{each}" optional="true" />' for each in (100, 180, 183)]
        attributes = f'response="{status}"'
        attributes += ' auth="true"' if auth else ""
        attributes += ' rrs="true"' if opens else ""
        actions = "".join(self._check(at, *each) for at, each in enumerate(matches))
        line = f"<recv {attributes}><action>{actions}</action></recv>"
        if not actions:
            line = f"<recv {attributes} />"
        if status == 180:
            self._lines.pop(-2)  # it is not optional then
        self._lines += [line] * times
        self.in_dialog = self.in_dialog or opens
        self._refused = status >= 300

    def receive_request(self, method: str) -> None:
        self._lines.append(f'<recv request="{method}" />')

    def respond(
        self,
        status: int,
        reason: str,
        *,
        to_tag: str = "",
        contact: str = "",
        sdp: str | None = None,
    ) -> None:
        """To the request that was received last."""
        copied = [f"[last_{name}:]" for name in ("Via", "From", "Call-ID", "CSeq")]
        copied.append(f"[last_To:]{to_tag}")
        lines = [f"SIP/2.0 {status} {reason}", *copied]
        lines += [f"Contact: <{contact}>"] if contact else []
        content = ("application/sdp", self._sdp(sdp)) if sdp is not None else None
        self._lines.append(self._sending(lines, content, retransmit=sdp is not None))

    def pause(self, milliseconds: int) -> None:
        """How long this party takes for its next line: a person's time, never a wait for ours."""
        self._lines.append(f'<pause milliseconds="{milliseconds}" />')

    # ---- how SIPp spells it

    def _to_tag(self, method: str) -> str:
        known = self.in_dialog or self._refused
        return "[peer_tag_param]" if known and method != "CANCEL" else ""

    def _sending(
        self, lines: Sequence[str], content: tuple[str, str] | None, retransmit: bool = False
    ) -> str:
        again = f' retrans="{self._retransmit_ms}"' if retransmit else ""
        body = ["Content-Length: 0"]
        if content is not None:
            kind, inner = content
            body = [f"Content-Type: {kind}", "Content-Length: [len]", "", inner]
        text = "\n".join([*lines, *body])
        return f"<send{again}>\n<![CDATA[\n{text}\n\n]]>\n</send>"

    def _sdp(self, direction: str) -> str:
        self._version += 1
        return _SDP.format(
            version=self._version,
            direction=direction,
            port=self._sound_port,
            format=f" {self._events_as}" if self._key_events else "",
            events=_EVENTS.format(number=self._events_as) if self._key_events else "",
        )

    def _check(self, number: int, header: str, pattern: str) -> str:
        where = 'search_in="body"' if header == "body" else f'search_in="hdr" header="{header}:"'
        self._checked.append(f"checked{len(self._lines)}x{number}")
        return (
            f'<ereg regexp="{escape(pattern)}" {where} check_it="true" '
            f'assign_to="{self._checked[-1]}" />'
        )
