"""The way back: v2's rows rebuilt from what v3 holds, into an empty database of v2.

What v3's values cannot tell (another spelling, float noise) is in the residue, and rows that were
never copied are in the quarantine, so that v2 gets back every row that it had. Rows that v3 made
itself are not v2's, and stay.
"""

from __future__ import annotations

from migration.conversions import back
from migration.copying import Job, jobs_of
from migration.databases import Connection, blame
from migration.errors import MigrationError
from migration.flow_query import setting_of
from migration.ledger import book
from migration.mapping import Copied, Flow, MigrationMapping, Uuid
from migration.sql_text import ident, key_from_uuid, literal, qualified

__all__ = ["give_back", "rebuilt_query"]


def give_back(target: Connection, into: Connection, mapping: MigrationMapping) -> dict[str, int]:
    """Fill the empty tables of a v2 database; rows per table. All or nothing.

    Raises MigrationError when a table there is missing or holds rows.
    """
    counts: dict[str, int] = {}
    with blame("target"):
        for table in mapping.source.tables:
            _demand_empty(into, mapping, table)
        for job in jobs_of(mapping):
            columns = list(mapping.source.tables[job.table])
            for query in (rebuilt_query(mapping, job), _quarantined_query(mapping, job)):
                copied = _pipe(target, into, mapping, job.table, columns, query)
                counts[job.table] = counts.get(job.table, 0) + copied
        for table in mapping.verbatim:
            columns = list(mapping.source.tables[table])
            query = _verbatim_query(mapping, table)
            counts[table] = _pipe(target, into, mapping, table, columns, query)
        into.commit()
        target.rollback()
    return counts


def _demand_empty(into: Connection, mapping: MigrationMapping, table: str) -> None:
    name = qualified(mapping.source.schema, table)
    row = into.execute("SELECT to_regclass(%s) IS NULL", (name,)).fetchone()
    if row and row[0]:
        raise MigrationError(
            f"the database to give back into has no table {table}: create v2's tables there first"
        )
    row = into.execute(f"SELECT EXISTS (SELECT FROM {name})").fetchone()  # noqa: S608
    if row and row[0]:
        raise MigrationError(
            f"the database to give back into is not empty ({table}): give one with v2's empty"
            " tables"
        )


def _pipe(
    target: Connection,
    into: Connection,
    mapping: MigrationMapping,
    table: str,
    columns: list[str],
    query: str,
) -> int:
    """Rows of a query into a table, as text, in constant memory; how many."""
    listed = ", ".join(map(ident, columns))
    name = qualified(mapping.source.schema, table)
    count = 0
    with (
        target.cursor().copy(f"COPY ({query}) TO STDOUT") as out,
        into.cursor().copy(f"COPY {name} ({listed}) FROM STDIN") as copy,
    ):
        for line in out:
            copy.write(line)
            count += 1
    return count


def rebuilt_query(mapping: MigrationMapping, job: Job) -> str:
    """The copied rows of a job in v2's form, columns in v2's order."""
    flow = job.flow
    prefix = f"{job.table}." if job.merge else ""
    values = _columns_back(mapping, flow, prefix, job.table)
    if job.merge:
        values[job.merge.key] = "m.source_key"
        values[job.merge.by] = key_from_uuid("m.target_id")
    columns = ", ".join(
        f"({values[name]})::{kind}" for name, kind in mapping.source.tables[job.table].items()
    )
    keys, table = book(mapping, "key_map"), qualified(*flow.into.split("."))
    own = f"t.{ident(flow.target_key)}"
    merged = ""
    if job.merge:
        merged = f" JOIN {keys} AS m ON m.flow = {literal(job.name)} AND m.target_id = {own}"
    return (
        f"SELECT {columns} FROM {keys} AS k JOIN {table} AS t ON {own} = k.target_id"  # noqa: S608
        f"{merged} WHERE k.flow = {literal(flow.name)}"
    )


def _columns_back(mapping: MigrationMapping, flow: Flow, prefix: str, table: str) -> dict[str, str]:
    """v2's columns as expressions over v3's row `t` and the residue of its key `k`."""
    values: dict[str, str] = {}
    for name, column in flow.columns.items():
        if not isinstance(column, Copied):
            continue
        is_merged = "." in column.column
        source_name = column.column.rpartition(".")[2]
        if is_merged != bool(prefix) or source_name in values:
            continue
        kind = mapping.conversions[column.conversion]
        source_type = mapping.source.tables[table][source_name]
        value = f"t.{ident(name)}"
        if column.if_null == "empty_text":
            value = f"nullif({value}, '')"
        if isinstance(kind, Uuid):
            value = f"CASE WHEN {value} IS NOT NULL THEN {key_from_uuid(value)} END"
        else:
            value = back(kind, value, source_type, setting_of(mapping))
        kept = f"(k.residue ->> {literal(column.column)})::{source_type}"
        values[source_name] = f"coalesce({kept}, {value})"
    for name, word in flow.where.items():
        values.setdefault(name, literal(str(word)))
    return values


def _quarantined_query(mapping: MigrationMapping, job: Job) -> str:
    return (
        f"SELECT {_from_json(mapping, job.table)} FROM {book(mapping, 'quarantine')}"  # noqa: S608
        f" WHERE flow = {literal(job.name)}"
    )


def _verbatim_query(mapping: MigrationMapping, table: str) -> str:
    return (
        f"SELECT {_from_json(mapping, table)} FROM {book(mapping, 'verbatim')}"  # noqa: S608
        f" WHERE source_table = {literal(table)}"
    )


def _from_json(mapping: MigrationMapping, table: str) -> str:
    return ", ".join(
        f"(source_row ->> {literal(name)})::{kind}"
        for name, kind in mapping.source.tables[table].items()
    )
