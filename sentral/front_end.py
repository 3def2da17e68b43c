"""The SIP front end of the configuration: our names on the network, and who is known by which."""

from collections.abc import Callable, Mapping, Sequence

from calls.desk import Desk
from calls.directory import ConfiguredDirectory
from calls.settings import PhoneSettings
from calls.trunks import Trunks
from events.ids import PhoneId
from sentral.world import World
from sip.address import Target
from sip.edges.local_host import bracketed
from sip.edges.sip_leg import SipLeg
from sip.edges.user_agent import UserAgent
from sip.location import BindingChange, Location
from sip.observer import SipObserver
from sip.settings import SipSettings
from sip.subscription import EventPackage
from sip.uri import format_uri, parse_uri


def front_end(
    settings: SipSettings,
    phones: Mapping[PhoneId, PhoneSettings],
    trunks: Trunks,
    desk: Desk,
    packages: Sequence[EventPackage],
    observer: SipObserver,
    world: World,
    *,
    on_call: Callable[[SipLeg], None],
) -> UserAgent:
    """`packages`: what phones may subscribe to."""
    return UserAgent(
        settings,
        ConfiguredDirectory(settings.realm, domains(settings), phones, trunks),
        on_call=on_call,
        on_binding=lambda change: _tell_binding(desk, change),
        observer=observer,
        rng=world.rng,
        transports=world.transports,
        clock=world.steady,
        location=Location(_static_contacts(phones)),
        packages=packages,
    )


def home(sip: SipSettings) -> str:
    """The host of our own addresses."""
    nowhere = sip.listen in ("0.0.0.0", "::")
    return sip.domain or sip.public_address or (sip.realm if nowhere else bracketed(sip.listen))


def domains(sip: SipSettings) -> frozenset[str]:
    """The hosts that are ours."""
    met_at = {host for each in sip.listeners for host in (each.listen, each.public_address)}
    ours = {sip.domain, sip.listen, sip.public_address, sip.realm, "localhost"}
    return frozenset((ours | met_at) - {""})


def _tell_binding(desk: Desk, change: BindingChange) -> None:
    if change.reachable:
        desk.phone_reached(PhoneId(change.user))
    else:
        desk.phone_lost(PhoneId(change.user), change.reason)


def _static_contacts(phones: Mapping[PhoneId, PhoneSettings]) -> Mapping[str, Target]:
    return {
        str(name): Target(phone.contact, route=tuple(map(_loose, phone.route)))
        for name, phone in phones.items()
        if phone.contact
    }


def _loose(proxy: str) -> str:
    """As a Route value; every proxy of today routes loosely, whether or not its URI says so."""
    uri = parse_uri(proxy)
    return f"<{format_uri(uri._replace(params={**uri.params, 'lr': None}))}>"
