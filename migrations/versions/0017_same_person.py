"""complainants whom the desk holds to be one person; where a complainant chose to be written to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STANDS = sa.text("parted_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "same_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by_id", sa.Integer(), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_same_person_smaller_first")),
        sa.CheckConstraint(
            "(parted_at IS NULL) = (parted_by_id IS NULL)", name=op.f("ck_same_person_parted_by_somebody")
        ),
        sa.ForeignKeyConstraint(["one_id"], ["person.id"], name=op.f("fk_same_person_one_id")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_same_person_other_id")),
        sa.ForeignKeyConstraint(["joined_by_id"], ["account.id"], name=op.f("fk_same_person_joined_by_id")),
        sa.ForeignKeyConstraint(["parted_by_id"], ["account.id"], name=op.f("fk_same_person_parted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_same_person")),
    )
    op.create_index(
        "ix_same_person_once",
        "same_person",
        ["one_id", "other_id"],
        unique=True,
        sqlite_where=STANDS,
        postgresql_where=STANDS,
    )
    op.create_index(op.f("ix_same_person_other_id"), "same_person", ["other_id"])
    op.create_index(op.f("ix_person_line_id"), "person", ["line_id"])
    with op.batch_alter_table("contact_point") as batch:
        batch.add_column(sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("contact_point") as batch:
        batch.drop_column("chosen_at")
    op.drop_index(op.f("ix_person_line_id"), "person")
    op.drop_table("same_person")
