"""stories that are nearly the same are found by marks; two cases are tied together, or said to be different"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STANDS = sa.text("undone_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "story_mark",
        sa.Column("mark", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name=op.f("fk_story_mark_case_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mark", "case_id", name=op.f("pk_story_mark")),
    )
    op.create_index(op.f("ix_story_mark_case_id"), "story_mark", ["case_id"])
    op.create_table(
        "case_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_case_tie_smaller_first")),
        sa.CheckConstraint("kind IN ('related', 'different')", name=op.f("ck_case_tie_kind_known")),
        sa.CheckConstraint("kind <> 'related' OR reason <> ''", name=op.f("ck_case_tie_related_has_reason")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by_id IS NULL)", name=op.f("ck_case_tie_undone_by_somebody")
        ),
        *(
            sa.ForeignKeyConstraint([name], [there], name=op.f(f"fk_case_tie_{name}"))
            for name, there in (
                ("one_id", "complaint_case.id"),
                ("other_id", "complaint_case.id"),
                ("made_by_id", "account.id"),
                ("undone_by_id", "account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tie")),
    )
    op.create_index(op.f("ix_case_tie_other_id"), "case_tie", ["other_id"])
    op.create_index(
        "ix_case_tie_once",
        "case_tie",
        ["one_id", "other_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )


def downgrade() -> None:
    op.drop_table("case_tie")
    op.drop_table("story_mark")
