"""What can be set about logs, metrics and the SIP capture."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True, slots=True, kw_only=True)
class HepSettings:
    """Where copies of all SIP messages go: a Homer-compatible collector, HEP3 over UDP."""

    collector: str
    """Numeric address."""

    port: Annotated[int, Ge(1), Le(65535)] = 9060
    capture_id: Annotated[int, Ge(0), Le(4_294_967_295)] = 2001
    """How the collector knows us from other senders."""

    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    log_format: Literal["auto", "console", "json"] = "auto"
    """"auto": console on a terminal, JSON otherwise."""

    log_queue: Annotated[int, Ge(1)] = 10_000
    """Log lines that may wait for a slow terminal or disk; more are dropped and counted."""

    capture_calls: Annotated[int, Ge(0)] = 2_000
    """SIP dialogs (Call-IDs) whose messages are kept for ladders; 0 keeps none."""

    capture_messages: Annotated[int, Ge(1)] = 200
    """Messages kept of one Call-ID: its first ones."""

    capture_bytes: Annotated[int, Ge(65_536)] = 32_000_000
    """Memory for all captured messages; the oldest dialogs go first."""

    capture_folder: str = "var/captures"
    """Where SIP messages of calls are kept on disk, so that `sentral trace` draws past calls too,
    also of earlier processes; empty keeps none. Keys that travel in messages are masked."""

    capture_days: Annotated[float, Gt(0)] = 2.0
    """Age at which they are removed."""

    hep: HepSettings | None = None
    """None sends nothing anywhere."""

    service_level_window_s: Annotated[float, Gt(0)] = 1_800.0
    """The past that `sentral_queue_service_level_ratio` tells about."""

    lag_interval_s: Annotated[float, Gt(0)] = 0.1
    """How often the event loop's lag is measured."""
