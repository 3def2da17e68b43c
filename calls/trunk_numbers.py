"""Numbers as a trunk wants them, and who it is told is calling: RFC 3323, RFC 3325."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from calls.caller_privacy import OPEN, CallerPrivacy
from calls.leg import Party
from calls.numbers import pattern_of
from calls.settings import RewriteSettings, TrunkSettings
from sip.headers.name_addr import NameAddr, format_name_addr
from sip.headers.privacy import ANONYMOUS, ANONYMOUS_HOST, NONE
from sip.message import Headers
from sip.redirection import Diversion, diversion_headers
from sip.uri import Uri, format_uri

_UNKNOWN: Final = frozenset({"", "anonymous", "unavailable", "unknown", "restricted"})


@dataclass(frozen=True, slots=True)
class ShownCaller:
    """Who the called party reads: From's user, name and host ("" for ours), further headers."""

    user: str
    display: str = ""
    host: str = ""
    headers: Headers = ()


def rewritten(number: str, rules: Sequence[RewriteSettings]) -> str:
    """By the first rule whose pattern matches; unchanged if none does."""
    for rule in rules:
        if pattern_of(rule.dial).fullmatch(number):
            return rule.prefix + number[rule.strip :]
    return number


def told_later(trunk: TrunkSettings, party: Party) -> Party | None:
    """Whom a trunk learns of during a call: nobody, unless it may know asserted identities."""
    known = party.number if party.number.lower() not in _UNKNOWN else ""
    number = trunk.caller or rewritten(known, trunk.rewrite_caller)
    if trunk.identity != "asserted" or trunk.hide_caller or not number:
        return None
    return Party(number, party.name)


def shown_caller(
    trunk: TrunkSettings,
    number: str,
    display: str,
    domain: str,
    privacy: CallerPrivacy = OPEN,
) -> ShownCaller:
    """What the trunk's policy and the caller's own wish make of a caller.

    `domain` is the host of asserted identities.
    """
    wish, is_known = privacy.wish, number.lower() not in _UNKNOWN
    known = Party(number, display) if is_known else privacy.behind
    number = trunk.caller or rewritten(known.number, trunk.rewrite_caller)
    headers: list[tuple[str, str]] = []
    if trunk.identity == "asserted" and number:
        address = NameAddr(known.name, format_uri(Uri("sip", number, domain)))
        headers.append(("P-Asserted-Identity", format_name_addr(address)))
    if not is_known or wish.hides_caller or (trunk.hide_caller and not wish.declined):
        headers.append(("Privacy", "id"))
        return ShownCaller(ANONYMOUS, "Anonymous", ANONYMOUS_HOST, tuple(headers))
    if wish.declined:
        headers.append(("Privacy", NONE))
    return ShownCaller(number, display, "", tuple(headers))


def diversions_told(
    trunk: TrunkSettings, diversions: Sequence[Diversion], *, domain: str, target: str
) -> Headers:
    """Who passed the call on, in the trunk's way of writing headers and numbers; of those who want
    to be private only where asserted identities may be known."""
    told = [
        replace(each, number=rewritten(each.number, trunk.rewrite_caller)) for each in diversions
    ]
    trusted = trunk.identity == "asserted"
    return diversion_headers(
        told, style=trunk.diversion, domain=domain, target=target, trusted=trusted
    )
