"""The section `enhanced_sltp` of the configuration, and the policy that it declares.

Shapes and units are checked here; what contradicts what is the policy's own knowledge
(`sltp/policy.py`), and is refused in its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot_trading.domain.capabilities import capabilities_of
from bot_trading.errors import ConfigError
from bot_trading.sltp.policy import (
    ExitPolicy,
    LadderExecution,
    LadderLevel,
    LockLevel,
    PartialTakeProfit,
    ProfitProtection,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
    VolatilityAdjustment,
)

__all__ = ["SltpSettings", "check_trailing_fits", "exit_policy", "short_exit_policy"]

# A percent below 0.05 or above 50 is taken for a unit mistake (a fraction, or basis points).
Percent = Annotated[Decimal, Field(ge=Decimal("0.05"), le=Decimal(50))]


class _Part(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LadderLevelSettings(_Part):
    """One level of the ladder."""

    percent: Decimal
    close_ratio: Decimal


class PartialTakeProfitSettings(_Part):
    """The ladder."""

    levels: tuple[LadderLevelSettings, ...]
    execution: Literal["resting", "on_touch"]
    update_sl_after_partial: bool


class LockLevelSettings(_Part):
    """One lock of profit protection."""

    trigger_percent: Decimal
    lock_percent: Decimal


class ProfitProtectionSettings(_Part):
    """Break-even and locks."""

    breakeven_percent: Decimal
    breakeven_offset_percent: Decimal
    lock_levels: tuple[LockLevelSettings, ...] = ()
    max_updates: int


class TrailingStopSettings(_Part):
    """The trailing stop; which distance is needed depends on its type, and `native` says that the
    exchange follows the price, not the bot."""

    type: Literal["fixed", "percentage", "atr", "adaptive"]
    activation_percent: Decimal
    step_percent: Decimal
    min_distance_percent: Decimal
    max_distance_percent: Decimal
    distance_usdt: Decimal | None = None
    distance_percent: Decimal | None = None
    atr_multiple: Decimal | None = None
    atr_reference_percent: Decimal | None = None
    native: bool = False


class VolatilityAdjustmentSettings(_Part):
    """What a calm and a wild market change."""

    calm_below_atr_percent: Decimal
    tighten_ratio: Decimal
    close_above_atr_percent: Decimal | None = None


class TimeAdjustmentSettings(_Part):
    """What age changes, from a part of the horizon on."""

    tighten_after_ratio: Annotated[Decimal, Field(gt=0, lt=1)]
    tighten_ratio: Decimal


class ShortLegSettings(_Part):
    """What is declared otherwise for short legs; a part that is left out is as for long ones."""

    partial_take_profit: PartialTakeProfitSettings | None = None
    profit_protection: ProfitProtectionSettings | None = None
    trailing_stop: TrailingStopSettings | None = None
    volatility_adjustment: VolatilityAdjustmentSettings | None = None
    time_adjustment: TimeAdjustmentSettings | None = None


class SltpSettings(_Part):
    """How legs are protected and left; a part that is left out is not wanted.

    `take_profit_percent` is the target of a leg without a ladder, and of labels.
    """

    stop_loss_percent: Percent
    take_profit_percent: Percent
    horizon_s: Annotated[int, Field(gt=0)]
    atr_candles: Annotated[int, Field(ge=1, le=200)] = 14
    partial_take_profit: PartialTakeProfitSettings | None = None
    profit_protection: ProfitProtectionSettings | None = None
    trailing_stop: TrailingStopSettings | None = None
    volatility_adjustment: VolatilityAdjustmentSettings | None = None
    time_adjustment: TimeAdjustmentSettings | None = None
    short_legs: ShortLegSettings | None = None


def short_exit_policy(settings: SltpSettings) -> ExitPolicy | None:
    """The policy of short legs where it is declared otherwise, else None.

    Raises `ConfigError` like `exit_policy`, and for short legs alone, which nothing declares.
    """
    if settings.short_legs is None:
        return None
    if exit_policy(settings) is None:
        raise ConfigError(
            "enhanced_sltp.short_legs changes what is declared for long legs, and nothing is: "
            "declare the parts beside it first"
        )
    own = {name: part for name, part in settings.short_legs if part is not None}
    try:
        return exit_policy(settings.model_copy(update=own))
    except ConfigError as error:
        raise ConfigError(f"for short legs: {error}") from error


def exit_policy(settings: SltpSettings) -> ExitPolicy | None:
    """The declared policy, or None when only a stop, a target and a horizon are declared.

    Raises `ConfigError` with the sentence of the part that contradicts itself or another.
    """
    declared = (
        settings.partial_take_profit,
        settings.profit_protection,
        settings.trailing_stop,
        settings.volatility_adjustment,
        settings.time_adjustment,
    )
    if all(part is None for part in declared):
        return None
    return ExitPolicy(
        stop_loss_percent=settings.stop_loss_percent,
        partial_take_profit=_ladder(settings.partial_take_profit),
        profit_protection=_protection(settings.profit_protection),
        trailing_stop=_trailing(settings.trailing_stop),
        volatility_adjustment=_volatility(settings.volatility_adjustment),
        time_adjustment=_time(settings.time_adjustment, settings.horizon_s),
        atr_candles=settings.atr_candles,
    )


def check_trailing_fits(exchanges: Iterable[str], *policies: ExitPolicy | None) -> None:
    """Raise `ConfigError` naming the exchanges that cannot trail a leg, where one of them must."""
    if not any(policy is not None and policy.trails_natively for policy in policies):
        return
    unable = [name for name in exchanges if not capabilities_of(name).native_trailing]
    if unable:
        names = " and ".join(unable)
        raise ConfigError(
            f"enhanced_sltp.trailing_stop.native is true: on {names} a trailing stop is an order "
            "with a quantity of its own, which does not follow the leg; leave native out, or leave "
            f"{names} out of trading.exchanges"
        )


def _ladder(part: PartialTakeProfitSettings | None) -> PartialTakeProfit | None:
    if part is None:
        return None
    return PartialTakeProfit(
        levels=tuple(LadderLevel(**level.model_dump()) for level in part.levels),
        execution=LadderExecution(part.execution),
        update_sl_after_partial=part.update_sl_after_partial,
    )


def _protection(part: ProfitProtectionSettings | None) -> ProfitProtection | None:
    if part is None:
        return None
    return ProfitProtection(
        breakeven_percent=part.breakeven_percent,
        breakeven_offset_percent=part.breakeven_offset_percent,
        lock_levels=tuple(LockLevel(**lock.model_dump()) for lock in part.lock_levels),
        max_updates=part.max_updates,
    )


def _trailing(part: TrailingStopSettings | None) -> TrailingStop | None:
    if part is None:
        return None
    return TrailingStop(
        kind=TrailingType(part.type),
        activation_percent=part.activation_percent,
        step_percent=part.step_percent,
        min_distance_percent=part.min_distance_percent,
        max_distance_percent=part.max_distance_percent,
        distance_usdt=part.distance_usdt,
        distance_percent=part.distance_percent,
        atr_multiple=part.atr_multiple,
        atr_reference_percent=part.atr_reference_percent,
        native=part.native,
    )


def _volatility(part: VolatilityAdjustmentSettings | None) -> VolatilityAdjustment | None:
    return None if part is None else VolatilityAdjustment(**part.model_dump())


def _time(part: TimeAdjustmentSettings | None, horizon_s: int) -> TimeAdjustment | None:
    if part is None:
        return None
    after_s = max(1, int(part.tighten_after_ratio * horizon_s))
    return TimeAdjustment(tighten_after_s=after_s, tighten_ratio=part.tighten_ratio)
