"""warnings to the public on the first page"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "public_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text_th", sa.String(500), nullable=False),
        sa.Column("text_en", sa.String(500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_public_warning_ends_after_start")),
        sa.CheckConstraint("text_th <> '' AND text_en <> ''", name=op.f("ck_public_warning_said_in_both")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_warning")),
    )
    op.create_index("ix_public_warning_ends_at", "public_warning", ["ends_at"])


def downgrade() -> None:
    op.drop_index("ix_public_warning_ends_at", "public_warning")
    op.drop_table("public_warning")
