"""The tables of the bot as SQLAlchemy metadata: what migrations must lead to, and what rows obey.

Every table is scoped by `account`, so that one database serves several accounts and dry runs.
Nothing here talks to a database.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot_trading.storage.columns import (
    EXACT,
    INSTANT,
    LEG,
    LIQUIDITY_SIDE,
    ORDER_ORIGIN,
    ORDER_PURPOSE,
    ORDER_SIDE,
    ORDER_STATUS,
    ORDER_TYPE,
    QUANTITY,
    RISK_FIGURE,
    RUNG_STATUS,
    SIGNAL_DIRECTION,
    STEP_STATUS,
    TRADING_STATE,
    account,
    check,
    column,
    instrument,
    leg,
    not_negative,
    number,
    positive,
    recorded_at,
)
from bot_trading.storage.tables_market import metadata

__all__ = ["metadata"]


signals = sa.Table(
    "signals",
    metadata,
    account(),
    column("signal_id", sa.Text),
    *instrument(),
    column("direction", SIGNAL_DIRECTION),
    column("confidence_ratio", EXACT),
    column("horizon_s", sa.Integer),
    column("source", sa.Text),
    column("event_at", INSTANT),
    recorded_at(),
    sa.PrimaryKeyConstraint("account", "signal_id"),
    check("confidence_ratio", "confidence_ratio > 0 AND confidence_ratio < 1"),
    check("horizon_s", "horizon_s > 0"),
    sa.Index("idx_signals_symbol_event_at", "account", "symbol", sa.text("event_at DESC")),
    sa.Index("idx_signals_event_at", "account", sa.text("event_at DESC")),
)

orders = sa.Table(
    "orders",
    metadata,
    # The user's own columns, to the letter and in their order.
    column("id", sa.Uuid, default="gen_random_uuid()"),
    column("symbol", sa.String(20)),
    column("side", ORDER_SIDE),
    column("quantity", QUANTITY),
    column("price", QUANTITY, null=True),
    column("status", ORDER_STATUS),
    column("position_idx", sa.Integer, null=True, default="0"),
    column("reduce_only", sa.Boolean, null=True, default="false"),
    column("time_in_force", sa.String(10), null=True),
    column("created_at", INSTANT, null=True, default="now()"),
    column("updated_at", INSTANT, null=True, default="now()"),
    # What the bot needs beside them.
    account(),
    column("exchange", sa.Text),
    column("client_order_id", sa.Text),
    column("exchange_order_id", sa.Text, null=True),
    column("order_type", ORDER_TYPE),
    column("origin", ORDER_ORIGIN),
    column("purpose", ORDER_PURPOSE),
    column("post_only", sa.Boolean, default="false"),
    column("trigger_price", QUANTITY, null=True),
    column("stop_loss", QUANTITY, null=True),
    column("take_profit", QUANTITY, null=True),
    column("signal_id", sa.Text, null=True),
    column("filled_qty", QUANTITY, default="0"),
    column("avg_px", EXACT, null=True),
    column("commission", EXACT, default="0"),
    column("reason", sa.Text, default="''"),
    column("reference_px", EXACT, null=True),
    column("group_id", sa.Text, null=True),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("account", "client_order_id", name="orders_client_order_id_key"),
    # Fills point here, and an upsert settles here: an order never changes its leg or its side.
    sa.UniqueConstraint(
        "account", "client_order_id", *LEG, "side", name="orders_client_order_id_leg_key"
    ),
    sa.ForeignKeyConstraint(
        ["account", "signal_id"],
        ["signals.account", "signals.signal_id"],
        name="orders_signal_id_fkey",
    ),
    check("quantity", "quantity > 0"),
    check("quantity_number", "quantity <> 'NaN'"),
    check("client_order_id", "client_order_id <> ''"),
    check("position_idx_leg", "position_idx IN (1, 2) OR (origin = 'v2' AND position_idx = 0)"),
    # NULL passes every CHECK that compares, and these columns may be NULL by the user's table.
    check(
        "present",
        "position_idx IS NOT NULL AND reduce_only IS NOT NULL"
        " AND created_at IS NOT NULL AND updated_at IS NOT NULL",
    ),
    *positive("price", "trigger_price", "stop_loss", "take_profit", "avg_px", "reference_px"),
    *not_negative("filled_qty"),
    *number("commission"),
    sa.Index("idx_orders_symbol_status", "symbol", "status"),
    sa.Index("idx_orders_created_at", sa.text("created_at DESC")),
    sa.Index(
        "idx_orders_live",
        "account",
        postgresql_where=sa.text("status NOT IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"),
    ),
    sa.Index("idx_orders_exchange_order_id", "account", "exchange", "exchange_order_id"),
    sa.Index(
        "idx_orders_ended",
        "account",
        sa.text("updated_at DESC"),
        postgresql_where=sa.text("status IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED')"),
    ),
)

order_events = sa.Table(
    "order_events",
    metadata,
    column("order_id", sa.Uuid),
    account(),
    column("event_at", INSTANT),
    column("status", ORDER_STATUS),
    column("filled_qty", QUANTITY),
    column("avg_px", EXACT, null=True),
    column("reason", sa.Text),
    column("note", sa.Text),
    recorded_at(),
    sa.PrimaryKeyConstraint("order_id", "event_at", "status", "filled_qty"),
    sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="order_events_order_id_fkey"),
    *not_negative("filled_qty"),
    sa.Index("idx_order_events_event_at", "account", sa.text("event_at DESC")),
)

fills = sa.Table(
    "fills",
    metadata,
    account(),
    *leg(),
    column("trade_id", sa.Text),
    column("client_order_id", sa.Text),
    column("exchange_order_id", sa.Text),
    column("side", ORDER_SIDE),
    column("last_qty", QUANTITY),
    column("last_px", EXACT),
    column("commission", EXACT),
    column("liquidity_side", LIQUIDITY_SIDE),
    column("event_at", INSTANT),
    recorded_at(),
    column("other_amount", EXACT, null=True),
    column("other_coin", sa.Text, null=True),
    column("group_id", sa.Text, null=True),
    # Both sides of a trade may be ours, and have its one number.
    sa.PrimaryKeyConstraint("account", "exchange", "symbol", "trade_id", "side"),
    sa.ForeignKeyConstraint(
        ["account", "client_order_id", *LEG, "side"],
        [f"orders.{name}" for name in ("account", "client_order_id", *LEG, "side")],
        name="fills_order_fkey",
    ),
    *positive("last_qty", "last_px"),
    *number("commission", "other_amount"),
    check("other_commission", "(other_amount IS NULL) = (other_coin IS NULL)"),
    sa.Index("idx_fills_order", "account", "client_order_id"),
    sa.Index("idx_fills_event_at", "account", sa.text("event_at DESC")),
)

funding_payments = sa.Table(
    "funding_payments",
    metadata,
    account(),
    *leg(),
    column("trade_id", sa.Text),
    column("amount", EXACT),
    column("event_at", INSTANT),
    recorded_at(),
    sa.PrimaryKeyConstraint("account", "exchange", "symbol", "trade_id"),
    *number("amount"),
    sa.Index("idx_funding_payments_event_at", "account", sa.text("event_at DESC")),
)

positions = sa.Table(
    "positions",
    metadata,
    account(),
    *leg(),
    column("quantity", QUANTITY),
    column("entry_value", EXACT),
    column("realized_pnl", EXACT),
    column("commission", EXACT),
    column("funding", EXACT),
    column("episode", sa.Integer),
    column("opened_at", INSTANT),
    column("updated_at", INSTANT),
    column("entered_qty", QUANTITY, default="0"),
    sa.PrimaryKeyConstraint("account", *LEG),
    *not_negative("quantity", "entered_qty"),
    *number("entry_value", "realized_pnl", "commission", "funding"),
    check("episode", "episode >= 0"),
)

partial_tp_history = sa.Table(
    "partial_tp_history",
    metadata,
    account(),
    *leg(),
    column("episode", sa.Integer),
    column("level", sa.Integer),
    column("trigger_ratio", EXACT),
    column("close_ratio", EXACT),
    column("close_qty", QUANTITY),
    column("trigger_price", QUANTITY),
    column("client_order_id", sa.Text, null=True),
    column("cause", sa.Text),
    recorded_at(),
    column("filled_qty", QUANTITY, default="0"),
    column("attempts", sa.Integer, default="0"),
    column("price_seen", EXACT, null=True),
    column("status", RUNG_STATUS, default="'PLANNED'"),
    column("updated_at", INSTANT, default="now()"),
    # A level of one life of a leg exists once and closes no more than it planned.
    sa.PrimaryKeyConstraint("account", *LEG, "episode", "level"),
    sa.ForeignKeyConstraint(
        ["account", "client_order_id"],
        ["orders.account", "orders.client_order_id"],
        name="partial_tp_history_order_fkey",
    ),
    *positive("trigger_ratio", "close_qty", "trigger_price", "price_seen"),
    *not_negative("filled_qty"),
    check("close_ratio", "close_ratio > 0 AND close_ratio <= 1"),
    check("level", "level > 0"),
    check("attempts", "attempts >= 0"),
    check("once", "filled_qty <= close_qty"),
)

sltp_history = sa.Table(
    "sltp_history",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True)),
    account(),
    *leg(),
    column("stop_loss", QUANTITY, null=True),
    column("take_profit", QUANTITY, null=True),
    column("cause", sa.Text),
    column("note", sa.Text),
    recorded_at(),
    column("episode", sa.Integer, default="0"),
    column("price_seen", EXACT, null=True),
    column("status", STEP_STATUS, default="'ASKED'"),
    column("updates", sa.Integer, default="0"),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint(
        "account",
        *LEG,
        "recorded_at",
        "stop_loss",
        "take_profit",
        "status",
        name="sltp_history_step_key",
        postgresql_nulls_not_distinct=True,
    ),
    *positive("stop_loss", "take_profit", "price_seen"),
    check("episode", "episode >= 0"),
    check("updates", "updates >= 0"),
    sa.Index("idx_sltp_history_leg", "account", *LEG, sa.text("recorded_at DESC")),
)

risk_events = sa.Table(
    "risk_events",
    metadata,
    account(),
    column("event_id", sa.Text),
    column("control", sa.Text),
    column("measured_value", sa.Text),
    column("limit_value", sa.Text),
    column("action", sa.Text),
    column("exchange", sa.Text, null=True),
    column("symbol", sa.String(20), null=True),
    column("position_idx", sa.Integer, null=True),
    column("signal_id", sa.Text, null=True),
    recorded_at(),
    sa.PrimaryKeyConstraint("account", "event_id"),
    check("leg", "num_nulls(exchange, symbol, position_idx) IN (0, 3)"),
    sa.Index("idx_risk_events_recorded_at", "account", sa.text("recorded_at DESC")),
)

risk_figures = sa.Table(
    "risk_figures",
    metadata,
    account(),
    column("name", RISK_FIGURE),
    column("scope", sa.Text),
    column("value", EXACT),
    column("event_at", INSTANT),
    column("updated_at", INSTANT),
    sa.PrimaryKeyConstraint("account", "name", "scope"),
    *number("value"),
)

balances = sa.Table(
    "balances",
    metadata,
    account(),
    column("exchange", sa.Text),
    column("coin", sa.Text),
    column("equity", EXACT),
    column("wallet_balance", EXACT),
    column("available", EXACT),
    column("event_at", INSTANT),
    recorded_at(),
    sa.PrimaryKeyConstraint("account", "exchange", "coin", "event_at"),
    *number("equity", "wallet_balance", "available"),
)

account_beginnings = sa.Table(
    "account_beginnings",
    metadata,
    account(),
    column("exchange", sa.Text),
    column("ours_from", INSTANT),
    recorded_at(),
    sa.PrimaryKeyConstraint("account", "exchange"),
)

trading_states = sa.Table(
    "trading_states",
    metadata,
    account(),
    column("changed_at", INSTANT),
    column("state", TRADING_STATE),
    column("who", sa.Text),
    column("why", sa.Text),
    sa.PrimaryKeyConstraint("account", "changed_at", "state"),
)

process_status = sa.Table(
    "process_status",
    metadata,
    account(),
    column("component", sa.Text),
    column("pid", sa.Integer),
    column("updated_at", INSTANT),
    column("detail", pg.JSONB),
    sa.PrimaryKeyConstraint("account", "component"),
)
