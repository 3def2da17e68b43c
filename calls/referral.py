"""What a party's REFER asks for beside whom to call, as the INVITE that follows from it says it."""

from dataclasses import dataclass

from sip.message import Headers


@dataclass(frozen=True, slots=True)
class Referral:
    """Raw header values; "" for none.

    Attributes:
        replaces: the called party's dialog whose place the call takes, RFC 3891.
        referred_by: who asked for it, RFC 3892; told to phones, not to carriers, whose business
            our extensions are not.
    """

    replaces: str = ""
    referred_by: str = ""

    def headers(self, kind: str) -> Headers:
        """For an INVITE to a "phone" or a "trunk"."""
        told: Headers = ()
        if self.replaces:
            told = (("Require", "replaces"), ("Replaces", self.replaces))
        if self.referred_by and kind == "phone":
            told = (*told, ("Referred-By", self.referred_by))
        return told


NONE = Referral()
