"""Records of one commit, folded and ordered: what each table gets, and which version counts.

Both stores start from here, so that they mean the same by "newer" and refuse the same things.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot_trading.domain.exits import LadderRung
from bot_trading.domain.group import LegGroup
from bot_trading.domain.messages import Record
from bot_trading.domain.order import Order, OrderOrigin, OrderStatus
from bot_trading.domain.position import PositionLeg
from bot_trading.domain.risk import RiskFigure
from bot_trading.errors import StoreError
from bot_trading.storage.rows import Row, row_of
from bot_trading.storage.statements import TABLES, commit_statement

__all__ = ["encode_commit", "fold", "moves_forward", "rung_moves_on", "same_order"]

_encoder = msgspec.json.Encoder()


def moves_forward(new: Order, old: Order) -> bool:
    """Whether `new` may replace `old`: not older, not less filled, not out of a terminal status.

    Cumulative quantities decide (FIX 4.4 appendix D); `statements` says the same in SQL. An order
    of the bot stays one, with its purpose: who knows it from a late report alone knows less.
    """
    return (
        new.ts_updated_us >= old.ts_updated_us
        and new.filled_qty >= old.filled_qty
        and (new.status.is_terminal or not old.status.is_terminal)
        and (new.origin is OrderOrigin.BOT or old.origin is not OrderOrigin.BOT)
    )


def rung_moves_on(new: LadderRung, old: LadderRung) -> bool:
    """Whether `new` may replace `old`: a rung was never sent or filled more often than it says."""
    return new.filled_qty >= old.filled_qty and new.attempts >= old.attempts


def same_order(new: Order, old: Order) -> bool:
    """True when both speak of one order: an order never changes its leg or its side."""
    return new.leg_id == old.leg_id and new.side is old.side


def fold(records: Sequence[Record]) -> list[Record]:
    """`records` without those that a later or better one of the same commit replaces.

    Versions of an order stay as long as each moves forward from the one before it; of a leg, a
    figure or a group only the newest stays. Raises StoreError when two orders share one
    client_order_id.
    """
    if len(records) == 1:
        return list(records)
    newest_orders: dict[str, Order] = {}
    newest_legs: dict[object, Record] = {}
    newest_rungs: dict[object, Record] = {}
    newest_figures: dict[object, Record] = {}
    newest_groups: dict[object, Record] = {}
    kept: list[Record] = []
    for record in records:
        row = record.row
        if isinstance(row, Order):
            before = newest_orders.get(row.client_order_id)
            if before is not None and not same_order(row, before):
                raise another_order(row)
            if before is not None and not moves_forward(row, before):
                continue
            newest_orders[row.client_order_id] = row
        elif isinstance(row, PositionLeg):
            known = newest_legs.get(row.leg_id)
            if known is None or row.ts_updated_us >= known.row.ts_updated_us:  # type: ignore[union-attr]
                newest_legs[row.leg_id] = record
            continue
        elif isinstance(row, LadderRung):
            key = (row.leg_id, row.episode, row.level)
            held = newest_rungs.get(key)
            if held is None or rung_moves_on(row, held.row):  # type: ignore[arg-type]
                newest_rungs[key] = record
            continue
        elif isinstance(row, RiskFigure):
            newest_figures[row.key] = record
            continue
        elif isinstance(row, LegGroup):
            newest_groups[row.group_id] = record
            continue
        kept.append(record)
    found = (newest_legs, newest_rungs, newest_figures, newest_groups)
    return [*kept, *(record for newest in found for record in newest.values())]


def another_order(order: Order) -> StoreError:
    """What a client_order_id that is used for two orders means."""
    return StoreError(
        f"order {order.client_order_id!r} on {order.leg_id} {order.side}: its client_order_id"
        " already names an order of another leg or side"
    )


def encode_commit(account: str, records: Sequence[Record]) -> tuple[str, list[str]]:
    """The statement that writes `records`, and its parameters, one JSON array for each table."""
    rows: dict[str, list[Row]] = {}
    for record in fold(records):
        table, row = row_of(account, record)
        if table == "orders":
            row = _version(row, len(rows.get(table, ())))
        rows.setdefault(table, []).append(row)
    tables = tuple(table for table in TABLES if table in rows)
    parameters = [_encoder.encode(rows[table]).decode() for table in tables]
    if _are_all_new(rows.get("orders", ())):
        tables = tuple("new_orders" if table == "orders" else table for table in tables)
    return commit_statement(tables), parameters


def _are_all_new(versions: Sequence[Row]) -> bool:
    """True for orders of which nothing was heard since they were decided, each of them once."""
    rows = [version["row"] for version in versions]
    are_untouched = all(
        row["status"] is OrderStatus.SUBMITTED
        and row["updated_at"] == row["created_at"]
        and not row["filled_qty"]
        for row in rows
    )
    return are_untouched and len({row["id"] for row in rows}) == len(rows)


def _version(row: Row, seq: int) -> Row:
    return {"row": row, "note": row["note"], "recorded_at": row["recorded_at"], "seq": seq}
