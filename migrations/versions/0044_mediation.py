"""mediation: its turns, links and papers; moves and papers only grow"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

MONEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RUNNING = sa.text("stage IN ('agreed', 'asked', 'talking')")
LIVING = sa.text("revoked_at IS NULL")
ACCEPTED = sa.text("kind = 'accept'")
GROWING = ("mediation_move", "mediation_paper")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grows()
"""
STAGES = "'asked', 'talking', 'agreed', 'kept', 'broken', 'declined', 'left', 'refused', 'lapsed', 'stopped'"
KINDS = (
    "'open', 'consent', 'decline', 'propose', 'accept', 'refuse', 'leave', 'note', 'words', 'remind', 'lapse', 'stop', "
    "'due', 'unheard', 'kept', 'broken'"
)
MEDIATION = {
    "stage_known": f"stage IN ({STAGES})",
    "turn_is_a_sides": "turn IS NULL OR turn IN ('complainant', 'respondent')",
    "turn_while_open": "(stage IN ('asked', 'talking')) = (turn IS NOT NULL)",
    "turn_has_end": "turn IS NULL OR turn_by IS NOT NULL",
    "runs_until_ended": "(stage IN ('agreed', 'asked', 'talking')) = (ended_at IS NULL)",
    "talks_with_consent": "stage IN ('asked', 'declined', 'lapsed', 'stopped') OR consent_at IS NOT NULL",
    "consent_has_a_way": "(consent_at IS NULL) = (consent_via = '')",
    "agreement_names_its_text": "(stage IN ('agreed', 'broken', 'kept')) = (agreed_number IS NOT NULL)",
    "says_what_about": "summary <> '' AND wish <> '' AND respondent <> ''",
    "amount_positive": "amount IS NULL OR amount > 0",
    "language_known": "language IN ('th', 'en')",
}
MOVE = {
    "kind_known": f"kind IN ({KINDS})",
    "side_known": "side IN ('complainant', 'respondent', 'centre', 'clock')",
    "numbered": "number > 0",
    "offer_has_words": "(kind = 'propose') = (text_th <> '') AND (kind = 'propose') = (text_en <> '')",
    "offer_has_hash": "(kind = 'propose') = (length(sha256) = 64)",
    "offer_has_day": "(kind = 'propose') = (by_day IS NOT NULL)",
    "refund_positive": "refund IS NULL OR refund > 0",
    "answer_names_offer": "(kind IN ('accept', 'refuse')) = (answers IS NOT NULL)",
    "words_said": "kind NOT IN ('note', 'words', 'stop', 'broken') OR words <> ''",
}
LINK = {"has_hash": "length(token_hash) = 64", "expires_later": "expires_at > made_at"}
PAPER = {"has_hash": "length(sha256) = 64"}


def upgrade() -> None:
    table(
        "mediation",
        MEDIATION,
        number("id"),
        number("case_id"),
        words("stage", 20),
        words("turn", 20, empty=True),
        moment("turn_by", empty=True),
        moment("reminded_at", empty=True),
        words("offered_by", 20, empty=True),
        number("offers"),
        words("summary"),
        words("wish"),
        sa.Column("amount", MONEY, nullable=True),
        words("complainant", 200),
        words("respondent", 200),
        words("email", 200),
        words("language", 2),
        moment("opened_at"),
        number("opened_by_id"),
        moment("consent_at", empty=True),
        words("consent_via", 10),
        number("agreed_number", empty=True),
        moment("ended_at", empty=True),
        case_id="complaint_case",
        opened_by_id="account",
    )
    op.create_index("ix_mediation_case_id", "mediation", ["case_id"])
    partial("ix_mediation_one_running", "mediation", ["case_id"], RUNNING, unique=True)
    partial("ix_mediation_turn_by", "mediation", ["turn_by"], RUNNING)
    table(
        "mediation_move",
        MOVE,
        number("id"),
        number("mediation_id"),
        number("number"),
        words("kind", 20),
        words("side", 20),
        number("account_id", empty=True),
        moment("at"),
        words("words"),
        sa.Column("refund", MONEY, nullable=True),
        words("deeds", 60),
        sa.Column("by_day", sa.Date(), nullable=True),
        words("text_th"),
        words("text_en"),
        words("sha256", 64),
        number("answers", empty=True),
        mediation_id="mediation",
        account_id="account",
    )
    op.create_index("ix_mediation_move_number", "mediation_move", ["mediation_id", "number"], unique=True)
    partial("ix_mediation_move_one_agreement", "mediation_move", ["mediation_id"], ACCEPTED, unique=True)
    table(
        "mediation_link",
        LINK,
        number("id"),
        number("mediation_id"),
        words("token_hash", 64),
        words("nonce", 64),
        moment("made_at"),
        number("made_by_id", empty=True),
        moment("expires_at"),
        moment("revoked_at", empty=True),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mediation_link_token_hash")),
        mediation_id="mediation",
        made_by_id="account",
    )
    partial("ix_mediation_link_one_living", "mediation_link", ["mediation_id"], LIVING, unique=True)
    table(
        "mediation_paper",
        PAPER,
        number("mediation_id"),
        moment("made_at"),
        words("sha256", 64),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        key="mediation_id",
        mediation_id="mediation",
    )
    if op.get_context().dialect.name == "postgresql":
        for name in GROWING:
            op.execute(POSTGRESQL.format(table=name))
    else:
        for name in GROWING:
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE.format(table=name, verb=verb))


def number(name: str, *, empty: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=empty)


def moment(name: str, *, empty: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=empty)


def words(name: str, longest: int = 0, *, empty: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(longest) if longest else sa.Text(), nullable=empty)


def partial(name: str, of: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, of, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def table(name: str, checks: dict[str, str], *parts: sa.SchemaItem, key: str = "id", **there: str) -> None:
    op.create_table(
        name,
        *parts,
        *(sa.CheckConstraint(said, name=op.f(f"ck_{name}_{check}")) for check, said in checks.items()),
        *(sa.ForeignKeyConstraint([at], [f"{to}.id"], name=op.f(f"fk_{name}_{at}")) for at, to in there.items()),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for name in ("mediation_paper", "mediation_link", "mediation_move", "mediation"):
        op.drop_table(name)
