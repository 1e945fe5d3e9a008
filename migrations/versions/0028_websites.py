"""illegal websites: one row an address, its reports, captures, history and dossiers; what happened only grows"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

STAGES = (
    "'reported', 'captured', 'failed', 'illegal', 'legal', 'unsure', 'sent', 'blocked', 'refused', 'removed', 'alive'"
)
KINDS = (
    "'gambling', 'pornography', 'child_abuse', 'drugs', 'weapons', 'vape', 'counterfeit', 'forged_documents', 'other'"
)
OUTCOMES = (
    "'captured', 'unreachable', 'refused_inside', 'too_large', 'too_slow', 'bad_address', 'too_many_hops', 'not_a_page'"
)
VERIFIED = "stage IN ('alive', 'blocked', 'illegal', 'refused', 'removed', 'sent')"
GONE_OUT = "stage IN ('alive', 'blocked', 'refused', 'removed', 'sent')"
ENDED = "stage IN ('blocked', 'refused', 'removed')"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
DUE = sa.text("recheck_at IS NOT NULL")
CHECKS = {
    "stage_known": f"stage IN ({STAGES})",
    "kind_known": f"kind = '' OR kind IN ({KINDS})",
    "has_address": "address <> '' AND host <> ''",
    "illegal_has_kind": f"NOT ({VERIFIED}) OR (kind <> '' AND law <> '' AND verified_at IS NOT NULL)",
    "sent_has_time": f"NOT ({GONE_OUT}) OR sent_at IS NOT NULL",
    "result_has_day": f"NOT ({ENDED}) OR ended_on IS NOT NULL",
    "blocked_by_an_order": "stage <> 'blocked' OR reference <> ''",
    "failure_has_reason": "stage <> 'failed' OR failure <> ''",
    "return_is_counted": "stage <> 'alive' OR returns > 0",
    "children_are_guarded": "kind <> 'child_abuse' OR guarded",
}
# Whoever verifies child abuse has the picture of it destroyed: where it lay is all that may be changed.
SEALED = (
    "id, website_id, at, asked, final, outcome, detail, hops, addresses, whois, title, html_key, html_sha256, "
    "html_size, picture_sha256, picture_size"
)
GROWING = {"website_event": "", "website_capture": f" OF {SEALED}"}
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb}{of} ON {table}
BEGIN SELECT RAISE(ABORT, 'this record only grows'); END
"""
POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE{of} OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION only_grows()
"""


def upgrade() -> None:
    table(
        "website",
        number("id"),
        words("address", 500),
        words("host", 255),
        words("url", 500),
        words("stage", 20),
        words("kind", 20),
        words("law", 300),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        moment("reported_at"),
        moment("captured_at", nullable=True),
        words("failure", 20),
        *(moment(name, nullable=True) for name in ("verified_at", "sent_at", "ended_on")),
        words("reference", 100),
        moment("recheck_at", nullable=True),
        number("returns"),
        number("version"),
        sa.UniqueConstraint("address", name=op.f("uq_website_address")),
        **CHECKS,
    )
    op.create_index("ix_website_host", "website", ["host"])
    op.create_index("ix_website_reported_at", "website", ["reported_at"])
    op.create_index("ix_website_stage_id", "website", ["stage", "id"])
    op.create_index("ix_website_recheck_at", "website", ["recheck_at"], sqlite_where=DUE, postgresql_where=DUE)
    table(
        "website_report",
        number("website_id"),
        number("case_id"),
        words("written", 500),
        words("found_by", 10),
        moment("at"),
        moment("left_at", nullable=True),
        *links("website_report", website_id="website.id", case_id="complaint_case.id"),
        key=("website_id", "case_id"),
        found_by_known="found_by IN ('machine', 'person')",
    )
    op.create_index("ix_website_report_case_id", "website_report", ["case_id"])
    _what_happened()
    _dossiers()
    for name, of in GROWING.items():
        _only_grows(name, of)


def _what_happened() -> None:
    table(
        "website_event",
        number("id"),
        number("website_id"),
        moment("at"),
        words("step", 20),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("from_stage", sa.String(20), nullable=True),
        words("to_stage", 20),
        sa.Column("data", JSON, nullable=False),
        *links("website_event", website_id="website.id", account_id="account.id"),
    )
    op.create_index("ix_website_event_website_id", "website_event", ["website_id", "id"])
    table(
        "website_capture",
        number("id"),
        number("website_id"),
        moment("at"),
        words("asked", 500),
        sa.Column("final", sa.Text(), nullable=False),
        words("outcome", 20),
        words("detail", 500),
        sa.Column("hops", JSON, nullable=False),
        sa.Column("addresses", JSON, nullable=False),
        sa.Column("whois", sa.Text(), nullable=False),
        words("title", 300),
        *sealed("html"),
        *sealed("picture"),
        *links("website_capture", website_id="website.id"),
        outcome_known=f"outcome IN ({OUTCOMES})",
        page_has_hash="html_key = '' OR html_sha256 <> ''",
        picture_has_hash="picture_key = '' OR picture_sha256 <> ''",
    )
    op.create_index("ix_website_capture_website_id", "website_capture", ["website_id", "id"])
    table("fetch_turn", words("host", 255), moment("free_at"), key=("host",))


def _dossiers() -> None:
    table(
        "dossier",
        number("id"),
        words("agency_code", 20),
        words("token", 64),
        moment("made_at"),
        number("made_by_id"),
        sa.Column("data", JSON, nullable=False),
        words("sha256", 64),
        moment("sent_at", nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        words("reference", 100),
        sa.UniqueConstraint("token", name=op.f("uq_dossier_token")),
        *links("dossier", agency_code="agency.code", made_by_id="account.id", sent_by_id="account.id"),
        sent_by_somebody="(sent_at IS NULL) = (sent_by_id IS NULL)",
        has_hash="sha256 = '' OR length(sha256) = 64",
    )
    table(
        "dossier_site",
        number("dossier_id"),
        number("website_id"),
        *links("dossier_site", dossier_id="dossier.id", website_id="website.id"),
        key=("dossier_id", "website_id"),
    )
    op.create_index("ix_dossier_site_website_id", "dossier_site", ["website_id"])


def _only_grows(name: str, of: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL.format(table=name, of=of))
        return
    for verb, columns in (("UPDATE", of), ("DELETE", "")):
        op.execute(SQLITE.format(table=name, verb=verb, of=columns))


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def words(name: str, most: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(most), nullable=False)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def sealed(name: str) -> list[sa.Column[object]]:
    return [words(f"{name}_key", 80), words(f"{name}_sha256", 64), number(f"{name}_size")]  # type: ignore[list-item]


def links(name: str, **there: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{name}_{column}")) for column, other in there.items()
    ]


def table(name: str, *parts: sa.SchemaItem, key: tuple[str, ...] = ("id",), **checks: str) -> None:
    """A table with its key and its named checks."""
    held = [sa.CheckConstraint(rule, name=op.f(f"ck_{name}_{check}")) for check, rule in checks.items()]
    op.create_table(name, *parts, *held, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))


def downgrade() -> None:
    # The triggers go with their tables.
    for name in (
        "dossier_site",
        "dossier",
        "fetch_turn",
        "website_capture",
        "website_event",
        "website_report",
        "website",
    ):
        op.drop_table(name)
