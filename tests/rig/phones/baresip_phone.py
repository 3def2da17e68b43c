"""A softphone on libbaresip (the `baresip-python` wheel), driven over stdin; see `wire`.

One process is one phone: the stack is a singleton. It binds to one loopback address, never answers
by itself unless told so, and keeps all that it hears.
"""

import argparse
import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import baresip

from tests.rig.phones.wire import (
    RATE_HZ,
    SAMPLE_BYTES,
    Reporter,
    narrowed,
    read_command,
    read_options,
    read_pcm,
    widened,
    write_pcm,
)

TICK_S = 0.01
AHEAD_BYTES = RATE_HZ * SAMPLE_BYTES * 3 // 10
"""Sound kept ready in the stack's buffer, 300 ms: our thread may be late on a busy machine."""
PATIENT_EARS = "audio_jitter_buffer_type off\naudio_buffer 200-2000\n"
"""It drops what came late or in a burst unless told to wait 200 ms and to keep up to 2 s: when its
threads were starved it would seem that the other side had sent nothing."""

PROTECTIONS = {
    "none": (),
    "sdes": ("mediaenc=srtp-mand",),
    "dtls": ("mediaenc=dtls_srtp",),
}


class Mouth:
    """What this phone says: a sound at a time, from where it was when a hold interrupted it."""

    def __init__(self) -> None:
        self._pcm = b""
        self._at = 0
        self._loop = False

    def say(self, pcm: bytes, *, loop: bool) -> None:
        self._pcm, self._at, self._loop = pcm, 0, loop

    def feed(self, audio: baresip.CallAudio) -> bool:
        """Tops the stack's buffer up. True when the sound has just been handed over whole."""
        if not self._pcm:
            return False
        info = audio.info()
        ratio, channels = info.tx_sample_rate // RATE_HZ, info.tx_channels  # its codec's own
        width = max(ratio * channels, 1)
        wanted = AHEAD_BYTES - info.tx_buffered // width // SAMPLE_BYTES * SAMPLE_BYTES
        if wanted > 0 and ratio > 0:
            part = widened(self._pcm[self._at : self._at + wanted], ratio, channels)
            self._at += audio.write(part) // width // SAMPLE_BYTES * SAMPLE_BYTES
        if self._at < len(self._pcm):
            return False
        self._at = 0
        if self._loop:
            return False
        self._pcm = b""
        return True


