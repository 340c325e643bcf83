"""Damage planted in migrated data on purpose, to measure what the data check can see.

Each defect is one statement on one copied row of its own, in the way that real migrations fail.
They are planted all at once, as a bulk load would leave them: references are not held. One that
the target itself refuses, by a CHECK or a type, can never happen there and is not counted.
"""

# ruff: noqa: S608 (every name is the mapping's own, quoted)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from readiness.check import Finding, Recall
from readiness.reconcile.conversions import quoted, uuid_of_key
from readiness.reconcile.mapping import Flow, Mapping

__all__ = ["Defect", "defects_of", "measure_recall", "plant"]

KEYS_PER_FLOW = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One statement, and what must be reported of it: the rule, and the key or name."""

    statement: str
    rule_id: str
    named: str


async def plant(target_url: str, mapping: Mapping) -> tuple[Defect, ...]:
    """Plant every defect that this target lets happen; which ones those are."""
    connection = await asyncpg.connect(target_url, timeout=10, command_timeout=120)
    planted = []
    try:
        await connection.execute("SET session_replication_role = replica")
        for flow in mapping.flows:
            keys = await _copied_keys(flow, mapping, connection)
            for defect in defects_of(flow, mapping, keys):
                try:
                    status = await connection.execute(defect.statement)
                except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
                    continue  # The target holds this by itself.
                if not status.endswith(" 0"):
                    planted.append(defect)
    finally:
        await connection.close()
    return tuple(planted)


def measure_recall(
    planted: Sequence[Defect], findings: Sequence[Finding]
) -> tuple[Recall, tuple[str, ...]]:
    """How many of the planted defects were reported with their key, and which ones were not."""
    told = {
        (finding.rule_id, it.what.removeprefix(f"{finding.location} "))
        for finding in findings
        for it in finding.evidence
    }
    missed = [it.statement for it in planted if (it.rule_id, it.named) not in told]
    return Recall(caught=len(planted) - len(missed), seeded=len(planted)), tuple(missed)


def defects_of(flow: Flow, mapping: Mapping, keys: Sequence[int]) -> Iterator[Defect]:
    """Defects of one flow, each on a key of its own, as long as there are keys."""
    free = iter(keys)
    table, id_column = quoted(flow.into), quoted(flow.target_key)
    of = mapping.conversions[flow.columns[flow.target_key].conversion].of

    def at(key: int) -> str:
        return f"{id_column} = '{uuid_of_key(key, mapping.target.namespace, of)}'"

    for key in _next(free):
        yield Defect(
            statement=f"DELETE FROM {table} WHERE {at(key)}",
            rule_id="data-row-lost",
            named=f"key {key}",
        )
    for name, change, rule in _changes(flow, mapping):
        for key in _next(free):
            column = quoted(name)
            yield Defect(
                statement=f"UPDATE {table} SET {column} = {change.format(column)}"
                f" WHERE {at(key)} AND {column} IS DISTINCT FROM {change.format(column)}",
                rule_id=f"data-{rule}",
                named=f"key {key}",
            )
    for key in _next(free):
        book = f"{quoted(mapping.target.bookkeeping)}.key_map"
        yield Defect(
            statement=f"DELETE FROM {book} WHERE flow = '{flow.name}' AND source_key = {key}",
            rule_id="data-row-unaccounted",
            named=f"key {key}",
        )


def _changes(flow: Flow, mapping: Mapping) -> Iterator[tuple[str, str, str]]:
    """What can go wrong with each column: its name, the value it gets, the rule that sees it."""
    for name, column in flow.columns.items():
        if not column.conversion or name == flow.target_key:
            continue
        match mapping.conversions[column.conversion].kind:
            case "decimal":
                yield name, "{0} + 1", "value-changed"
                yield name, "-{0}", "sign-flipped"
                yield name, "round({0}, 1)", "number-rounded"
            case "instant":
                yield name, "{0} + interval '1 hour'", "time-shifted"
            case "text" if column.if_null != "empty_text":
                yield name, "left({0}, -1)", "text-truncated"
            case "boolean":
                yield name, "NOT {0}", "value-changed"
            case "enum":
                yield name, f"'{_another_word(column.conversion, mapping)}'", "word-wrong"
            case _:
                pass


def _another_word(conversion: str, mapping: Mapping) -> str:
    """The last word that the conversion has; a row that holds it already is left as it is."""
    return list(mapping.conversions[conversion].words)[-1]


def _next(free: Iterator[int]) -> Iterator[int]:
    """One more key, if there is one."""
    for key in free:
        yield key
        return


async def _copied_keys(flow: Flow, mapping: Mapping, connection: asyncpg.Connection) -> list[int]:
    """Keys of copied rows, spread over the whole flow."""
    book = f"{quoted(mapping.target.bookkeeping)}.key_map"
    rows = await connection.fetch(
        f"SELECT source_key FROM {book} WHERE flow = $1 ORDER BY hashint8(source_key) LIMIT $2",
        flow.name,
        KEYS_PER_FLOW,
    )
    return [row[0] for row in rows]
