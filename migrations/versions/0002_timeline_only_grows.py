"""the timeline only grows: the database itself refuses to change or delete an event"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = """
CREATE TRIGGER event_no_{verb} BEFORE {verb} ON event
BEGIN SELECT RAISE(ABORT, 'the timeline only grows'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION event_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the timeline only grows'; END $$
"""
POSTGRESQL = "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION event_only_grows()"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL)
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(SQLITE.format(verb=verb))


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TRIGGER event_no_change ON event")
        op.execute("DROP FUNCTION event_only_grows()")
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(f"DROP TRIGGER event_no_{verb}")
