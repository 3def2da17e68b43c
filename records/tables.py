"""The tables, as SQLAlchemy Core sees them. Migrations change them; this is their newest shape.

Instants are seconds since 1970 (UTC), durations are seconds.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata: Final = MetaData()

events: Final = Table(
    "events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("utc", Float, nullable=False),
    Column("steady", Float, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("call", String(128)),
    Column("body", Text, nullable=False),
    Index("events_by_call", "call", "seq"),
    Index("events_by_time", "utc"),
)
"""The log: one row an event, `body` its fields as JSON."""

calls: Final = Table(
    "calls",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("direction", String(16), nullable=False),
    Column("caller", String(128), nullable=False),
    Column("dialled", Text, nullable=False),
    Column("sip_call_id", Text, nullable=False),
    Column("trunk", String(128)),
    Column("phone", String(128)),
    Column("target_kind", String(32), nullable=False),
    Column("target", Text, nullable=False),
    Column("queue", String(128)),
    Column("agent", String(128)),
    Column("outcome", String(16)),
    Column("hung_up_by", String(16)),
    Column("cause", String(64)),
    Column("status", Integer),
    Column("arrived_at", Float, nullable=False),
    Column("answered_at", Float),
    Column("bridged_at", Float),
    Column("ended_at", Float),
    Column("ended", Boolean, nullable=False),
    Column("wait_s", Float, nullable=False),
    Column("talk_s", Float, nullable=False),
    Column("hold_s", Float, nullable=False),
    Column("wrap_up_s", Float, nullable=False),
    Column("story", JSON, nullable=False),
    Index("calls_by_arrival", "arrived_at"),
    Index("calls_by_queue", "queue", "arrived_at"),
    Index("calls_by_agent", "agent", "arrived_at"),
    Index("calls_open", "ended"),
)
"""One row a call: what lists and filters need, and the whole story beside it."""

parties: Final = Table(
    "parties",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("parties_by_number", "number"),
)
"""Who a `PartyId` is. The only place of numbers and names, so that they can be erased."""

recordings: Final = Table(
    "recordings",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("call", String(128), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("label", Text, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("queue", String(128)),
    Column("agent", String(128)),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("duration_s", Float),
    Column("state", String(16), nullable=False),
    Column("problem", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("form", String(16), nullable=False),
    Column("size_bytes", BigInteger),
    Column("sealed", Boolean, nullable=False),
    Column("parts", JSON, nullable=False),
    Index("recordings_by_call", "call"),
    Index("recordings_by_start", "first_seq"),
    Index("recordings_by_state", "state", "started_at"),
)
"""One row a recording; where its file is, and who speaks from which second on."""

snapshots: Final = Table(
    "snapshots",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("utc", Float, nullable=False),
    Column("body", JSON, nullable=False),
)
"""The newest state of a part that restarts from it; `seq`: the last event that it contains."""
