"""The Via header value: RFC 3261 §20.42, `rport` in RFC 3581 §3."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from sip.errors import MalformedMessage, UnsupportedVersion
from sip.grammar import LWS, format_params, is_token, parse_params
from sip.headers.hostport import split_host_port
from sip.message import Message, header
from sip.quoting import split_outside_quotes

MAX_CHARS: Final = 2048
MAGIC_COOKIE: Final = "z9hG4bK"


class Via(NamedTuple):
    """One hop of the path a response travels back; a tuple, as every message makes some.

    Attributes:
        transport: upper case, e.g. "UDP".
        host: as sent, IPv6 in brackets.
        port: None if absent; the default depends on the transport, §18.2.2.
        params: names in lower case; None for a flag without a value.
    """

    transport: str
    host: str
    port: int | None
    params: Mapping[str, str | None]

    @property
    def branch(self) -> str | None:
        return self.params.get("branch")

    @property
    def has_unique_branch(self) -> bool:
        """Whether the branch identifies the transaction by itself, §8.1.1.7, §17.2.3."""
        branch = self.params.get("branch") or ""
        return len(branch) > len(MAGIC_COOKIE) and branch.startswith(MAGIC_COOKIE)


@lru_cache(maxsize=1024)  # matching, inspection and answering each read the same few values
def parse_via(value: str) -> Via:
    """Read one Via value; the caller has split comma-separated ones.

    Raises:
        UnsupportedVersion: the protocol is SIP, but not 2.0.
        MalformedMessage: the value is outside the grammar, or its port is not
            a port, or a parameter is given twice (§7.3.1).
    """
    if len(value) > MAX_CHARS:
        raise MalformedMessage("Via", "too long", value)
    sent, semicolon, rest = value.partition(";")
    transport, _, sent_by = _sent_protocol(sent, value).partition(" ")
    if not is_token(transport):
        raise MalformedMessage("Via", "transport is not a token", value)
    host, port = split_host_port(sent_by, "Via")
    return Via(transport.upper(), host, port, parse_params(rest, "Via") if semicolon else {})


def _sent_protocol(sent: str, value: str) -> str:
    """What follows `SIP/2.0/`: the transport, a space, and who sent it."""
    if sent.startswith("SIP/2.0/") and "\t" not in sent:
        return sent[8:].strip(" ")
    protocol = sent.split("/", 2)
    if len(protocol) != 3 or protocol[0].strip(LWS).upper() != "SIP":
        raise MalformedMessage("Via", "not a via-parm", value)
    if protocol[1].strip(LWS) != "2.0":
        raise UnsupportedVersion("Via", "not SIP/2.0", value)
    return protocol[2].strip(LWS).replace("\t", " ")


def format_via(via: Via) -> str:
    port = "" if via.port is None else f":{via.port}"
    return f"SIP/2.0/{via.transport} {via.host}{port}{format_params(via.params)}"


def top_via(message: Message) -> Via:
    """The first Via: for a request the previous hop, for a response ourselves.

    Raises:
        MalformedMessage: see `parse_via`.
    """
    return parse_via(split_outside_quotes(header(message, "Via"), ",")[0])


def via_as_received(via: Via, host: str, port: int) -> Via:
    """Note the packet's source: `received` where it differs or `rport` asks, RFC 3581 §4."""
    params = dict(via.params)
    wants_rport = "rport" in params
    if wants_rport:
        params["rport"] = str(port)
    if wants_rport or via.host.strip("[]").lower() != host.lower():
        params["received"] = host
    elif "received" in params:  # only we may write it: a forged one would steer our answer
        del params["received"]
    return via._replace(params=params)
