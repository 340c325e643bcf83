"""The tables of candles and of models, beside those of trading."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from bot_trading.storage.columns import (
    CANDLE_PARTS,
    EXACT,
    INSTANT,
    account,
    candle,
    check,
    column,
    recorded_at,
)
from bot_trading.storage.tables_groups import metadata

__all__ = ["metadata"]


raw_market_data = sa.Table("raw_market_data", metadata, *candle(), recorded_at())

processed_market_data = sa.Table(
    "processed_market_data",
    metadata,
    *candle(),
    *(column(name, EXACT, null=True) for name in ("turnover", "mark_price", "index_price")),
    *(column(name, EXACT, null=True) for name in ("funding_rate", "open_interest")),
    *(column(f"{name}_{span}", EXACT, null=True) for span in ("1h", "4h") for name in CANDLE_PARTS),
    column("is_filled_gap", sa.Boolean, default="false"),
    recorded_at(),
    *(column(name, EXACT, null=True) for name in ("btc_close", "eth_close")),
    *(column(f"{name}_1d", EXACT, null=True) for name in CANDLE_PARTS),
    sa.Index("idx_processed_market_data_symbol_timestamp", "symbol", sa.text("timestamp DESC")),
)

model_runs = sa.Table(
    "model_runs",
    metadata,
    column("id", sa.Uuid, default="gen_random_uuid()"),
    account(),
    column("model_name", sa.Text),
    column("model_version", sa.Text),
    column("feature_schema_hash", sa.Text),
    column("artifact_sha256", sa.Text),
    column("code_version", sa.Text),
    column("seed", sa.BigInteger),
    column("training_from", INSTANT),
    column("training_until", INSTANT),
    column("metrics", pg.JSONB),
    column("is_active", sa.Boolean, default="false"),
    recorded_at(),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("account", "model_name", "model_version", name="model_runs_version_key"),
    check("training_range", "training_from < training_until"),
)
