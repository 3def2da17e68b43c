"""Recordings: what is in which file, and what became of it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("queue", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("ended_at", sa.Float),
        sa.Column("duration_s", sa.Float),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("form", sa.String(16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("sealed", sa.Boolean, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
    )
    op.create_index("recordings_by_call", "recordings", ["call"])
    op.create_index("recordings_by_start", "recordings", ["first_seq"])
    op.create_index("recordings_by_state", "recordings", ["state", "started_at"])


def downgrade() -> None:
    op.drop_table("recordings")
