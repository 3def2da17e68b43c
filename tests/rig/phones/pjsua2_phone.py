"""A softphone on PJSIP (the `pjsua2-python` wheel), driven over stdin; see `wire`.

Runs under the interpreter of an environment of its own (`tests.rig.pjsua2`). All of PJSIP is driven
by one thread, this one: it polls the library and reads commands in turn.
"""

import argparse
import ctypes
import gc
import os
import re
import select
import sys
from pathlib import Path
from typing import Any

import pjsua2 as pj

from tests.rig.phones.wire import (
    RATE_HZ,
    SAMPLE_BYTES,
    Reporter,
    read_command,
    read_options,
    read_pcm,
    write_pcm,
)

POLL_MS = 10
HELD_MS, MOST_HELD_MS = 200, 2000
WAV_HEADER_BYTES = 44
RINGING, ANSWER, BUSY = 180, 200, 486
INVALID_OPERATION = 70013  # PJ_EINVALIDOP, which the wheel does not name


class Call(pj.Call):  # type: ignore[misc]
    """One call: connects its sound both ways and reports what happens to it."""

    def __init__(self, phone: "Phone", number: int, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self._phone = phone
        self.number = number
        self.recording = phone.folder / f"{phone.user}-raw-{number}.wav"
        self.recorder: pj.AudioMediaRecorder | None = None
        self.closed = False
        self._held = False

    def onCallState(self, _prm: Any) -> None:  # noqa: N802  PJSIP's name
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and info.role == pj.PJSIP_ROLE_UAC:
            self._phone.tell("ringing", call=self.number)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._phone.tell("established", call=self.number)
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.closed = True
            self.recorder = None  # closes the file
            reason = f"{info.lastStatusCode} {info.lastReason}"
            self._phone.tell("closed", call=self.number, reason=reason)

    def onCallMediaState(self, _prm: Any) -> None:  # noqa: N802
        info = self.getInfo()  # owns the list: it must outlive the loop
        sound = next(m for m in info.media if m.type == pj.PJMEDIA_TYPE_AUDIO)
        held = sound.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
        if held != self._held:
            self._held = held
            self._phone.tell("held" if held else "resumed", call=self.number)
        if sound.status in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
            self._connect(self.getAudioMedia(sound.index))

    def onCallSdpCreated(self, prm: Any) -> None:  # noqa: N802
        """A phone that presses by tones has never heard of telephone-event."""
        if self._phone.keys_by == "inband":
            prm.sdp.wholeSdp = without_key_events(prm.sdp.wholeSdp)

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        self._phone.tell("key", call=self.number, key=prm.digit, duration_ms=prm.duration)

    def _connect(self, media: Any) -> None:
        if self.recorder is None:
            self.recorder = pj.AudioMediaRecorder()
            self.recorder.createRecorder(str(self.recording))
        media.startTransmit(self.recorder)
        if self._phone.player is not None:
            self._phone.player.startTransmit(media)

    def recorded(self) -> bytes:
        """What was heard so far, but for the last quarter second that PJSIP has not yet written."""
        if not self.recording.is_file():
            return b""
        pcm = self.recording.read_bytes()[WAV_HEADER_BYTES:]
        return pcm[: len(pcm) - len(pcm) % SAMPLE_BYTES]

    def is_recorded(self) -> bool:
        """Whether the recording has its end: PJSIP writes it some time after the call's."""
        if not self.closed or not self.recording.is_file():
            return True
        file = self.recording.read_bytes()
        length = int.from_bytes(file[WAV_HEADER_BYTES - 4 : WAV_HEADER_BYTES], "little")
        return len(file) <= WAV_HEADER_BYTES or length == len(file) - WAV_HEADER_BYTES

    def say(self, player: Any) -> None:
        if not self.closed and self.getInfo().state == pj.PJSIP_INV_STATE_CONFIRMED:
            player.startTransmit(self.getAudioMedia(-1))


def _keep_all(config: pj.MediaConfig) -> None:
    """A jitter buffer that waits and drops nothing.

    Otherwise PJSIP drops what came in a burst to be quick again: when its threads were starved it
    would seem that the other side had sent nothing. The wheel does not name the way to discard, but
    hands out a pointer to it: PJMEDIA_JB_DISCARD_NONE is 0.
    """
    config.jbInit = config.jbMinPre = config.jbMaxPre = HELD_MS
    config.jbMax = MOST_HELD_MS
    discarding = config.jbDiscardAlgo
    ctypes.c_int.from_address(int(discarding)).value = 0
    config.jbDiscardAlgo = discarding


def without_key_events(sdp: str) -> str:
    """The offer, or answer, of a phone that cannot send keys by RFC 4733."""
    for number in re.findall(r"a=rtpmap:(\d+) telephone-event/", sdp):
        sdp = re.sub(rf"(m=audio .*?) {number}\b", r"\1", sdp)
        sdp = re.sub(rf"a=(rtpmap|fmtp):{number} .*\r?\n", "", sdp)
    return sdp


class Player(pj.AudioMediaPlayer):  # type: ignore[misc]
    """A sound that is being said; tells when it has ended."""

    def __init__(self, phone: "Phone") -> None:
        super().__init__()
        self._phone = phone

    def onEof2(self) -> None:  # noqa: N802
        self._phone.tell("sound_finished")


class Account(pj.Account):  # type: ignore[misc]
    def __init__(self, phone: "Phone") -> None:
        super().__init__()
        self._phone = phone

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        if prm.code // 100 == 2:
            self._phone.tell("registered" if prm.expiration > 0 else "unregistered")
        else:
            self._phone.tell("register_failed", status=prm.code, reason=prm.reason)

    def onMwiInfo(self, prm: Any) -> None:  # noqa: N802
        text = prm.rdata.wholeMsg.partition("\r\n\r\n")[2]
        self._phone.tell("messages", text=text)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        self._phone.incoming(prm.callId)


class Phone:
    def __init__(self, options: argparse.Namespace, reporter: Reporter) -> None:
        self.user: str = options.user
        self.folder = Path(options.folder)
        self.keys_by: str = options.keys_by
        self.tell = reporter.tell
        self.player: Player | None = None
        self._options = options
        self._calls: dict[int, Call] = {}
        self._listening: dict[int, int] = {}
        self._refused: list[dict[str, Any]] = []
        self._endpoint = pj.Endpoint()
        self._open_endpoint()
        self.account = Account(self)
        self.account.create(self._account_config())

    def _open_endpoint(self) -> None:
        options = self._options
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        config.medConfig.clockRate = 8000
        config.medConfig.sndClockRate = 8000
        _keep_all(config.medConfig)
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 5
        self._endpoint.libCreate()
        self._endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.port = options.port
        transport.boundAddress = options.address
        transport.publicAddress = options.address
        if options.authorities:
            transport.tlsConfig.CaListFile = options.authorities
            transport.tlsConfig.verifyServer = True
        kind = getattr(pj, f"PJSIP_TRANSPORT_{options.transport.upper()}")
        self._endpoint.transportCreate(kind, transport)
        self._endpoint.libStart()
        self._endpoint.audDevManager().setNullDev()
        wanted = options.codecs.lower().split(",")
        for codec in self._endpoint.codecEnum2():
            name = codec.codecId.split("/")[0].lower()
            rank = 255 - wanted.index(name) if name in wanted else 0
            self._endpoint.codecSetPriority(codec.codecId, rank)

    def _account_config(self) -> pj.AccountConfig:
        options = self._options
        suffix = f";transport={options.transport}"
        config = pj.AccountConfig()
        config.idUri = f"sip:{options.user}@{options.domain}"
        config.regConfig.registrarUri = f"sip:{options.domain}{suffix}"
        config.regConfig.registerOnAdd = False
        config.regConfig.timeoutSec = options.expires_s
        config.regConfig.retryIntervalSec = 0
        if options.registrar:
            config.sipConfig.proxies.push_back(f"sip:{options.registrar};lr{suffix}")
        if options.password:
            credentials = pj.AuthCredInfo("digest", "*", options.user, 0, options.password)
            config.sipConfig.authCreds.push_back(credentials)
        config.mediaConfig.transportConfig.boundAddress = options.address
        config.mediaConfig.transportConfig.port = options.rtp_first
        config.mediaConfig.transportConfig.portRange = options.rtp_last - options.rtp_first
        if options.protection != "none":
            how = pj.PJMEDIA_SRTP_KEYING_SDES
            if options.protection == "dtls":
                how = pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP
            config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
            config.mediaConfig.srtpSecureSignaling = 0
            config.mediaConfig.srtpOpt.keyings = pj.IntVector([how])
        config.mwiConfig.enabled = options.lamp
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = 0
        return config

    def run(self) -> None:
        self.tell("ready", port=self._options.port)
        pending = b""
        while True:
            self._endpoint.libHandleEvents(POLL_MS)
            self._tell_heard()
            self._try_again()
            if not select.select([0], [], [], 0)[0]:
                continue
            chunk = os.read(0, 65536)
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                command = read_command(line.decode())
                if command["do"] == "quit":
                    return
                self._perform(command)
            if not chunk:
                return

    def close(self) -> None:
        self._endpoint.hangupAllCalls()
        self._calls.clear()
        self.player = None
        gc.collect()  # calls and players must be gone before the library is
        self._endpoint.libDestroy()

    def _perform(self, command: dict[str, Any]) -> None:
        verb, arguments = command["do"], {k: v for k, v in command.items() if k != "do"}
        try:
            getattr(self, f"_do_{verb}")(**arguments)
        except pj.Error as error:
            if verb in ("hold", "resume") and error.status == INVALID_OPERATION:
                self._refused.append(command)
            else:
                self.tell("problem", text=f"{verb}: {error.info()}")
        except (AssertionError, KeyError, TypeError, OSError) as error:
            self.tell("problem", text=f"{verb}: {error}")

    def incoming(self, call_id: int) -> None:
        call = self._adopt(call_id)
        self.tell("incoming", call=call.number, peer=call.getInfo().remoteUri)
        self._respond(call.number, ANSWER if self._options.answers else RINGING)

    def _adopt(self, call_id: int = pj.PJSUA_INVALID_ID) -> Call:
        number = len(self._calls) + 1
        self._calls[number] = Call(self, number, call_id)
        return self._calls[number]

    # ---- commands

    def _do_register(self) -> None:
        self.account.setRegistration(True)

    def _do_unregister(self) -> None:
        self.account.setRegistration(False)

    def _do_call(self, uri: str) -> None:
        self._adopt().makeCall(f"{uri};transport={self._options.transport}", pj.CallOpParam(True))

    def _do_answer(self, call: int) -> None:
        self._respond(call, ANSWER)

    def _do_reject(self, call: int) -> None:
        self._respond(call, BUSY)

    def _respond(self, call: int, status: int) -> None:
        parameters = pj.CallOpParam(True)
        parameters.statusCode = status
        self._calls[call].answer(parameters)

    def _do_hang_up(self, call: int) -> None:
        if not self._calls[call].closed:
            self._calls[call].hangup(pj.CallOpParam(True))

    def _do_hold(self, call: int) -> None:
        self._calls[call].setHold(pj.CallOpParam(True))

    def _do_resume(self, call: int) -> None:
        parameters = pj.CallOpParam(True)
        parameters.opt.flag = pj.PJSUA_CALL_UNHOLD
        self._calls[call].reinvite(parameters)

    def _do_transfer(self, call: int, uri: str) -> None:
        self._calls[call].xfer(uri, pj.CallOpParam(True))

    def _do_join(self, call: int, other: int) -> None:
        self._calls[call].xferReplaces(self._calls[other], pj.CallOpParam(True))

    def _try_again(self) -> None:
        """Holds and resumes that met another re-INVITE, oldest first; each starts over."""
        again, self._refused = self._refused, []
        for command in again:
            self._perform(command)

    def _do_keys(self, call: int, keys: str) -> None:
        parameters = pj.CallSendDtmfParam()
        by_info = self._options.keys_by == "info"
        parameters.method = (
            pj.PJSUA_DTMF_METHOD_SIP_INFO if by_info else pj.PJSUA_DTMF_METHOD_RFC2833
        )
        parameters.digits = keys
        self._calls[call].sendDtmf(parameters)

    def _do_play(self, path: str, loop: bool) -> None:
        read_pcm(path)  # refuses what the other softphone would refuse
        player = Player(self)
        player.createPlayer(path, 0 if loop else pj.PJMEDIA_FILE_NO_LOOP)
        self.player = player
        for call in self._calls.values():
            call.say(player)

    def _do_silence(self) -> None:
        self.player = None

    def _do_heard(self, call: int, more_s: float) -> None:
        recorded = len(self._calls[call].recorded())
        self._listening[call] = recorded + round(more_s * RATE_HZ) * SAMPLE_BYTES

    def _tell_heard(self) -> None:
        """Answers the `heard` commands whose sound has arrived by now."""
        for call, enough in list(self._listening.items()):
            pcm = self._calls[call].recorded()
            if len(pcm) >= enough and self._calls[call].is_recorded():
                del self._listening[call]
                self._save(call, pcm)

    def _save(self, call: int, pcm: bytes) -> None:
        path = self.folder / f"{self.user}-heard-{call}.wav"
        write_pcm(path, pcm)
        self.tell("heard", call=call, path=str(path))


def main() -> None:
    reporter = Reporter()
    phone = Phone(read_options(), reporter)
    try:
        phone.run()
    finally:
        phone.close()
    sys.exit(0)


if __name__ == "__main__":
    main()
