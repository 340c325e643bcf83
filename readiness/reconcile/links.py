"""What holds rows together in the target: references that must point to a row, and sequences."""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readiness.reconcile.conversions import literal, quoted
from readiness.reconcile.databases import Database
from readiness.reconcile.mapping import Mapping
from readiness.reconcile.tally import Example, Tally

__all__ = ["check_references", "check_sequences"]

EXAMPLES = 20

FOREIGN_KEYS = """
SELECT n.conname, cn.nspname || '.' || c.relname, fn.nspname || '.' || f.relname,
    (SELECT array_agg(a.attname::text ORDER BY k.place)
     FROM unnest(n.conkey) WITH ORDINALITY k(number, place)
     JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attnum = k.number),
    (SELECT array_agg(a.attname::text ORDER BY k.place)
     FROM unnest(n.confkey) WITH ORDINALITY k(number, place)
     JOIN pg_attribute a ON a.attrelid = n.confrelid AND a.attnum = k.number)
FROM pg_constraint n
JOIN pg_class c ON c.oid = n.conrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_class f ON f.oid = n.confrelid JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE n.contype = 'f' AND cn.nspname = ANY($1) ORDER BY 1
"""

SEQUENCES = """
SELECT s.schemaname || '.' || s.sequencename, n.nspname || '.' || t.relname, a.attname,
    s.last_value, s.increment_by
FROM pg_sequences s
JOIN pg_class c ON c.relname = s.sequencename AND c.relkind = 'S'
JOIN pg_namespace sn ON sn.oid = c.relnamespace AND sn.nspname = s.schemaname
JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass
    AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE s.schemaname = ANY($1) ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """Columns of one table that must be found in columns of another."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


async def check_references(target: Database, mapping: Mapping, tally: Tally) -> int:
    """Look for rows that point to no row, declared keys or not; how many references there are."""
    schemas = [mapping.target.schema, mapping.target.bookkeeping]
    references = [
        _Reference(table=table, columns=tuple(own), target=to, target_columns=tuple(theirs))
        for _, table, to, own, theirs in await target.rows(FOREIGN_KEYS, schemas)
    ]
    references += _mapped(mapping)
    for it in dict.fromkeys(references):
        own = [f"c.{quoted(name)}" for name in it.columns]
        there = " AND ".join(f"{name} IS NOT NULL" for name in own)
        same = " AND ".join(
            f"p.{quoted(name)} = {column}"
            for name, column in zip(it.target_columns, own, strict=True)
        )
        lost = (
            f"SELECT concat_ws(', ', {', '.join(f'{name}::text' for name in own)}) AS key,"
            f" count(*) AS rows FROM {quoted(it.table)} c WHERE {there}"
            f" AND NOT EXISTS (SELECT FROM {quoted(it.target)} p WHERE {same}) GROUP BY 1"
        )
        counted = await target.rows(
            f"SELECT key, rows, sum(rows) OVER () AS total FROM ({lost}) l"
            f" ORDER BY key LIMIT {EXAMPLES}"
        )
        place = f"{it.table}.{'+'.join(it.columns)}"
        for key, _, _ in counted:
            example = Example(key=f"→ {key}", expected=f"a row of {it.target}", found="none")
            tally.add("orphan", place, example, cases=0)
        if counted:
            tally.add("orphan", place, None, cases=int(counted[0][2]))
    return len(dict.fromkeys(references))


def _mapped(mapping: Mapping) -> Iterator[_Reference]:
    """References that the mapping declares and no foreign key need hold."""
    into = {
        mapping.conversions[flow.columns[flow.target_key].conversion].of: flow
        for flow in mapping.flows
    }
    for flow in mapping.flows:
        for name, column in flow.columns.items():
            if column.must_exist:
                to = into[mapping.conversions[column.conversion].of]
                yield _Reference(
                    table=flow.into,
                    columns=(name,),
                    target=to.into,
                    target_columns=(to.target_key,),
                )


async def check_sequences(target: Database, mapping: Mapping, tally: Tally) -> int:
    """Look for sequences that would give out a number that is taken; how many were looked at."""
    schemas = [mapping.target.schema, mapping.target.bookkeeping]
    sequences = await target.rows(SEQUENCES, schemas)
    for name, table, column, last_value, increment in sequences:
        highest = await target.value(f"SELECT max({quoted(column)})::bigint FROM {quoted(table)}")
        if highest is None or increment < 0 or (last_value or 0) >= highest:
            continue
        example = Example(
            key=name,
            expected=f"at least {highest}, the highest {table}.{column}",
            found=str(last_value or "never used"),
            mend=f"SELECT setval({literal(quoted(name))}, {highest});",
        )
        tally.add("sequence-behind", f"{table}.{column}", example)
    return len(sequences)
