"""What the database must hold, as plain data: the user's `orders` to the letter, and our rules.

The user's document fixes the columns, defaults and indexes of `orders`; the specification adds
the tables, the origin of an order and the rule about its leg.
"""

from __future__ import annotations

from dataclasses import dataclass

from readiness.schema.catalogue import Column

__all__ = [
    "ENUM_WORDS",
    "FOREIGN_KEYS",
    "INDEXES",
    "ORDERS",
    "ROWS",
    "TABLES",
    "UNIQUE_KEYS",
    "Row",
]

TABLES = (
    *("orders", "order_events", "fills", "positions", "signals", "partial_tp_history"),
    *("sltp_history", "raw_market_data", "processed_market_data", "risk_events", "balances"),
    "model_runs",
)

ORDERS = {
    "id": Column(kind="uuid", nullable=False, default="gen_random_uuid()"),
    "symbol": Column(kind="character varying(20)", nullable=False, default=""),
    "side": Column(kind="order_side_enum", nullable=False, default=""),
    "quantity": Column(kind="numeric(20,8)", nullable=False, default=""),
    "price": Column(kind="numeric(20,8)", nullable=True, default=""),
    "status": Column(kind="order_status_enum", nullable=False, default=""),
    "position_idx": Column(kind="integer", nullable=True, default="0"),
    "reduce_only": Column(kind="boolean", nullable=True, default="false"),
    "time_in_force": Column(kind="character varying(10)", nullable=True, default=""),
    "created_at": Column(kind="timestamp with time zone", nullable=True, default="now()"),
    "updated_at": Column(kind="timestamp with time zone", nullable=True, default="now()"),
}

# The words of the FIX order states and of the two sides; more may be there, none may be missing.
ENUM_WORDS = {
    "order_side_enum": ("BUY", "SELL"),
    "order_status_enum": ("PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "UNKNOWN"),
}

INDEXES = {
    "idx_orders_symbol_status": ("orders", "(symbol, status)"),
    "idx_orders_created_at": ("orders", "(created_at DESC)"),
}

FOREIGN_KEYS = (
    ("fills", "orders"),
    ("order_events", "orders"),
    ("orders", "signals"),
    ("partial_tp_history", "orders"),
)

# An order is sent once and a fill counts once, whatever is retried.
UNIQUE_KEYS = (
    ("orders", frozenset({"account", "client_order_id"})),
    ("fills", frozenset({"account", "exchange", "symbol", "trade_id", "side"})),
    ("positions", frozenset({"account", "exchange", "symbol", "position_idx"})),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row that a table must refuse or accept, by the columns that matter for it."""

    table: str
    values: tuple[tuple[str, str | None], ...]
    accepted: bool
    why: str


def _order(accepted: bool, why: str, **changed: str | None) -> Row:
    usual: dict[str, str | None] = {
        "quantity": "1",
        "position_idx": "1",
        "origin": "v3",
        "reduce_only": "false",
        "created_at": "now",
        "updated_at": "now",
    }
    values = tuple((usual | changed).items())
    return Row(table="orders", values=values, accepted=accepted, why=why)


def _refused(table: str, why: str, **values: str | None) -> Row:
    return Row(table=table, values=tuple(values.items()), accepted=False, why=why)


ROWS = (
    _order(True, "an order of the long leg"),
    _order(True, "an order of the short leg", position_idx="2"),
    _order(True, "a one-way order that came from v2", origin="v2", position_idx="0"),
    _order(False, "an order whose leg was forgotten", position_idx="0"),
    _order(False, "an order of no leg at all", position_idx=None),
    _order(False, "an order of a third leg", position_idx="3"),
    _order(False, "a v2 order of a third leg", origin="v2", position_idx="3"),
    _order(False, "an order of nothing", quantity="0"),
    _order(False, "an order of less than nothing", quantity="-1"),
    _order(False, "an order of an unknown quantity", quantity="NaN"),
    _refused("fills", "a fill of nothing", last_qty="0"),
    _refused("fills", "a fill for nothing", last_px="0"),
    _refused("fills", "a fill of an unknown quantity", last_qty="NaN"),
    _refused("fills", "a fill outside hedge mode", position_idx="0"),
    _refused("positions", "a leg below zero", quantity="-1"),
    _refused("positions", "a leg outside hedge mode", position_idx="0"),
    _refused("signals", "a signal without confidence", confidence_ratio="0"),
    _refused("signals", "a signal that is certain", confidence_ratio="1"),
    _refused("partial_tp_history", "a ladder step of nothing", close_qty="0"),
    _refused("partial_tp_history", "a ladder step above the whole", close_ratio="1.1"),
    _refused("partial_tp_history", "a ladder step outside hedge mode", position_idx="0"),
    _refused(
        "raw_market_data",
        "a candle whose low is above its close",
        low="2",
        high="3",
        open="2",
        close="1",
    ),
    _refused("processed_market_data", "a candle priced at nothing", close="0"),
)
