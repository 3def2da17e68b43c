"""Whether a configuration fits together: each name names something, and has one owner."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Final

from acd.settings import QueueSettings
from calls.lamps import EVERYBODY
from calls.numbers import pattern_of
from calls.settings import (
    DIALLED,
    CallQueueSettings,
    NumberSettings,
    PhoneSettings,
    TrunkSettings,
)
from config.schedules import schedule_mistakes
from config.settings import Settings
from ivr.loader import is_flow_file
from ivr.mistakes import suggestion
from ivr.yaml_lines import Place
from sip.errors import MalformedMessage
from sip.uri import parse_uri

SUPERVISION: Final = ("listen", "whisper", "barge")
"""Features that take what is dialled after their code: the agent."""

FEATURES: Final = (
    *("sign_in", "not_available", "extend_wrap_up", "end_wrap_up", "sign_out"),
    *("close_queue", "open_queue", "voicemail"),
    *SUPERVISION,
)
"""What `feature:` in the numbering plan may name; `calls.stories.feature` does them."""

_HEX_DIGITS: Final[Mapping[str, int]] = {"MD5": 32, "SHA-256": 64, "SHA-512-256": 64}
_LATCHES: Final = ("strict", "nat", "learn")
_AGENT_ID: Final = re.compile(r"[0-9]{1,12}")
_USER: Final = re.compile(r"[A-Za-z0-9_.+*#-]{1,64}")
_MAIL_ADDRESS: Final = re.compile(r"[^@\s,;<>]{1,64}@[A-Za-z0-9.-]{1,190}")
_QUEUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

Found = Iterator[tuple[Place, str]]


def inconsistencies(settings: Settings) -> Found:
    """Places and what is wrong there; the configuration cannot be used."""
    yield from _addresses(settings)
    yield from _names(settings)
    yield from _overflows(settings)
    yield from _recording(settings)
    yield from _conversation_codes(settings)
    yield from _agents(settings)
    yield from schedule_mistakes(settings)
    yield from _phones(settings)
    yield from _trunks(settings)
    yield from _numbers(settings)
    yield from _emergency(settings)
    yield from _mail(settings)
    yield from _files(settings)


def oddities(settings: Settings) -> Found:
    """What works, but is probably not meant."""
    required = {skill for queue in settings.queues.values() for skill in queue.skills}
    known = {skill for agent in settings.agents.values() for skill in agent.skills}
    for name, queue in settings.queues.items():
        for skill in sorted(set(queue.skills) - known) if settings.agents else ():
            yield ("queues", name, "skills", skill), f"no agent has the skill '{skill}'"
    unused: dict[str, str] = {}
    for agent, profile in settings.agents.items():
        for skill in profile.skills:
            unused.setdefault(skill, agent)
    for skill in sorted(unused.keys() - required - set(settings.queues)):
        place = ("agents", unused[skill], "skills", skill)
        yield place, f"no queue requires the skill '{skill}'; flows may"
    seated = {phone.agent for phone in settings.phones.values()}
    for agent, profile in settings.agents.items():
        if agent not in seated and not profile.pin:
            yield ("agents", agent), "has no phone and no pin, so nobody can sign in as this agent"
    if any(number.trunk for number in settings.numbers) and not settings.emergency.numbers:
        yield ("emergency",), "no emergency numbers; phones cannot call for help through Sentral"


def _addresses(settings: Settings) -> Found:
    for place, address in (
        (("sip", "listen"), settings.sip.listen),
        (("sip", "public_address"), settings.sip.public_address),
        (("media", "address"), settings.media.address),
        (("media", "advertised"), settings.media.advertised),
        (("media", "address_v6"), settings.media.address_v6),
        (("media", "advertised_v6"), settings.media.advertised_v6),
        (("web", "listen"), settings.web.listen),
    ):
        if address and not _is_address(address):
            yield place, f"'{address}' is no numeric address; write e.g. 127.0.0.1"
    yield from _listeners(settings)
    for room, key in (("sip", "proxies"), ("sip", "udp_only"), ("media", "local_networks")):
        for index, network in enumerate(getattr(getattr(settings, room), key)):
            if not _is_network(network):
                text = f"'{network}' is no address or network; write e.g. 192.0.2.7 or 192.0.2.0/24"
                yield (room, key, index), text
    if settings.media.port_first + 3 > settings.media.port_last:
        text = "must be at least 3 above port_first: each call needs two legs of two ports"
        yield ("media", "port_last"), text
    if not settings.sip.transports:
        yield ("sip", "transports"), "empty; write at least one of UDP, TCP"
    if not settings.sip.algorithms:
        yield ("sip", "algorithms"), "empty; write at least one of MD5, SHA-256"


def _listeners(settings: Settings) -> Found:
    names: set[str] = set()
    for index, listener in enumerate(settings.sip.listeners):
        place: Place = ("sip", "listeners", index)
        if listener.name in names or listener.name == "nowhere":
            yield (*place, "name"), f"'{listener.name}' is taken; each listener has its own name"
        names.add(listener.name)
        for key in ("listen", "public_address"):
            address = getattr(listener, key)
            if address and not _is_address(address):
                yield (*place, key), f"'{address}' is no numeric address; write e.g. 127.0.0.1"
        if listener.transport in ("TLS", "WSS") and settings.sip.tls is None:
            yield (*place, "transport"), f"{listener.transport} needs `sip.tls:` with a certificate"


def _names(settings: Settings) -> Found:
    for name in settings.queues:
        if not _QUEUE.fullmatch(name):
            yield ("queues", name), "a queue's name is a letter, then letters, digits, - or _"
    for section, names in (("phones", settings.phones), ("trunks", settings.trunks)):
        for name in names:
            if not _USER.fullmatch(name):
                yield (section, name), "a name has letters, digits and . _ + - * # only"
    for name in settings.trunks:
        if any(name == phone.permissions for phone in settings.phones.values()):
            yield (
                ("trunks", name),
                "is also the `permissions` of a phone; `allow` could mean either",
            )


def _recording(settings: Settings) -> Found:
    rules = settings.recording
    for queue in rules.queues:
        if queue not in settings.queues:
            place = ("recording", "queues", queue)
            yield place, f"there is no queue '{queue}'{suggestion(queue, settings.queues)}"
    for agent in rules.agents:
        if agent not in settings.agents:
            place = ("recording", "agents", agent)
            yield place, f"there is no agent '{agent}'{suggestion(agent, settings.agents)}"
    if rules.key_file and rules.key_env:
        yield ("recording", "key_env"), "there is a `key_file:` already; write one of the two"


def _conversation_codes(settings: Settings) -> Found:
    """A code that begins as another one would never be finished."""
    secure, escalation = settings.calls.secure_entry, settings.calls.escalation_code
    place = ("calls", "secure_entry", "code")
    if secure.code and not secure.url:
        yield ("calls", "secure_entry", "url"), "digits go nowhere; write where, or no `code:`"
    if secure.code and escalation:
        short, long = sorted((secure.code, escalation), key=len)
        if long.startswith(short):
            yield place, f"'{secure.code}' and the escalation_code '{escalation}' begin alike"


def _overflows(settings: Settings) -> Found:
    """Whoever waits long enough must come to an end somewhere."""
    ways = {name: list(_ways(name, queue)) for name, queue in settings.queues.items()}
    for name, queue in settings.queues.items():
        yield from _escalation(name, queue, settings)
    for name, out in ways.items():
        for place, reason, to in out:
            if to not in settings.queues:
                yield place, f"there is no queue '{to}'{suggestion(to, settings.queues)}"
            elif reason != "closed":  # of closed queues the first open one is taken: no circle
                chain = _way_back(to, name, ways)
                if chain is not None:
                    yield place, f"callers would go round for ever: {' → '.join([name, *chain])}"


def _escalation(name: str, queue: CallQueueSettings, settings: Settings) -> Found:
    to, place = queue.escalates_to, ("queues", name, "escalates_to")
    path = [name]
    while to is not None and to in settings.queues and to not in path:
        path.append(to)
        to = settings.queues[to].escalates_to
    if to is not None and to not in settings.queues:
        if len(path) == 1:
            yield place, f"there is no queue '{to}'{suggestion(to, settings.queues)}"
    elif to == name:
        yield place, f"callers would be sent round for ever: {' → '.join([*path, name])}"


def _ways(name: str, queue: QueueSettings) -> Iterator[tuple[Place, str, str]]:
    """Out of a queue into others: where it is written, the reason, the other queue."""
    if queue.overflow is not None:
        step = len(queue.relaxation) - 1
        yield ("queues", name, "relaxation", step, "overflow"), "overflow", queue.overflow
    for reason, to in queue.overflow_to.items():
        yield ("queues", name, "overflow_to", reason), reason, to


def _way_back(
    start: str, goal: str, ways: Mapping[str, list[tuple[Place, str, str]]]
) -> list[str] | None:
    """The queues on a way from one to another, both included; None if there is none."""
    found = [[start]]
    seen = {start}
    for chain in found:
        if chain[-1] == goal:
            return chain
        for _, _, to in ways.get(chain[-1], ()):
            if to not in seen:
                seen.add(to)
                found.append([*chain, to])
    return None


def _agents(settings: Settings) -> Found:
    for name, agent in settings.agents.items():
        if not _AGENT_ID.fullmatch(name):
            yield ("agents", name), "an agent's id is 1 to 12 digits: it is typed at a phone"
        if agent.pin and not agent.pin.startswith("$argon2"):
            text = "must be a digest as `sentral agent pin` prints it, never the PIN itself"
            yield ("agents", name, "pin"), text


def _phones(settings: Settings) -> Found:
    seats: dict[str, str] = {}
    for name, phone in settings.phones.items():
        place = ("phones", name)
        if phone.agent is not None:
            if phone.agent not in settings.agents:
                near = suggestion(phone.agent, settings.agents)
                yield (*place, "agent"), f"there is no agent '{phone.agent}'{near}"
            elif phone.agent in seats:
                text = f"agent '{phone.agent}' sits at phone '{seats[phone.agent]}' already"
                yield (*place, "agent"), text
            seats.setdefault(phone.agent, name)
        for index, watched in enumerate(phone.watches):
            if watched != EVERYBODY and watched not in settings.phones:
                near = suggestion(watched, settings.phones)
                yield (*place, "watches", index), f"there is no phone '{watched}'{near}"
        if (phone.number is None) != (phone.trunk is None):
            yield place, "`number:` and `trunk:` go together: a telephone reached through a trunk"
        elif phone.trunk is not None:
            yield from _outside(place, phone.trunk, settings)
        elif not phone.ha1 and not phone.contact:
            yield place, "needs `ha1:` to register, or `contact:` if it never does"
        if phone.contact and not phone.contact.lower().startswith(("sip:", "sips:")):
            text = f"'{phone.contact}' is no SIP URI; write e.g. sip:{name}@192.0.2.7:5060"
            yield (*place, "contact"), text
        yield from _route(place, phone)
        yield from _digests((*place, "ha1"), phone.ha1, settings)


def _route(place: Place, phone: PhoneSettings) -> Found:
    if phone.route and not phone.contact:
        yield (*place, "route"), "goes with `contact:`; a phone that registers brings its way"
    for index, proxy in enumerate(phone.route):
        try:
            usable = parse_uri(proxy).is_sip
        except MalformedMessage:
            usable = False
        if not usable:
            text = f"'{proxy}' is no SIP URI; write e.g. sip:192.0.2.5:5060"
            yield (*place, "route", index), text


def _outside(place: Place, trunk: str, settings: Settings) -> Found:
    if trunk not in settings.trunks:
        near = suggestion(trunk, settings.trunks)
        yield (*place, "trunk"), f"there is no trunk '{trunk}'{near}"
    elif not settings.trunks[trunk].all_gateways:
        yield (*place, "trunk"), f"trunk '{trunk}' has no `gateway:` to send calls to"


def _digests(place: Place, ha1: Mapping[str, str], settings: Settings) -> Found:
    for algorithm, digest in ha1.items():
        digits = _HEX_DIGITS.get(algorithm)
        if digits is None:
            yield (*place, algorithm), "unknown algorithm; known are MD5, SHA-256"
        elif not re.fullmatch(f"[0-9a-f]{{{digits}}}", digest):
            text = f"must be {digits} hex digits as `sentral phone digest` prints, never a password"
            yield (*place, algorithm), text
    asked = settings.sip.algorithms
    if ha1 and not set(ha1) & set(asked):
        yield place, f"has no digest for what sip.algorithms asks for; add {' or '.join(asked)}"


def _trunks(settings: Settings) -> Found:
    owners: dict[str, str] = {}
    users: dict[str, str] = {}
    for name, trunk in settings.trunks.items():
        place = ("trunks", name)
        yield from _trunk(place, trunk, settings)
        for index, address in enumerate(trunk.addresses):
            if owners.setdefault(address, name) != name:
                text = f"'{address}' is trunk '{owners[address]}' already; one source, one trunk"
                yield (*place, "addresses", index), text
        if trunk.ha1 and trunk.username:
            if users.setdefault(trunk.username, name) != name:
                text = f"'{trunk.username}' is trunk '{users[trunk.username]}' already"
                yield (*place, "username"), text
            if trunk.username in settings.phones:
                yield (*place, "username"), f"'{trunk.username}' is a phone already"


def _trunk(place: Place, trunk: TrunkSettings, settings: Settings) -> Found:
    for index, address in enumerate(trunk.addresses):
        if not _is_network(address):
            text = f"'{address}' is no address or network; write e.g. 192.0.2.7 or 192.0.2.0/24"
            yield (*place, "addresses", index), text
    if not (trunk.addresses or trunk.ha1 or trunk.all_gateways or trunk.registration):
        yield place, "can neither call nor be called; write `addresses:`, `ha1:` or `gateway:`"
    if (trunk.ha1 or trunk.password_env) and not trunk.username:
        yield place, "`ha1:` and `password_env:` need a `username:`"
    yield from _trunk_uris(place, trunk)
    if trunk.latch is not None and trunk.latch not in _LATCHES:
        text = f"'{trunk.latch}' is no latch policy{suggestion(trunk.latch, _LATCHES)}"
        yield (*place, "latch"), text
    yield from _digests((*place, "ha1"), trunk.ha1, settings)


def _trunk_uris(place: Place, trunk: TrunkSettings) -> Found:
    uris: list[tuple[Place, str]] = [((*place, "gateway"), trunk.gateway or "")]
    for index, gateway in enumerate(trunk.gateways):
        uris.append(((*place, "gateways", index, "uri"), gateway.uri))
    if trunk.registration is not None:
        uris.append(((*place, "registration", "registrar"), trunk.registration.registrar))
        for index, further in enumerate(trunk.registration.further):
            uris.append(((*place, "registration", "further", index), further))
        if not trunk.registration.user and not trunk.username:
            yield (*place, "registration"), "needs a `user:` here or the trunk's `username:`"
    for where, uri in uris:
        if uri and not uri.lower().startswith(("sip:", "sips:")):
            yield where, f"'{uri}' is no SIP URI; write e.g. sip:192.0.2.7:5060"


def _numbers(settings: Settings) -> Found:
    classes = set(settings.trunks) | {phone.permissions for phone in settings.phones.values()}
    flows = _flow_names(settings)
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    for index, number in enumerate(settings.numbers):
        place = ("numbers", index)
        try:
            pattern_of(number.dial)
        except (ValueError, re.error) as error:
            yield (*place, "dial"), f"no pattern: {error}"
        first = seen.setdefault((number.dial, number.allow), index)
        if first != index:
            text = f"'{number.dial}' is entry {first + 1} of the plan already; it always wins"
            yield (*place, "dial"), text
        for position, allowed in enumerate(number.allow):
            if allowed not in classes:
                text = f"no trunk and no phone class '{allowed}'{suggestion(allowed, classes)}"
                yield (*place, "allow", position), text
        yield from _target(place, number, settings, flows)


def _target(
    place: Place, number: NumberSettings, settings: Settings, flows: frozenset[str]
) -> Found:
    kind, name = number.target
    known = {
        "flow": flows,
        "queue": settings.queues.keys(),
        "phone": {*settings.phones, DIALLED},
        "trunk": settings.trunks.keys(),
        "feature": set(FEATURES),
    }[kind]
    if name not in known:
        yield (*place, kind), f"there is no {kind} '{name}'{suggestion(name, known)}"
    elif name in ("close_queue", "open_queue") and number.about not in settings.queues:
        near = suggestion(number.about, settings.queues)
        yield (*place, "about"), f"there is no queue '{number.about}'{near}"
    elif kind == "trunk" and not settings.trunks[name].all_gateways:
        yield (*place, kind), f"trunk '{name}' has no `gateway:`, so nothing can go out through it"
    goes_on = kind == "trunk" or name in SUPERVISION
    if not goes_on and (number.strip or number.prefix):
        yield place, "`strip:` and `prefix:` are for numbers that go out through a trunk"


def _flow_names(settings: Settings) -> frozenset[str]:
    try:
        entries = [entry.name for entry in settings.flows_folder().iterdir()]
    except OSError:
        return frozenset()
    return frozenset(name.removesuffix(".yaml") for name in entries if is_flow_file(name))


def _emergency(settings: Settings) -> Found:
    emergency = settings.emergency
    if emergency.numbers and emergency.trunk is None:
        yield ("emergency",), "`numbers:` need a `trunk:` to go out through"
    if emergency.trunk is not None:
        place = ("emergency", "trunk")
        if emergency.trunk not in settings.trunks:
            near = suggestion(emergency.trunk, settings.trunks)
            yield place, f"there is no trunk '{emergency.trunk}'{near}"
        elif not settings.trunks[emergency.trunk].all_gateways:
            yield place, f"trunk '{emergency.trunk}' has no `gateway:` to send calls to"


def _mail(settings: Settings) -> Found:
    for name, mailbox in settings.mailboxes.items():
        place = ("mailboxes", name, "email")
        for index, address in enumerate(mailbox.email):
            if not _MAIL_ADDRESS.fullmatch(address):
                yield (*place, index), f"'{address}' is no address; write e.g. ana@example.com"
        if mailbox.email and settings.mail is None:
            yield place, "nothing sends it; write `mail:` with a `host:` and a `sender:`"
    mail = settings.mail
    if mail is not None and not _MAIL_ADDRESS.fullmatch(mail.sender):
        text = f"'{mail.sender}' is no address; write e.g. voicemail@example.com"
        yield ("mail", "sender"), text
    if mail is not None and bool(mail.user) != (mail.password_env is not None):
        yield ("mail",), "`user:` and `password_env:` go together"


def _files(settings: Settings) -> Found:
    for field, path, is_there in (
        ("flows", settings.flows, settings.flows and settings.flows.is_dir()),
        ("prompts", settings.prompts, settings.prompts and settings.prompts.is_dir()),
        ("customers", settings.customers, settings.customers and settings.customers.is_file()),
        (
            "do_not_call",
            settings.do_not_call,
            settings.do_not_call and settings.do_not_call.is_file(),
        ),
    ):
        if path is not None and not is_there:
            what = "folder" if field in ("flows", "prompts") else "file"
            yield (field,), f"there is no {what} {path}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
