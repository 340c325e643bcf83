"""The sections `risk` and `sizing` of the configuration, and what the core makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field

from bot_trading.errors import ConfigError
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.plan import RiskPlan
from bot_trading.risk.returns import PERIODS_S, BookSpec
from bot_trading.risk.sizing import SizingSpec

__all__ = ["RiskBook", "RiskSettings", "RiskSizing", "risk_limits", "risk_plan"]

Ratio = Annotated[Decimal, Field(gt=0, le=1)]
_NOT_LIMITS = ("day_time_zone", "correlation_groups", "book")


class _Section(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RiskSizing(_Section):
    """How large an entry is: see `bot_trading.risk.sizing.SizingSpec`."""

    order_notional_usdt: Annotated[Decimal, Field(gt=0)]
    risk_per_trade_ratio: Annotated[Decimal, Field(gt=0, le=Decimal("0.1"))]
    range_calm_bps: Annotated[Decimal, Field(ge=1, le=5000)]
    confidence_floor_ratio: Ratio
    confidence_full_ratio: Ratio
    kelly_cap_ratio: Ratio
    fallback_ratio: Ratio
    calibrated_sources: tuple[str, ...]


class RiskBook(_Section):
    """How the book's losses are measured: see `bot_trading.risk.returns.BookSpec`."""

    confidence_ratio: Annotated[Decimal, Field(ge=Decimal("0.9"), le=Decimal("0.999"))]
    horizon_s: Literal[60, 300, 900, 3600, 14_400, 86_400]
    returns_max: Annotated[int, Field(ge=20, le=1000)]
    returns_min: Annotated[int, Field(ge=10, le=1000)]
    correlation_min_ratio: Ratio
    correlation_every_s: Annotated[int, Field(ge=3600, le=2_592_000)]


class RiskSettings(_Section):
    """Every limit of `RiskLimits`, none of which may be missing, and how they are counted."""

    day_time_zone: str
    book: RiskBook
    correlation_groups: Mapping[str, tuple[str, ...]]
    order_notional_max_usdt: Decimal
    order_quantity_max: Mapping[str, Decimal]
    price_collar_bps: Decimal
    price_move_collar_bps: Decimal
    messages_per_second_max: int
    identical_orders_max: int
    identical_orders_window_ms: int
    executions_max: int
    executions_window_s: int
    orphan_fills_max: int
    leg_exposure_max_usdt: Decimal
    position_exposure_max_usdt: Decimal
    symbol_exposure_max_usdt: Decimal
    exchange_exposure_max_usdt: Decimal
    group_exposure_max_usdt: Decimal
    estimated_group_exposure_max_usdt: Decimal
    total_exposure_max_usdt: Decimal
    value_at_risk_max_usdt: Decimal
    expected_shortfall_max_usdt: Decimal
    returns_age_max_s: int
    leverage_max: Decimal
    daily_loss_max_usdt: Decimal
    weekly_loss_max_usdt: Decimal
    drawdown_max_ratio: Decimal
    consecutive_losses_max: int
    price_age_max_ms: int
    signal_age_max_s: int
    model_age_max_s: int
    equity_age_max_s: int
    spread_max_bps: Decimal
    depth_min_ratio: Decimal
    flash_crash_percent: Decimal
    flash_crash_window_s: int
    funding_pause_s: int
    free_margin_min_ratio: Decimal
    liquidation_distance_min_ratio: Decimal


def risk_limits(settings: RiskSettings, symbols: Sequence[str]) -> RiskLimits:
    """The limits, checked against each other and against what is traded; raises `ConfigError`."""
    parts = {
        name: getattr(settings, name)
        for name in RiskSettings.model_fields
        if name not in _NOT_LIMITS
    }
    limits = RiskLimits(**parts)
    limits.check_symbols(symbols)
    return limits


def _book_spec(settings: RiskSettings) -> BookSpec:
    """How the book is measured; raises `ConfigError` for a past that is too short to tell."""
    book = settings.book
    if book.returns_min > book.returns_max:
        raise ConfigError(
            f"risk.book.returns_min {book.returns_min} is above risk.book.returns_max "
            f"{book.returns_max}: lower the first or raise the second"
        )
    if (1 - book.confidence_ratio) * book.returns_min < 1:
        needed = (1 / (1 - book.confidence_ratio)).to_integral_value(ROUND_CEILING)
        raise ConfigError(
            f"risk.book.returns_min {book.returns_min} is too few for risk.book.confidence_ratio "
            f"{book.confidence_ratio}: none would lie in the tail; at least {needed:f} are needed"
        )
    oldest_s = 2 * min(book.horizon_s, PERIODS_S[0])
    if settings.returns_age_max_s < oldest_s:
        raise ConfigError(
            f"risk.returns_age_max_s {settings.returns_age_max_s} is below {oldest_s}: the newest "
            "return is as old as a candle before the next one is read, so allow two candles"
        )
    return BookSpec(**{name: getattr(book, name) for name in RiskBook.model_fields})


def risk_plan(
    settings: RiskSettings, sizing: RiskSizing, symbols: Sequence[str], leverage: Decimal
) -> RiskPlan:
    """How risk counts; raises `ConfigError` for an unknown time zone, symbol or order of bounds."""
    if settings.day_time_zone not in available_timezones():
        raise ConfigError(
            f"risk.day_time_zone {settings.day_time_zone!r} is no time zone: write one of the IANA "
            "names, such as UTC or Europe/Berlin"
        )
    for name, members in settings.correlation_groups.items():
        for symbol in members:
            if symbol not in symbols:
                raise ConfigError(
                    f"risk.correlation_groups.{name} names {symbol}, which is not in "
                    "trading.symbols: remove it or mend its spelling"
                )
    if sizing.confidence_floor_ratio >= sizing.confidence_full_ratio:
        raise ConfigError(
            f"sizing.confidence_floor_ratio {sizing.confidence_floor_ratio} is not below "
            f"sizing.confidence_full_ratio {sizing.confidence_full_ratio}: lower the first"
        )
    return RiskPlan(
        book=_book_spec(settings),
        day_zone=ZoneInfo(settings.day_time_zone),
        leverage=leverage,
        groups={name: frozenset(each) for name, each in settings.correlation_groups.items()},
        sizing=SizingSpec(
            **{
                name: getattr(sizing, name)
                for name in RiskSizing.model_fields
                if name != "order_notional_usdt"
            }
        ),
    )
