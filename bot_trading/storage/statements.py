"""The SQL of the store: one statement per commit, whatever it holds, in one round trip.

Each kind of row present adds one common table expression that reads its rows from one JSON
parameter; the kinds present make the statement, so a driver prepares a handful of them. A
statement is its own transaction, and foreign keys are checked when it ends.
"""

from __future__ import annotations

from functools import cache

__all__ = ["COLUMNS", "TABLES", "URGENT", "commit_statement"]

_LEG = ("exchange", "symbol", "position_idx")

COLUMNS: dict[str, tuple[str, ...]] = {
    "signals": (
        *("account", "signal_id", "exchange", "symbol", "direction", "confidence_ratio"),
        *("horizon_s", "source", "event_at", "recorded_at"),
    ),
    "orders": (
        *("id", "symbol", "side", "quantity", "price", "status", "position_idx", "reduce_only"),
        *("time_in_force", "created_at", "updated_at", "account", "exchange", "client_order_id"),
        *("exchange_order_id", "order_type", "origin", "purpose", "post_only", "trigger_price"),
        *("stop_loss", "take_profit", "signal_id", "filled_qty", "avg_px", "commission", "reason"),
        *("reference_px", "group_id"),
    ),
    "fills": (
        *("account", *_LEG, "trade_id", "client_order_id", "exchange_order_id", "side"),
        *("last_qty", "last_px", "commission", "liquidity_side", "event_at", "recorded_at"),
        *("other_amount", "other_coin", "group_id"),
    ),
    "leg_groups": (
        *("account", "group_id", "symbol", "long_exchange", "short_exchange", "phase", "cause"),
        *("quantity", "target", "expected_net_bps", "one_sided_max_us", "loss_max", "opened_at"),
        *("market_at", "updated_at", "long_net_before", "short_net_before", "fill_ups"),
        *("was_hedged", "marked_idx", "marked_px", "one_sided_since", "one_sided_longest_us"),
        *("unmatched_loss_worst", "long_pnl", "short_pnl"),
    ),
    "funding_payments": ("account", *_LEG, "trade_id", "amount", "event_at", "recorded_at"),
    "positions": (
        *("account", *_LEG, "quantity", "entry_value", "realized_pnl", "commission", "funding"),
        *("episode", "opened_at", "updated_at", "entered_qty"),
    ),
    "risk_events": (
        *("account", "event_id", "control", "measured_value", "limit_value", "action"),
        *(*_LEG, "signal_id", "recorded_at"),
    ),
    "balances": (
        *("account", "exchange", "coin", "equity", "wallet_balance", "available"),
        *("event_at", "recorded_at"),
    ),
    "account_beginnings": ("account", "exchange", "ours_from", "recorded_at"),
    "trading_states": ("account", "changed_at", "state", "who", "why"),
    "risk_figures": ("account", "name", "scope", "value", "event_at", "updated_at"),
    "sltp_history": (
        *("account", *_LEG, "stop_loss", "take_profit", "cause", "note", "recorded_at"),
        *("episode", "price_seen", "status", "updates"),
    ),
    "partial_tp_history": (
        *("account", *_LEG, "episode", "level", "trigger_ratio", "close_ratio", "close_qty"),
        *("trigger_price", "client_order_id", "cause", "recorded_at", "filled_qty", "attempts"),
        *("price_seen", "status", "updated_at"),
    ),
}
TABLES = tuple(COLUMNS)
# What sends wait for: an entry, an exit, and the fill that a stop or a ladder follows.
URGENT = (
    ("signals", "new_orders"),
    ("new_orders",),
    ("orders", "fills", "positions", "risk_figures"),
    ("orders", "fills", "positions", "risk_figures", "sltp_history", "partial_tp_history"),
)

_TERMINAL = "('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"
_ORDER_KEY = ("account", "client_order_id", *_LEG, "side")
_KEYS = {
    "positions": ("account", *_LEG),
    "risk_figures": ("account", "name", "scope"),
    "leg_groups": ("account", "group_id"),
}
_RUNG_KEY = ("account", *_LEG, "episode", "level")


@cache
def commit_statement(tables: tuple[str, ...]) -> str:
    """The statement that writes rows of `tables`; parameter n is the JSON array of the nth.

    `new_orders` may stand for `orders`: see there.
    """
    parts = [_PARTS.get(name, _first_stays)(name, f"${n}") for n, name in enumerate(tables, 1)]
    return f"WITH {', '.join(parts)} SELECT 1"


def _first_stays(table: str, rows: str) -> str:
    """A row that is there already changes nothing."""
    names = ", ".join(COLUMNS[table])
    return f"""{table}_written AS (
        INSERT INTO {table} ({names})
        SELECT {names} FROM json_populate_recordset(NULL::{table}, {rows}::json)
        ON CONFLICT DO NOTHING
    )"""  # noqa: S608


