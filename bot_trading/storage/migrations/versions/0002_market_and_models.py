"""The tables of research: candles as they came, candles as features read them, model runs.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE raw_market_data (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    interval_s INTEGER NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    open NUMERIC NOT NULL,
    high NUMERIC NOT NULL,
    low NUMERIC NOT NULL,
    close NUMERIC NOT NULL,
    volume NUMERIC NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT raw_market_data_pkey
        PRIMARY KEY (account, exchange, symbol, interval_s, timestamp),
    CONSTRAINT raw_market_data_interval_s_check CHECK (interval_s > 0),
    CONSTRAINT raw_market_data_open_check CHECK (open > 0 AND open NOT IN ('NaN', 'Infinity')),
    CONSTRAINT raw_market_data_high_check CHECK (high > 0 AND high NOT IN ('NaN', 'Infinity')),
    CONSTRAINT raw_market_data_low_check CHECK (low > 0 AND low NOT IN ('NaN', 'Infinity')),
    CONSTRAINT raw_market_data_close_check
        CHECK (close > 0 AND close NOT IN ('NaN', 'Infinity')),
    CONSTRAINT raw_market_data_volume_check
        CHECK (volume >= 0 AND volume NOT IN ('NaN', 'Infinity')),
    CONSTRAINT raw_market_data_range_check
        CHECK (low <= LEAST(open, close) AND high >= GREATEST(open, close))
);

CREATE TABLE processed_market_data (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol VARCHAR(20) NOT NULL,
    interval_s INTEGER NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL,
    open NUMERIC NOT NULL,
    high NUMERIC NOT NULL,
    low NUMERIC NOT NULL,
    close NUMERIC NOT NULL,
    volume NUMERIC NOT NULL,
    turnover NUMERIC,
    mark_price NUMERIC,
    index_price NUMERIC,
    funding_rate NUMERIC,
    open_interest NUMERIC,
    open_1h NUMERIC,
    high_1h NUMERIC,
    low_1h NUMERIC,
    close_1h NUMERIC,
    volume_1h NUMERIC,
    open_4h NUMERIC,
    high_4h NUMERIC,
    low_4h NUMERIC,
    close_4h NUMERIC,
    volume_4h NUMERIC,
    is_filled_gap BOOLEAN NOT NULL DEFAULT false,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT processed_market_data_pkey
        PRIMARY KEY (account, exchange, symbol, interval_s, timestamp),
    CONSTRAINT processed_market_data_interval_s_check CHECK (interval_s > 0),
    CONSTRAINT processed_market_data_open_check
        CHECK (open > 0 AND open NOT IN ('NaN', 'Infinity')),
    CONSTRAINT processed_market_data_high_check
        CHECK (high > 0 AND high NOT IN ('NaN', 'Infinity')),
    CONSTRAINT processed_market_data_low_check
        CHECK (low > 0 AND low NOT IN ('NaN', 'Infinity')),
    CONSTRAINT processed_market_data_close_check
        CHECK (close > 0 AND close NOT IN ('NaN', 'Infinity')),
    CONSTRAINT processed_market_data_volume_check
        CHECK (volume >= 0 AND volume NOT IN ('NaN', 'Infinity')),
    CONSTRAINT processed_market_data_range_check
        CHECK (low <= LEAST(open, close) AND high >= GREATEST(open, close))
);

CREATE INDEX idx_processed_market_data_symbol_timestamp
    ON processed_market_data (symbol, timestamp DESC);

CREATE TABLE model_runs (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    account TEXT NOT NULL,
    model_name TEXT NOT NULL,
    model_version TEXT NOT NULL,
    feature_schema_hash TEXT NOT NULL,
    artifact_sha256 TEXT NOT NULL,
    code_version TEXT NOT NULL,
    seed BIGINT NOT NULL,
    training_from TIMESTAMPTZ NOT NULL,
    training_until TIMESTAMPTZ NOT NULL,
    metrics JSONB NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT false,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT model_runs_pkey PRIMARY KEY (id),
    CONSTRAINT model_runs_version_key UNIQUE (account, model_name, model_version),
    CONSTRAINT model_runs_training_range_check CHECK (training_from < training_until)
);
"""

TABLES_NEWEST_FIRST = ("model_runs", "processed_market_data", "raw_market_data")


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    for table in TABLES_NEWEST_FIRST:
        op.execute(f"DROP TABLE {table}")
