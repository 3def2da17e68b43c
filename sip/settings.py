"""What an operator can set about SIP, with defaults and units."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, MinLen

Port = Annotated[int, Ge(0), Le(65535)]
Seconds = Annotated[float, Gt(0)]
Count = Annotated[int, Gt(0)]
TransportName = Literal["UDP", "TCP"]
AnyTransportName = Literal["UDP", "TCP", "TLS", "WS", "WSS"]
ExtensionName = Literal["100rel", "timer"]
AlgorithmName = Literal["MD5", "SHA-256", "SHA-512-256"]
BodyProtection = Literal["never", "offered", "required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """One more place to listen, beside `SipSettings.listen`."""

    name: Annotated[str, MinLen(1)]
    """Unlike any other listener's; bindings remember it, so keep it."""

    transport: AnyTransportName
    listen: str
    """Numeric address to bind, IPv4 or IPv6 (without brackets)."""

    port: Port
    public_address: str = ""
    """What peers that meet us here read in Via and Contact, when a router hides `listen`."""

    local_networks: tuple[str, ...] = ()
    """Networks such as 10.0.0.0/8 whose peers read `listen` in spite of `public_address`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Certificates of all TLS and WSS listeners. Files are read again when they change."""

    certificate: str
    """PEM file: our certificate and the chain above it."""

    key: str
    """PEM file: its private key, not encrypted."""

    authorities: str = ""
    """PEM file of those whom we believe; empty means the system's."""

    verify_servers: bool = True
    """Whether whom we connect to must prove by RFC 5922 that it is the domain we asked for."""

    client_certificates: Literal["never", "optional", "required"] = "never"
    """Whether those who connect to us are asked for one; a wrong one is never accepted."""

    handshake_timeout_s: Seconds = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings:
    listen: str = "127.0.0.1"
    """Numeric address to bind; 0.0.0.0 listens everywhere, which nobody gets by accident."""

    port: Port = 5060
    """0 lets the system choose one port, the same for every transport."""

    transports: tuple[TransportName, ...] = ("UDP", "TCP")

    public_address: str = ""
    """What we write into Via and Contact when a router hides `listen`; empty means `listen`."""

    local_networks: tuple[str, ...] = ()
    """Networks such as 10.0.0.0/8 whose peers read `listen` in spite of `public_address`."""

    listeners: tuple[ListenerSettings, ...] = ()
    """Further addresses, ports and transports: TLS, WebSocket, IPv6, the other side of a NAT."""

    tls: TlsSettings | None = None
    """Needed by TLS and WSS listeners, and for calls to `sips:` and `transport=tls`."""

    domain: str = ""
    """Host of our addresses of record (sip:2001@domain), besides the addresses we listen on."""

    realm: str = "sentral"

    algorithms: tuple[AlgorithmName, ...] = ("MD5", "SHA-256")
    """Digest challenges in this order, RFC 8760; SIPp reads only the first and knows only MD5;
    baresip 1 (of Debian 12) gives up where any of them is unknown to it: MD5 alone for such phones.
    """

    protected_bodies: BodyProtection = "never"
    """Whether a phone's or trunk's credentials cover the request's body (`qop=auth-int`, RFC 7616
    §3.4.3), so that nobody on the way changes where sound is sent to: may with `offered`, must with
    `required`. Few phones know it, and a proxy that writes into SDP breaks it."""

    nonce_expiry_s: Seconds = 300.0

    register_min_s: Annotated[int, Gt(0)] = 60
    """A shorter registration is refused with 423 and Min-Expires, RFC 3261 §10.3."""

    register_default_s: Annotated[int, Gt(0)] = 300
    register_max_s: Annotated[int, Gt(0)] = 3600

    max_contacts: Count = 10
    """Bindings of one address of record."""

    flow_timer_s: Annotated[int, Ge(10)] = 120
    """How often phones that register flows (RFC 5626) are told to send a keep-alive."""

    keep_alive: Literal["options", "crlf", "never"] = "options"
    """What keeps the way to a phone behind NAT open on UDP. OPTIONS makes the phone answer, which
    every router counts; CRLF costs less, but some routers only count what comes from inside.
    Connections get CRLF in both cases."""

    keep_alive_s: Annotated[float, Ge(1)] = 25.0
    """How often; also to the registrars where we register (CRLF)."""

    t1_s: Seconds = 0.5
    """Round-trip estimate, RFC 3261 §17.1.1.1; everything else that waits is a multiple of it."""

    t2_s: Seconds = 4.0
    t4_s: Seconds = 5.0

    provisional_every_s: Seconds = 60.0
    """180 and 183 are repeated this often, so that proxies do not give up, §13.3.1.1."""

    session_expires_s: Annotated[int, Ge(0)] = 1800
    """A call whose other end vanished is noticed within this time, RFC 4028; 0 asks for nothing."""

    session_min_s: Annotated[int, Ge(90)] = 90
    """A peer that asks for a shorter time gets 422."""

    demanded_extensions: tuple[ExtensionName, ...] = ()
    """A caller whose INVITE does not support all of these gets 421, RFC 3261 §21.4.16. With
    `100rel` here every 180 and 183 is repeated until it is acknowledged, RFC 3262."""

    max_transactions: Count = 20_000
    """Beyond it every new request gets 503 with Retry-After."""

    max_dialogs: Count = 10_000
    """Beyond it every new call gets 503 with Retry-After."""

    retry_after_s: Annotated[int, Gt(0)] = 5
    """Told in Retry-After when the whole server is full."""

    max_message_bytes: Annotated[int, Ge(1500), Le(1_048_576)] = 65_535

    max_connections: Count = 2_000
    """TCP connections; further ones are closed at once."""

    connection_idle_s: Seconds = 4000.0
    """A TCP connection on which nothing moved for so long is closed, and a phone registered over
    it becomes unreachable: longer than `register_max_s`."""

    max_connections_per_host: Count = 500
    """From one address, which may be a NAT with a whole office behind it."""

    slow_message_s: Seconds = 30.0
    """A message begun on a connection must be complete within this; a new connection must bring
    its first one within it."""

    connect_timeout_s: Seconds = 4.0

    stream_above_bytes: Annotated[int, Ge(0)] = 1300
    """A longer request goes by TCP instead of UDP, RFC 3261 §18.1.1; 0 never does that."""

    udp_only: tuple[str, ...] = ()
    """Networks of peers that get even the longest request by UDP. Registered phones always do."""

    hop_patience_s: Seconds = 8.0
    """Where a name leads to several servers, one that says nothing at all is left after this."""

    dns_servers: tuple[str, ...] = ()
    """"192.0.2.53" or "192.0.2.53:5353"; empty means those of the system."""

    dns_timeout_s: Seconds = 3.0

    stream_patience_s: Seconds = 1.0
    """Without a TCP connection after this time the request goes by UDP after all."""

    connection_buffer_bytes: Annotated[int, Ge(65_536)] = 1_048_576
    """Unsent bytes on one TCP connection; a peer that reads slower than this is cut off."""

    dscp: Annotated[int, Ge(0), Le(63)] = 24
    """Marks SIP for the network (RFC 2474): 24 is CS3, signalling; 0 marks nothing."""

    udp_receive_buffer_bytes: Annotated[int, Ge(65_536)] = 8_388_608
    """Asked of the kernel, which may grant less: bursts wait here while the loop is busy."""

    udp_send_queue: Annotated[int, Gt(0)] = 2_000
    """Datagrams kept while the socket would block; beyond it the newest is dropped and counted."""

    subscription_min_s: Annotated[int, Gt(0)] = 60
    """A shorter subscription (message lamp, busy lamp) is refused with 423."""

    subscription_max_s: Annotated[int, Gt(0)] = 3600

    notify_interval_s: Annotated[float, Ge(0)] = 1.0
    """What changes faster is told at this pace: to one watcher of one phone or mailbox."""

    max_subscriptions: Count = 10_000
    """Beyond it new ones get 480."""

    max_subscriptions_per_phone: Count = 50

    proxies: tuple[str, ...] = ()
    """Networks of proxies in front of us. Phones behind them prove who they are as everywhere;
    but no rate and no ban applies to these sources, so the proxy must limit its own peers."""

    requests_per_s: Seconds = 200.0
    """New requests from one source that is not a trunk, sustained; further ones are dropped."""

    requests_burst: Count = 400

    ban_after_failures: Count = 20
    """Wrong credentials from one source before it is ignored for `ban_s`."""

    ban_s: Seconds = 300.0
