"""The tables of trading: signals, orders, their events and fills, legs, money, risk, status.

Revision ID: 0001
Revises:
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TYPES = """
CREATE TYPE order_side_enum AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status_enum AS ENUM (
    'SUBMITTED', 'UNKNOWN', 'ACCEPTED', 'UNTRIGGERED', 'PARTIALLY_FILLED',
    'PENDING_CANCEL', 'FILLED', 'CANCELED', 'REJECTED', 'EXPIRED'
);
CREATE TYPE order_type_enum AS ENUM ('MARKET', 'LIMIT', 'STOP_MARKET', 'STOP_LIMIT');
CREATE TYPE order_purpose_enum AS ENUM ('ENTRY', 'EXIT', 'STOP', 'TARGET', 'UNKNOWN');
CREATE TYPE order_origin_enum AS ENUM ('v3', 'exchange', 'foreign', 'v2');
CREATE TYPE liquidity_side_enum AS ENUM ('MAKER', 'TAKER');
CREATE TYPE signal_direction_enum AS ENUM ('LONG', 'SHORT');
CREATE TYPE trading_state_enum AS ENUM ('ACTIVE', 'REDUCING', 'HALTED');
"""

TRADING = """
CREATE TABLE signals (
    account TEXT NOT NULL,
    signal_id TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    direction signal_direction_enum NOT NULL,
    confidence_ratio NUMERIC NOT NULL,
    horizon_s INTEGER NOT NULL,
    source TEXT NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT signals_pkey PRIMARY KEY (account, signal_id),
    CONSTRAINT signals_confidence_ratio_check
        CHECK (confidence_ratio > 0 AND confidence_ratio < 1),
    CONSTRAINT signals_horizon_s_check CHECK (horizon_s > 0)
);

CREATE INDEX idx_signals_symbol_event_at ON signals (account, symbol, event_at DESC);

