"""Header names: canonical spellings, compact forms, which are comma lists or given once."""

from typing import Final

COMPACT: Final = {
    "a": "Accept-Contact",
    "b": "Referred-By",
    "c": "Content-Type",
    "d": "Request-Disposition",
    "e": "Content-Encoding",
    "f": "From",
    "i": "Call-ID",
    "j": "Reject-Contact",
    "k": "Supported",
    "l": "Content-Length",
    "m": "Contact",
    "n": "Identity-Info",
    "o": "Event",
    "r": "Refer-To",
    "s": "Subject",
    "t": "To",
    "u": "Allow-Events",
    "v": "Via",
    "x": "Session-Expires",
    "y": "Identity",
}
"""RFC 3261 §7.3.3 and the IANA registry."""

_WELL_KNOWN: Final = """
Accept Accept-Contact Accept-Encoding Accept-Language Accept-Resource-Priority Alert-Info Allow
Allow-Events Answer-Mode Authentication-Info Authorization Call-ID Call-Info Contact
Content-Disposition Content-Encoding Content-Language Content-Length Content-Transfer-Encoding
Content-Type CSeq Date Diversion Encryption Error-Info Event Expires Flow-Timer From
Geolocation Hide History-Info Identity Identity-Info In-Reply-To Join Max-Breadth Max-Forwards
MIME-Version Min-Expires Min-SE Organization P-Access-Network-Info P-Asserted-Identity
P-Associated-URI P-Called-Party-ID P-Charging-Vector P-Early-Media P-Preferred-Identity Path
Priority Privacy Proxy-Authenticate Proxy-Authentication-Info Proxy-Authorization Proxy-Require
RAck Reason Record-Route Refer-Sub Refer-To Referred-By Reject-Contact Remote-Party-ID Replaces
Reply-To Request-Disposition Require Resource-Priority Response-Key Retry-After Route RSeq
Security-Client Security-Server Security-Verify Server Service-Route Session-Expires Session-ID
SIP-ETag SIP-If-Match Subject Subscription-State Supported Target-Dialog Timestamp To Unsupported
User-Agent User-to-User Via Warning WWW-Authenticate
""".split()  # noqa: SIM905

_BY_LOWER: Final = {name.lower(): name for name in _WELL_KNOWN} | COMPACT

CANONICAL: Final = (
    {name: name for name in _WELL_KNOWN}
    | _BY_LOWER
    | {short.upper(): name for short, name in COMPACT.items()}
    | {name.upper(): name for name in _WELL_KNOWN}
)
"""The spellings seen every day to the canonical one: one dict look-up for nearly every line."""

LISTS: Final = frozenset(
    """
    Accept Accept-Encoding Accept-Language Alert-Info Allow Allow-Events Call-Info Contact
    Content-Encoding Content-Language Diversion Error-Info History-Info In-Reply-To
    P-Asserted-Identity P-Associated-URI P-Preferred-Identity Path Proxy-Require Reason Record-Route
    Remote-Party-ID Require Route Security-Client Security-Server Security-Verify Service-Route
    Supported Unsupported Via Warning
    """.split()  # noqa: SIM905
)
"""Headers whose value may be a comma-separated list, §7.3.1."""

SINGLE: Final = frozenset(
    ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Content-Type")
)
"""Headers that the stack relies on and that a message carries at most once."""


def canonical_name(name: str) -> str:
    """Full name in its usual spelling; an unknown one gets a capital after each hyphen."""
    known = CANONICAL.get(name) or _BY_LOWER.get(name.lower())
    if known is not None:
        return known
    return "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
