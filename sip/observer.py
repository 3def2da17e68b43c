"""What the SIP stack reports while it works: counted by telemetry, which sip never imports."""

from typing import Final, Literal, Protocol

from sip.address import Address

Direction = Literal["in", "out"]


class SipObserver(Protocol):
    """Told at once and in order; must be quick, must not raise, must not call back."""

    def request_seen(self, method: str, transport: str, direction: Direction) -> None:
        """A request came in or was sent for the first time; unknown methods come as "OTHER"."""

    def response_seen(self, method: str, code: int, direction: Direction) -> None:
        """A response came in or was sent for the first time."""

    def retransmitted(self, method: str) -> None:
        """We sent a message once more; `method` is its CSeq's."""

    def rejected(self, reason: str) -> None:
        """Something was refused or dropped: a `Rejection`, or "status_<code>"."""

    def message(self, direction: Direction, address: Address, data: bytes, at: float) -> None:
        """Every message on the wire, retransmissions too; `at` on the user agent's clock."""


class NullObserver:
    """Hears nothing."""

    def request_seen(self, method: str, transport: str, direction: Direction) -> None: ...

    def response_seen(self, method: str, code: int, direction: Direction) -> None: ...

    def retransmitted(self, method: str) -> None: ...

    def rejected(self, reason: str) -> None: ...

    def message(self, direction: Direction, address: Address, data: bytes, at: float) -> None: ...


NULL: Final[SipObserver] = NullObserver()
