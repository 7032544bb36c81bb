"""Search keys, announcements, extensions, reasons for refused photos, and further indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from registry.search import folded, initials, initials_of_person

revision = "0003_registry_completed"
down_revision = "0002_accounts"
branch_labels = None
depends_on = None

_BATCH = 2000
_OPEN = sa.text("done_at IS NULL")
_EX_OFFICIO = sa.text("started_by = 'AUTHORITY_CLERK'")


def upgrade() -> None:
    for table, keys in (
        ("person", ("name_key", "name_initials")),
        ("institution", ("name_key", "second_name_key", "name_initials")),
    ):
        for key in keys:
            op.add_column(table, _key(key))
            op.create_index(op.f(f"ix_{table}_{key}"), table, [key, "id"])
    op.add_column("application", sa.Column("extended_on", sa.Date(), nullable=True))
    op.create_index(
        op.f("ix_application_ex_officio"),
        "application",
        ["authority_id", "decided_at"],
        sqlite_where=_EX_OFFICIO,
        postgresql_where=_EX_OFFICIO,
    )
    op.add_column("photo", sa.Column("reason", sa.String(200), nullable=False, server_default=""))
    op.create_index(op.f("ix_task_subject"), "task", ["subject"])
    op.create_index(op.f("ix_audit_at"), "audit", ["at"])
    for old, table, new, columns in (
        ("ix_task_org", "task", "ix_task_open", ["org_id", "due_on", "id"]),
        ("ix_notice_to", "notice", "ix_notice_to", ["to_id", "at", "id"]),
        (
            "ix_application_person_id",
            "application",
            "ix_application_person",
            ["person_id", "created_at", "id"],
        ),
    ):
        op.drop_index(op.f(old), table)
        some = _OPEN if table == "task" else None
        op.create_index(op.f(new), table, columns, sqlite_where=some, postgresql_where=some)
    op.create_table(
        "announcement",
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["authority.id"], name=op.f("fk_announcement_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id", "version"],
            ["practice_record_version.record_id", "practice_record_version.version"],
            name=op.f("fk_announcement_version"),
        ),
        sa.PrimaryKeyConstraint("record_id", "kind", name=op.f("pk_announcement")),
    )
    op.create_index(
        op.f("ix_announcement_list"),
        "announcement",
        ["authority_id", "kind", "day", "record_id"],
    )
    connection = op.get_bind()
    _fill_keys(connection)
    _fill_announcements(connection)


def _key(name: str) -> sa.Column[Any]:
    by_code_point = sa.String(128).with_variant(sa.String(128, collation="C"), "postgresql")
    return sa.Column(name, by_code_point, nullable=False, server_default="")


def _fill_keys(connection: sa.Connection) -> None:
    """The keys of the names that are there already."""
    person = sa.table("person", *map(sa.column, ("id", "name", "name_key", "name_initials")))
    for rows in _batches(connection, sa.select(person.c.id, person.c.name)):
        changes = [
            {"key_of": row.id, "k": folded(row.name), "i": initials_of_person(row.name)}
            for row in rows
        ]
        named = sa.update(person).where(person.c.id == sa.bindparam("key_of"))
        keyed = named.values(name_key=sa.bindparam("k"), name_initials=sa.bindparam("i"))
        connection.execute(keyed, changes)
    columns = ("id", "name", "second_name", "name_key", "second_name_key", "name_initials")
    institution = sa.table("institution", *map(sa.column, columns))
    names = sa.select(institution.c.id, institution.c.name, institution.c.second_name)
    for rows in _batches(connection, names):
        changes = [
            {
                "key_of": row.id,
                "k": folded(row.name),
                "s": folded(row.second_name),
                "i": initials(row.name),
            }
            for row in rows
        ]
        named = sa.update(institution).where(institution.c.id == sa.bindparam("key_of"))
        keyed = named.values(
            name_key=sa.bindparam("k"),
            second_name_key=sa.bindparam("s"),
            name_initials=sa.bindparam("i"),
        )
        connection.execute(keyed, changes)


def _fill_announcements(connection: sa.Connection) -> None:
    """What was registered and deregistered here so far, from the versions and the log."""
    version = sa.table(
        "practice_record_version", *map(sa.column, ("record_id", "version", "audit_seq", "body"))
    )
    audit = sa.table("audit", *map(sa.column, ("seq", "action")))
    announcement = sa.table(
        "announcement",
        *map(sa.column, ("record_id", "kind", "version", "authority_id")),
        sa.column("day", sa.Date()),
    )
    record = sa.table("practice_record", sa.column("id"))
    query = sa.select(version.c.record_id, version.c.version, version.c.body, audit.c.action).join(
        audit, audit.c.seq == version.c.audit_seq
    )
    for records in _batches(connection, sa.select(record.c.id)):
        here = version.c.record_id.in_([row.id for row in records])
        found = []
        for row in connection.execute(query.where(here)).all():
            body = json.loads(row.body) if isinstance(row.body, str) else row.body
            if row.version == 1 and not row.action.startswith("import"):
                found.append(_announced(row, body, "REGISTERED", body["approved_on"]))
            if body["standing"] == "DEREGISTERED":
                found.append(_announced(row, body, "DEREGISTERED", body["ended_on"]))
        if found:
            connection.execute(sa.insert(announcement), found)


def _announced(row: Any, body: Any, kind: str, day: str) -> dict[str, Any]:
    return {
        "record_id": row.record_id,
        "kind": kind,
        "version": row.version,
        "authority_id": body["authority_id"],
        "day": date.fromisoformat(day),
    }


def _batches(connection: sa.Connection, query: Any) -> Iterator[Any]:
    """Rows in batches by their first column, each read before the one before is written."""
    key, last = query.selected_columns[0], ""
    while rows := connection.execute(query.where(key > last).order_by(key).limit(_BATCH)).all():
        yield rows
        last = rows[-1][0]
