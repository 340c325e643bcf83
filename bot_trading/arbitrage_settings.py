"""The section `strategy.arbitrage` of the configuration, and what the core makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot_trading.arbitrage.edge import Thresholds
from bot_trading.arbitrage.group import Bounds
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.errors import ConfigError
from bot_trading.exchange_settings import ExchangeName

__all__ = ["ArbitrageSettings", "arbitrage_spec"]

_BPS = Decimal(10_000)
Bps = Annotated[Decimal, Field(gt=0, le=1_000)]
Millis = Annotated[int, Field(gt=0, le=600_000)]


class ArbitrageSettings(BaseModel):
    """Frozen, and an unknown key is an error; the names are those of `arbitrage`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    exchanges: tuple[ExchangeName, ExchangeName]
    taker_fee_bps: Mapping[ExchangeName, Annotated[Decimal, Field(ge=0, le=100)]]
    entry_net_min_bps: Bps
    exit_bps: Annotated[Decimal, Field(ge=-1_000, le=1_000)]
    horizon_s: Annotated[int, Field(gt=0, le=2_592_000)]
    book_age_max_ms: Millis
    move_bps_per_root_s: Annotated[Decimal, Field(ge=0, le=1_000)]
    round_trip_ms: Millis
    settle_ms: Millis
    one_sided_max_ms: Millis
    close_again_ms: Millis
    loss_max_usdt: Annotated[Decimal, Field(gt=0)]
    fill_ups_max: Annotated[int, Field(ge=0, le=10)]
    pause_ms: Millis
    drift_max_ratio: Annotated[Decimal, Field(gt=0, le=1)]


def arbitrage_spec(told: ArbitrageSettings | None, exchanges: tuple[str, ...]) -> ArbitrageSpec:
    """What the core trades pairs by; raises `ConfigError` for what contradicts itself or
    `trading.exchanges`."""
    if told is None:
        raise ConfigError(
            "strategy.source is arbitrage, but there is no section strategy.arbitrage: "
            "config/bot.yaml shows one"
        )
    if set(told.exchanges) != set(exchanges):
        raise ConfigError(
            f"strategy.arbitrage.exchanges are {' and '.join(told.exchanges)}, trading.exchanges "
            f"{' and '.join(exchanges)}: a pair has its two sides there and no third exchange"
        )
    missing = [name for name in told.exchanges if name not in told.taker_fee_bps]
    if missing:
        raise ConfigError(f"strategy.arbitrage.taker_fee_bps names no fee of {missing[0]}: add it")
    try:
        return _spec(told)
    except ValueError as error:
        raise ConfigError(f"strategy.arbitrage: {error}") from error


def _spec(told: ArbitrageSettings) -> ArbitrageSpec:
    return ArbitrageSpec(
        exchanges=told.exchanges,
        taker_fee_ratio={name: bps / _BPS for name, bps in told.taker_fee_bps.items()},
        thresholds=Thresholds(
            entry_net_min_bps=told.entry_net_min_bps,
            exit_bps=told.exit_bps,
            horizon_us=told.horizon_s * 1_000_000,
            book_age_max_us=told.book_age_max_ms * 1_000,
            move_bps_per_root_s=told.move_bps_per_root_s,
        ),
        bounds=Bounds(
            settle_us=told.settle_ms * 1_000,
            one_sided_max_us=told.one_sided_max_ms * 1_000,
            close_again_us=told.close_again_ms * 1_000,
            loss_max=told.loss_max_usdt,
            fill_ups_max=told.fill_ups_max,
        ),
        round_trip_us=told.round_trip_ms * 1_000,
        pause_us=told.pause_ms * 1_000,
        drift_max_ratio=told.drift_max_ratio,
    )
