"""Counts what became of each row that differs, with the statement that mends it."""

# ruff: noqa: S608 (every name is the mapping's or the catalogue's own, quoted)

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from readiness.reconcile.conversions import literal, quoted, uuid_of_key
from readiness.reconcile.damage import damages
from readiness.reconcile.digests import Amounts
from readiness.reconcile.mapping import Mapping
from readiness.reconcile.merge import RowPair
from readiness.reconcile.sides import Compared, Sides
from readiness.reconcile.tally import Example, Tally

__all__ = ["compare_amounts", "count_row"]


def count_row(
    pair: RowPair, sides: Sides, mapping: Mapping, quarantined: Collection[int], tally: Tally
) -> None:
    """Name and count everything that is wrong with the row of one key."""
    flow, key = sides.flow, f"key {pair.key}"
    if pair.source is not None and pair.target is not None:
        _count_values(pair, sides, mapping, tally)
    elif pair.target is None:
        if pair.source is not None and not tally.is_full("row-lost", flow.into):
            values = _insert(pair.source, sides, mapping, _id(pair.key, sides, mapping))
            row = Example(key=key, expected="a row", found="none", mend=values)
            tally.add("row-lost", flow.into, row)
            return
        tally.add("row-lost", flow.into, None)
    else:
        kind = "row-doubled" if pair.is_repeated else "row-unexpected"
        kind = "row-copied-and-quarantined" if pair.key in quarantined else kind
        where = f"{quoted(flow.target_key)} = {_id(pair.key, sides, mapping)}"
        mend = f"DELETE FROM {quoted(flow.into)} WHERE {where};  -- look at it before"
        tally.add(kind, flow.into, Example(key=key, expected="no row", found="a row", mend=mend))


def compare_amounts(amounts: Amounts, into: str, tally: Tally) -> None:
    """Hold the sums of money of both sides against each other, per symbol and day."""
    none = [Decimal(0)] * len(amounts.names)
    for symbol, day in sorted(amounts.source.keys() | amounts.target.keys()):
        before = amounts.source.get((symbol, day), none)
        after = amounts.target.get((symbol, day), none)
        for name, was, now in zip(amounts.names, before, after, strict=True):
            if was != now:
                example = Example(
                    key=f"{symbol or 'no symbol'} {day or 'no day'}",
                    expected=f"{was:f}",
                    found=f"{now:f} ({now - was:+f})",
                )
                tally.add("money-differs", f"{into}, {name} per symbol and day", example)


def _count_values(pair: RowPair, sides: Sides, mapping: Mapping, tally: Tally) -> None:
    flow = sides.flow
    before, after = pair.source or (), pair.target or ()
    for kind, column, was, now in damages(sides.compared, before, after):
        place = f"{flow.into}.{column.name}"
        if tally.is_full(kind, place):
            tally.add(kind, place, None)
            continue
        mend = (
            f"UPDATE {quoted(flow.into)} SET {quoted(column.name)} = {_value(was, column, mapping)}"
            f" WHERE {quoted(flow.target_key)} = {_id(pair.key, sides, mapping)};"
        )
        example = Example(key=f"key {pair.key}", expected=_shown(was), found=_shown(now), mend=mend)
        tally.add(kind, place, example)


def _id(key: int, sides: Sides, mapping: Mapping) -> str:
    """The target's id of a key, as SQL spells it."""
    if not sides.is_uuid or key < 0:
        return str(key)
    return literal(str(uuid_of_key(key, mapping.target.namespace, sides.uuid_table)))


def _insert(values: Sequence[str | None], sides: Sides, mapping: Mapping, row_id: str) -> str:
    """The row as it should have arrived."""
    columns: Sequence[Compared] = sides.compared
    names = ", ".join([quoted(sides.flow.target_key), *(quoted(it.name) for it in columns)])
    stored = [_value(text, it, mapping) for text, it in zip(values, columns, strict=True)]
    texts = ", ".join([row_id, *stored])
    return f"INSERT INTO {quoted(sides.flow.into)} ({names}) VALUES ({texts});"


def _value(text: str | None, column: Compared, mapping: Mapping) -> str:
    """A value as the target stores it, as SQL spells it."""
    if text is None:
        return "NULL"
    if column.made_by == "uuid":
        return literal(str(uuid_of_key(int(text), mapping.target.namespace, column.of)))
    return literal(text)


def _shown(text: str | None) -> str:
    return "NULL" if text is None else text
