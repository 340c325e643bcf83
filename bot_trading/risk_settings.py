"""The sections `risk` and `sizing` of the configuration, and what the core makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field

from bot_trading.errors import ConfigError
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.plan import RiskPlan
from bot_trading.risk.sizing import SizingSpec

__all__ = ["RiskSettings", "RiskSizing", "risk_limits", "risk_plan"]

Ratio = Annotated[Decimal, Field(gt=0, le=1)]
_NOT_LIMITS = ("day_time_zone", "correlation_groups")


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


class RiskSettings(_Section):
    """Every limit of `RiskLimits`, none of which may be missing, and how they are counted."""

    day_time_zone: str
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
    total_exposure_max_usdt: Decimal
    leverage_max: Decimal
    daily_loss_max_usdt: Decimal
    weekly_loss_max_usdt: Decimal
    drawdown_max_ratio: Decimal
    consecutive_losses_max: int
    price_age_max_ms: int
    signal_age_max_s: int
    equity_age_max_s: int
    spread_max_bps: Decimal
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