class PhoneCall:
    """One call of the phone: its number, and all that was heard in it."""

    def __init__(self, number: int, call: baresip.Call) -> None:
        self.number = number
        self.call = call
        self.heard = bytearray()
        """At 8 kHz in one channel, whatever the codec has."""
        self._rest = b""

    def listen(self, pcm: bytes) -> None:
        info = self.call.audio.info()
        ratio, channels = max(info.rx_sample_rate // RATE_HZ, 1), max(info.rx_channels, 1)
        width = ratio * channels * SAMPLE_BYTES
        self._rest += pcm
        whole = len(self._rest) // width * width
        self.heard += narrowed(self._rest[:whole], ratio, channels)
        self._rest = self._rest[whole:]


async def _when_no_offer_is_open(act: Callable[[], Awaitable[None]]) -> None:
    """Hold and resume are refused while another re-INVITE is under way: try until it ended."""
    for _ in range(200):
        try:
            await act()
        except baresip.BaresipError as error:
            if "in flight" not in str(error):
                raise
            await asyncio.sleep(TICK_S)
        else:
            return
    raise baresip.BaresipError("an earlier re-INVITE was never answered")


class Phone:
    def __init__(self, options: argparse.Namespace, reporter: Reporter) -> None:
        self._options = options
        self._tell = reporter.tell
        self._mouth = Mouth()
        self._calls: dict[int, PhoneCall] = {}
        self._early: list[baresip.StackEvent] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        options = self._options
        runtime = baresip.Runtime()
        bracketed = f"[{options.address}]" if ":" in options.address else options.address
        await runtime.start(
            baresip.Config(
                net_interface=options.address,
                sip_trace=True,
                native_log_level="info",
                extra_config_text=(
                    f"sip_listen {bracketed}:{options.port}\n"
                    f"rtp_ports {options.rtp_first}-{options.rtp_last}\n"
                    f"rtcp_mux {'yes' if options.protection == 'dtls' else 'no'}\n"
                    + PATIENT_EARS
                    + _trusting(options.authorities)
                ),
            )
        )
        try:
            self._agent = await baresip.UserAgent.create(runtime, self._account())
            self._agent.on_incoming(self._incoming)
            self._agent.on(self._note_early)
            self._tell("ready", port=options.port)
            sound = asyncio.create_task(self._keep_sound_moving())
            await self._obey()
            sound.cancel()
        finally:
            with contextlib.suppress(baresip.BaresipError):
                await runtime.close()

    def _account(self) -> baresip.Account:
        options = self._options
        return baresip.Account(
            user=options.user,
            domain=options.domain,
            password=options.password,
            registrar=options.registrar,
            reg_interval=options.expires_s,
            transport=options.transport,
            audio_codecs=tuple(options.codecs.split(",")),
            dtmf_mode=options.keys_by,
            extra_params=PROTECTIONS[options.protection],
        )

    async def _obey(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            command = read_command(line.decode())
            if command["do"] == "quit":
                return
            if command["do"] == "heard":  # waits for sound: others go on meanwhile
                self._start(command)
            else:
                await self._perform(command)

    def _start(self, command: dict[str, Any]) -> None:
        task = asyncio.create_task(self._perform(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _perform(self, command: dict[str, Any]) -> None:
        verb = command.pop("do")
        try:
            await getattr(self, f"_do_{verb}")(**command)
        except (baresip.BaresipError, AssertionError, KeyError, TypeError, OSError) as error:
            self._tell("problem", text=f"{verb}: {type(error).__name__}: {error}")

    # ---- commands

    async def _do_register(self) -> None:
        try:
            await self._agent.register()
        except baresip.RegistrationError as error:
            self._tell("register_failed", status=error.status, reason=error.reason)
        else:
            self._tell("registered")

    async def _do_unregister(self) -> None:
        await self._agent.unregister()
        self._tell("unregistered")

    async def _do_call(self, uri: str) -> None:
        self._adopt(await self._agent.dial(uri))

    async def _do_answer(self, call: int) -> None:
        await self._calls[call].call.answer()

    async def _do_reject(self, call: int) -> None:
        await self._calls[call].call.reject()

    async def _do_hang_up(self, call: int) -> None:
        with contextlib.suppress(baresip.StaleHandleError):  # the other side was faster
            await self._calls[call].call.hangup()

    async def _do_hold(self, call: int) -> None:
        await _when_no_offer_is_open(self._calls[call].call.hold)

    async def _do_resume(self, call: int) -> None:
        await _when_no_offer_is_open(self._calls[call].call.resume)

    async def _do_transfer(self, call: int, uri: str) -> None:
        self._transfer(self._calls[call].call.transfer(uri))

    async def _do_join(self, call: int, other: int) -> None:
        self._transfer(self._calls[call].call.attended_transfer(self._calls[other].call))

    def _transfer(self, work: Coroutine[Any, Any, None]) -> None:
        """It lasts until the other side told how it went; commands are obeyed meanwhile."""

        async def watched() -> None:
            try:
                await work
            except baresip.BaresipError as error:
                self._tell("transfer_failed", text=str(error))

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do_keys(self, call: int, keys: str) -> None:
        await self._calls[call].call.send_dtmf(keys)

    async def _do_play(self, path: str, loop: bool) -> None:
        self._mouth.say(read_pcm(path), loop=loop)

    async def _do_silence(self) -> None:
        self._mouth.say(b"", loop=False)

    async def _do_heard(self, call: int, more_s: float) -> None:
        enough = len(self._calls[call].heard) + round(more_s * RATE_HZ) * SAMPLE_BYTES
        while len(self._calls[call].heard) < enough:  # noqa: ASYNC110  the stack is polled anyway
            await asyncio.sleep(TICK_S)
        path = Path(self._options.folder) / f"{self._options.user}-heard-{call}.wav"
        write_pcm(path, bytes(self._calls[call].heard))
        self._tell("heard", call=call, path=str(path))

    # ---- what the stack reports

    def _incoming(self, call: baresip.Call) -> None:
        number = self._adopt(call)
        self._tell("incoming", call=number, peer=call.peer)
        if self._options.answers:
            self._start({"do": "answer", "call": number})

    def _adopt(self, call: baresip.Call) -> int:
        number = len(self._calls) + 1
        self._calls[number] = PhoneCall(number, call)
        call.on(lambda event: self._happened(number, event))
        call.on_dtmf(
            lambda digit: self._tell(
                "key", call=number, key=digit.digit, duration_ms=digit.duration_ms
            )
        )
        for event in self._early:
            if event.call == call.handle:
                call._on_stack_event(event)  # the wheel (pinned) drops what comes before its Call
        self._early.clear()
        return number

    def _note_early(self, event: baresip.StackEvent) -> None:
        """Keeps what happens to a call that `dial` has not yet returned: 180 may be quicker."""
        if event.call and all(event.call != call.call.handle for call in self._calls.values()):
            self._early.append(event)

    def _happened(self, number: int, event: baresip.StackEvent) -> None:
        kinds = {
            baresip.Event.CALL_RINGING: "ringing",
            baresip.Event.CALL_PROGRESS: "ringing",
            baresip.Event.CALL_ESTABLISHED: "established",
            baresip.Event.CALL_HOLD: "held",
            baresip.Event.CALL_RESUME: "resumed",
        }
        if event.event in kinds:
            self._tell(kinds[event.event], call=number)
        elif event.event is baresip.Event.CALL_CLOSED:
            self._tell("closed", call=number, reason=event.text or "")

    async def _keep_sound_moving(self) -> None:
        """Feeds the mouth and empties the ears of every live call, twice per packet."""
        while True:
            for call in self._calls.values():
                if call.call.state is not baresip.CallState.CLOSED:
                    self._move_sound(call)
            await asyncio.sleep(TICK_S)

    def _move_sound(self, call: PhoneCall) -> None:
        with contextlib.suppress(baresip.AudioNotActive, baresip.AudioRestarted):
            while pcm := call.call.audio.read(4096):
                call.listen(pcm)
        if call.call.state is baresip.CallState.ESTABLISHED:
            with contextlib.suppress(baresip.AudioNotActive, baresip.AudioRestarted):
                if self._mouth.feed(call.call.audio):
                    self._tell("sound_finished", call=call.number)


def _trusting(authorities: str | None) -> str:
    return f"sip_cafile {authorities}\nsip_verify_server yes\n" if authorities else ""


def main() -> None:
    reporter = Reporter()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    logging.getLogger("baresip.native.sip").setLevel(logging.DEBUG)
    asyncio.run(Phone(read_options(), reporter).run())


if __name__ == "__main__":
    main()