CREATE TABLE orders (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    symbol VARCHAR(20) NOT NULL,
    side order_side_enum NOT NULL,
    quantity DECIMAL(20, 8) NOT NULL,
    price DECIMAL(20, 8),
    status order_status_enum NOT NULL,
    position_idx INTEGER DEFAULT 0,
    reduce_only BOOLEAN DEFAULT false,
    time_in_force VARCHAR(10),
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now(),
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    exchange_order_id TEXT,
    order_type order_type_enum NOT NULL,
    origin order_origin_enum NOT NULL,
    purpose order_purpose_enum NOT NULL,
    post_only BOOLEAN NOT NULL DEFAULT false,
    trigger_price DECIMAL(20, 8),
    stop_loss DECIMAL(20, 8),
    take_profit DECIMAL(20, 8),
    signal_id TEXT,
    filled_qty DECIMAL(20, 8) NOT NULL DEFAULT 0,
    avg_px NUMERIC,
    commission NUMERIC NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    CONSTRAINT orders_pkey PRIMARY KEY (id),
    CONSTRAINT orders_client_order_id_key UNIQUE (account, client_order_id),
    CONSTRAINT orders_client_order_id_leg_key
        UNIQUE (account, client_order_id, exchange, symbol, position_idx, side),
    CONSTRAINT orders_signal_id_fkey
        FOREIGN KEY (account, signal_id)
        REFERENCES signals (account, signal_id),
    CONSTRAINT orders_quantity_check CHECK (quantity > 0),
    CONSTRAINT orders_quantity_number_check CHECK (quantity <> 'NaN'),
    CONSTRAINT orders_client_order_id_check CHECK (client_order_id <> ''),
    CONSTRAINT orders_position_idx_leg_check
        CHECK (position_idx IN (1, 2)
        OR (origin = 'v2' AND position_idx = 0)),
    CONSTRAINT orders_present_check
        CHECK (position_idx IS NOT NULL AND reduce_only IS NOT NULL
        AND created_at IS NOT NULL AND updated_at IS NOT NULL),
    CONSTRAINT orders_price_check CHECK (price > 0 AND price NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_trigger_price_check
        CHECK (trigger_price > 0 AND trigger_price NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_stop_loss_check
        CHECK (stop_loss > 0 AND stop_loss NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_take_profit_check
        CHECK (take_profit > 0 AND take_profit NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_avg_px_check CHECK (avg_px > 0 AND avg_px NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_filled_qty_check
        CHECK (filled_qty >= 0 AND filled_qty NOT IN ('NaN', 'Infinity')),
    CONSTRAINT orders_commission_check
        CHECK (commission NOT IN ('NaN', 'Infinity', '-Infinity'))
);

CREATE INDEX idx_orders_live
    ON orders (account)
    WHERE status NOT IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED');

CREATE INDEX idx_orders_created_at ON orders (created_at DESC);

CREATE INDEX idx_orders_symbol_status ON orders (symbol, status);

CREATE INDEX idx_orders_exchange_order_id ON orders (account, exchange, exchange_order_id);

CREATE TABLE order_events (
    order_id UUID NOT NULL,
    account TEXT NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    status order_status_enum NOT NULL,
    filled_qty DECIMAL(20, 8) NOT NULL,
    avg_px NUMERIC,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT order_events_pkey PRIMARY KEY (order_id, event_at, status, filled_qty),
    CONSTRAINT order_events_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT order_events_filled_qty_check
        CHECK (filled_qty >= 0 AND filled_qty NOT IN ('NaN', 'Infinity'))
);

CREATE INDEX idx_order_events_event_at ON order_events (account, event_at DESC);

CREATE TABLE fills (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    position_idx INTEGER NOT NULL,
    trade_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL,
    exchange_order_id TEXT NOT NULL,
    side order_side_enum NOT NULL,
    last_qty DECIMAL(20, 8) NOT NULL,
    last_px NUMERIC NOT NULL,
    commission NUMERIC NOT NULL,
    liquidity_side liquidity_side_enum NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fills_pkey PRIMARY KEY (account, exchange, trade_id),
    CONSTRAINT fills_position_idx_check CHECK (position_idx IN (1, 2)),
    CONSTRAINT fills_order_fkey
        FOREIGN KEY (account, client_order_id, exchange, symbol, position_idx, side)
        REFERENCES orders (account, client_order_id, exchange, symbol, position_idx, side),
    CONSTRAINT fills_last_qty_check
        CHECK (last_qty > 0 AND last_qty NOT IN ('NaN', 'Infinity')),
    CONSTRAINT fills_last_px_check CHECK (last_px > 0 AND last_px NOT IN ('NaN', 'Infinity')),
    CONSTRAINT fills_commission_check CHECK (commission NOT IN ('NaN', 'Infinity', '-Infinity'))
);

CREATE INDEX idx_fills_event_at ON fills (account, event_at DESC);

CREATE INDEX idx_fills_order ON fills (account, client_order_id);
"""

MONEY = """
CREATE TABLE funding_payments (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    position_idx INTEGER NOT NULL,
    trade_id TEXT NOT NULL,
    amount NUMERIC NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT funding_payments_pkey PRIMARY KEY (account, exchange, trade_id),
    CONSTRAINT funding_payments_position_idx_check CHECK (position_idx IN (1, 2)),
    CONSTRAINT funding_payments_amount_check
        CHECK (amount NOT IN ('NaN', 'Infinity', '-Infinity'))
);

CREATE INDEX idx_funding_payments_event_at ON funding_payments (account, event_at DESC);

CREATE TABLE positions (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    position_idx INTEGER NOT NULL,
    quantity DECIMAL(20, 8) NOT NULL,
    entry_value NUMERIC NOT NULL,
    realized_pnl NUMERIC NOT NULL,
    commission NUMERIC NOT NULL,
    funding NUMERIC NOT NULL,
    episode INTEGER NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT positions_pkey PRIMARY KEY (account, exchange, symbol, position_idx),
    CONSTRAINT positions_position_idx_check CHECK (position_idx IN (1, 2)),
    CONSTRAINT positions_quantity_check
        CHECK (quantity >= 0 AND quantity NOT IN ('NaN', 'Infinity')),
    CONSTRAINT positions_entry_value_check
        CHECK (entry_value NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT positions_realized_pnl_check
        CHECK (realized_pnl NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT positions_commission_check
        CHECK (commission NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT positions_funding_check CHECK (funding NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT positions_episode_check CHECK (episode >= 0)
);

CREATE TABLE balances (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    coin TEXT NOT NULL,
    equity NUMERIC NOT NULL,
    wallet_balance NUMERIC NOT NULL,
    available NUMERIC NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT balances_pkey PRIMARY KEY (account, exchange, coin, event_at),
    CONSTRAINT balances_equity_check CHECK (equity NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT balances_wallet_balance_check
        CHECK (wallet_balance NOT IN ('NaN', 'Infinity', '-Infinity')),
    CONSTRAINT balances_available_check
        CHECK (available NOT IN ('NaN', 'Infinity', '-Infinity'))
);
"""

CONTROL = """
CREATE TABLE partial_tp_history (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    position_idx INTEGER NOT NULL,
    episode INTEGER NOT NULL,
    level INTEGER NOT NULL,
    trigger_ratio NUMERIC NOT NULL,
    close_ratio NUMERIC NOT NULL,
    close_qty DECIMAL(20, 8) NOT NULL,
    trigger_price DECIMAL(20, 8) NOT NULL,
    client_order_id TEXT,
    cause TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT partial_tp_history_pkey
        PRIMARY KEY (account, exchange, symbol, position_idx, episode, level),
    CONSTRAINT partial_tp_history_position_idx_check CHECK (position_idx IN (1, 2)),
    CONSTRAINT partial_tp_history_order_fkey
        FOREIGN KEY (account, client_order_id)
        REFERENCES orders (account, client_order_id),
    CONSTRAINT partial_tp_history_trigger_ratio_check
        CHECK (trigger_ratio > 0 AND trigger_ratio NOT IN ('NaN', 'Infinity')),
    CONSTRAINT partial_tp_history_close_qty_check
        CHECK (close_qty > 0 AND close_qty NOT IN ('NaN', 'Infinity')),
    CONSTRAINT partial_tp_history_trigger_price_check
        CHECK (trigger_price > 0 AND trigger_price NOT IN ('NaN', 'Infinity')),
    CONSTRAINT partial_tp_history_close_ratio_check
        CHECK (close_ratio > 0 AND close_ratio <= 1),
    CONSTRAINT partial_tp_history_level_check CHECK (level > 0)
);

CREATE TABLE sltp_history (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    position_idx INTEGER NOT NULL,
    stop_loss DECIMAL(20, 8),
    take_profit DECIMAL(20, 8),
    cause TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT sltp_history_pkey PRIMARY KEY (id),
    CONSTRAINT sltp_history_position_idx_check CHECK (position_idx IN (1, 2)),
    CONSTRAINT sltp_history_step_key
        UNIQUE NULLS NOT DISTINCT
        (account, exchange, symbol, position_idx, recorded_at, stop_loss, take_profit),
    CONSTRAINT sltp_history_stop_loss_check
        CHECK (stop_loss > 0 AND stop_loss NOT IN ('NaN', 'Infinity')),
    CONSTRAINT sltp_history_take_profit_check
        CHECK (take_profit > 0 AND take_profit NOT IN ('NaN', 'Infinity'))
);

CREATE TABLE risk_events (
    account TEXT NOT NULL,
    event_id TEXT NOT NULL,
    control TEXT NOT NULL,
    measured_value TEXT NOT NULL,
    limit_value TEXT NOT NULL,
    action TEXT NOT NULL,
    exchange TEXT,
    symbol VARCHAR(20),
    position_idx INTEGER,
    signal_id TEXT,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT risk_events_pkey PRIMARY KEY (account, event_id),
    CONSTRAINT risk_events_leg_check CHECK (num_nulls(exchange, symbol, position_idx) IN (0, 3))
);

CREATE INDEX idx_risk_events_recorded_at ON risk_events (account, recorded_at DESC);

CREATE TABLE trading_states (
    account TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    state trading_state_enum NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    CONSTRAINT trading_states_pkey PRIMARY KEY (account, changed_at, state)
);

CREATE TABLE process_status (
    account TEXT NOT NULL,
    component TEXT NOT NULL,
    pid INTEGER NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    detail JSONB NOT NULL,
    CONSTRAINT process_status_pkey PRIMARY KEY (account, component)
);
"""

TABLES_NEWEST_FIRST = (
    "process_status",
    "trading_states",
    "risk_events",
    "sltp_history",
    "partial_tp_history",
    "balances",
    "positions",
    "funding_payments",
    "fills",
    "order_events",
    "orders",
    "signals",
)
ENUMS = (
    "order_side_enum",
    "order_status_enum",
    "order_type_enum",
    "order_purpose_enum",
    "order_origin_enum",
    "liquidity_side_enum",
    "signal_direction_enum",
    "trading_state_enum",
)


def upgrade() -> None:
    for script in (TYPES, TRADING, MONEY, CONTROL):
        op.execute(script)


def downgrade() -> None:
    for table in TABLES_NEWEST_FIRST:
        op.execute(f"DROP TABLE {table}")
    for enum in ENUMS:
        op.execute(f"DROP TYPE {enum}")
