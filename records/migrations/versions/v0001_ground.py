"""The first tables: events, calls, parties, snapshots."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("utc", sa.Float, nullable=False),
        sa.Column("steady", sa.Float, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("call", sa.String(128)),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("events_by_call", "events", ["call", "seq"])
    op.create_index("events_by_time", "events", ["utc"])
    _create_calls()
    op.create_table(
        "parties",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("parties_by_number", "parties", ["number"])
    op.create_table(
        "snapshots",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("utc", sa.Float, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    for table in ("snapshots", "parties", "calls", "events"):
        op.drop_table(table)


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("caller", sa.String(128), nullable=False),
        sa.Column("dialled", sa.Text, nullable=False),
        sa.Column("sip_call_id", sa.Text, nullable=False),
        sa.Column("trunk", sa.String(128)),
        sa.Column("phone", sa.String(128)),
        sa.Column("target_kind", sa.String(32), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("queue", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("outcome", sa.String(16)),
        sa.Column("hung_up_by", sa.String(16)),
        sa.Column("cause", sa.String(64)),
        sa.Column("status", sa.Integer),
        sa.Column("arrived_at", sa.Float, nullable=False),
        sa.Column("answered_at", sa.Float),
        sa.Column("bridged_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("wait_s", sa.Float, nullable=False),
        sa.Column("talk_s", sa.Float, nullable=False),
        sa.Column("hold_s", sa.Float, nullable=False),
        sa.Column("wrap_up_s", sa.Float, nullable=False),
        sa.Column("story", sa.JSON, nullable=False),
    )
    op.create_index("calls_by_arrival", "calls", ["arrived_at"])
    op.create_index("calls_by_queue", "calls", ["queue", "arrived_at"])
    op.create_index("calls_by_agent", "calls", ["agent", "arrived_at"])
    op.create_index("calls_open", "calls", ["ended"])
