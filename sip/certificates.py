"""Whom a certificate names: RFC 5922 §7, on what `ssl.SSLSocket.getpeercert` returns."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from sip.errors import MalformedMessage
from sip.uri import parse_uri


def identities(certificate: Mapping[str, Any]) -> frozenset[str]:
    """SIP domains in lower case: those of its `sip:` URIs, else its DNS names, else its common
    name (§7.1). IP addresses, which no SIP domain is, count for peers called by address."""
    alternatives = [
        (str(kind), str(value)) for kind, value in certificate.get("subjectAltName", ())
    ]
    addresses = {_plain(value) for kind, value in alternatives if kind == "IP Address"}
    domains = {domain for kind, value in alternatives if kind == "URI" and (domain := _host(value))}
    domains = domains or {value.lower() for kind, value in alternatives if kind == "DNS"}
    if not alternatives:
        domains = {
            str(value).lower()
            for part in certificate.get("subject", ())
            for name, value in part
            if name == "commonName"
        }
    return frozenset(domains | addresses)


def names(certificate: Mapping[str, Any], domain: str) -> bool:
    """Whether it is the domain's. Wildcards match nothing, §7.2."""
    return _plain(domain.strip("[]").rstrip(".")) in identities(certificate)


def _plain(name: str) -> str:
    """Lower case; an address in its shortest form, as IPv6 has many."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        return name.lower()


def _host(uri_text: str) -> str:
    """The domain of a `sip:` URI without a user; "" of any other, §7.1 item 2."""
    try:
        uri = parse_uri(uri_text)
    except MalformedMessage:
        return ""
    return uri.host if uri.scheme == "sip" and not uri.user else ""