def _newest(table: str, rows: str) -> str:
    """A row is replaced by one of its key that is not older."""
    names, key = ", ".join(COLUMNS[table]), _KEYS[table]
    return f"""{table}_written AS (
        INSERT INTO {table} ({names})
        SELECT {names} FROM json_populate_recordset(NULL::{table}, {rows}::json)
        ON CONFLICT ({", ".join(key)}) DO UPDATE SET {_replaced(table, key)}
        WHERE excluded.updated_at >= {table}.updated_at
    )"""  # noqa: S608


def _rungs(table: str, rows: str) -> str:
    """A rung is replaced by one that was sent and filled no less often: `batches.rung_moves_on`."""
    names = ", ".join(COLUMNS[table])
    return f"""{table}_written AS (
        INSERT INTO {table} ({names})
        SELECT {names} FROM json_populate_recordset(NULL::{table}, {rows}::json)
        ON CONFLICT ({", ".join(_RUNG_KEY)})
        DO UPDATE SET {_replaced(table, (*_RUNG_KEY, "recorded_at"))}
        WHERE excluded.filled_qty >= {table}.filled_qty AND excluded.attempts >= {table}.attempts
    )"""  # noqa: S608


def _moves_forward(new: str, old: str) -> str:
    """Not older, not less filled, not out of a terminal status, and never taken from the bot:
    `batches.moves_forward` is the twin."""
    return f"""({new}.updated_at >= {old}.updated_at AND {new}.filled_qty >= {old}.filled_qty
        AND ({old}.status NOT IN {_TERMINAL} OR {new}.status IN {_TERMINAL})
        AND ({old}.origin <> 'v3' OR {new}.origin = 'v3'))"""


def _orders(table: str, rows: str) -> str:
    """The newest version of each order, and an event for each change of status or filled quantity.

    The conflict target names leg and side: the same id with another leg, which may be old or new,
    finds no row to update there and fails on the primary key instead.
    """
    names = ", ".join(COLUMNS[table])
    return f"""versions AS (
        SELECT v.*, n.note, n.recorded_at, n.seq
        FROM json_to_recordset({rows}::json) AS n(
            "row" json, note text, recorded_at timestamptz, seq integer
        ), json_populate_record(NULL::orders, n."row") AS v
    ), forward AS (
        SELECT v.*, o.status AS stored_status, o.filled_qty AS stored_filled_qty
        FROM versions v LEFT JOIN LATERAL (
            SELECT * FROM orders WHERE orders.id = v.id OFFSET 0
        ) AS o ON true
        WHERE o.id IS NULL OR {_moves_forward("v", "o")}
            OR (o.exchange, o.symbol, o.position_idx, o.side)
                <> (v.exchange, v.symbol, v.position_idx, v.side)
    ), orders_written AS (
        INSERT INTO orders ({names})
        SELECT DISTINCT ON (id) {names} FROM forward ORDER BY id, seq DESC
        ON CONFLICT ({", ".join(_ORDER_KEY)}) DO UPDATE SET {_replaced(table, ("id", *_ORDER_KEY))}
        WHERE {_moves_forward("excluded", "orders")}
    ), steps AS (
        SELECT id, account, updated_at, status, filled_qty, avg_px, reason, note, recorded_at,
            coalesce(lag(status) OVER versions, stored_status) AS status_before,
            coalesce(lag(filled_qty) OVER versions, stored_filled_qty) AS filled_before
        FROM forward WINDOW versions AS (PARTITION BY id ORDER BY seq)
    ), order_events_written AS (
        INSERT INTO order_events (
            order_id, account, event_at, status, filled_qty, avg_px, reason, note, recorded_at
        )
        SELECT id, account, updated_at, status, filled_qty, avg_px, reason, note, recorded_at
        FROM steps WHERE (status, filled_qty) IS DISTINCT FROM (status_before, filled_before)
        ON CONFLICT DO NOTHING
    )"""  # noqa: S608


def _new_orders(table: str, rows: str) -> str:
    """Orders that are only decided yet, each once: what is stored of them already is newer.

    This is what an order waits for before it is sent, so nothing is compared here.
    """
    names = ", ".join(COLUMNS["orders"])
    return f"""new_orders AS (
        SELECT v.*, n.note, n.recorded_at
        FROM json_to_recordset({rows}::json) AS n("row" json, note text, recorded_at timestamptz),
            json_populate_record(NULL::orders, n."row") AS v
    ), new_orders_written AS (
        INSERT INTO orders ({names}) SELECT {names} FROM new_orders
        ON CONFLICT ({", ".join(_ORDER_KEY)}) DO NOTHING RETURNING id
    ), new_order_events_written AS (
        INSERT INTO order_events (
            order_id, account, event_at, status, filled_qty, avg_px, reason, note, recorded_at
        )
        SELECT id, account, updated_at, status, filled_qty, avg_px, reason, note, recorded_at
        FROM new_orders JOIN new_orders_written USING (id) ON CONFLICT DO NOTHING
    )"""  # noqa: S608


def _replaced(table: str, key: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[table] if name not in key)


_PARTS = {
    "new_orders": _new_orders,
    "orders": _orders,
    "partial_tp_history": _rungs,
    **dict.fromkeys(_KEYS, _newest),
}
