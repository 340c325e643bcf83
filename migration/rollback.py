"""Take a migration back: what it brought goes, and v3 is as it was before."""

from __future__ import annotations

import psycopg

from migration.databases import Connection, blame
from migration.errors import MigrationError
from migration.ledger import book, exists, is_created, take_statistics
from migration.mapping import MigrationMapping
from migration.sql_text import ident, literal, qualified

__all__ = ["roll_back"]


def roll_back(target: Connection, mapping: MigrationMapping) -> dict[str, int]:
    """Remove every row that was copied, and the migration's own schema; rows per table of v3.

    All or nothing. v2 was never written to, so it goes on where it stands. Raises MigrationError
    when there is nothing to take back, or when v3 has built upon a row.
    """
    with blame("target"):
        if not exists(target, mapping):
            target.rollback()
            raise MigrationError("the target holds no migration: there is nothing to take back")
        removed = {}
        try:
            for flow in reversed(mapping.flows):
                if not is_created(mapping, flow):
                    take_statistics(target, mapping, flow)
                    removed[flow.into] = target.execute(
                        f"DELETE FROM {qualified(*flow.into.split('.'))} AS t"  # noqa: S608
                        f" USING {book(mapping, 'key_map')} AS k"
                        f" WHERE k.flow = {literal(flow.name)}"
                        f" AND t.{ident(flow.target_key)} = k.target_id"
                    ).rowcount
            target.execute(f"DROP SCHEMA {ident(mapping.target.bookkeeping)} CASCADE")
        except psycopg.errors.ForeignKeyViolation as error:
            target.rollback()
            raise MigrationError(
                f"rows of v3 point to rows that were migrated ({error.diag.message_primary}):"
                " nothing was taken back; remove those rows of v3 first, or keep the migration"
            ) from error
        target.commit()
    return removed
