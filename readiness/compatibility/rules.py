"""The rules that both bots are given: v3's configuration, with v2's exits where v3 has more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.signal import BarrierSpec
from bot_trading.engine.state import CoreConfig
from bot_trading.errors import ConfigError
from bot_trading.sltp.policy import ExitPolicy
from bot_trading.strategy.momentum import MomentumSpec
from readiness.compatibility.tape import CANDLE_MS, TAPES

__all__ = ["EQUITY_USDT", "Rules", "core_of", "rules_of"]

EQUITY_USDT = Decimal(100_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Momentum over candles of a minute, the worth of an order, and the exits in percent.

    Two entries of this worth fill v2's limit on a position, and v3's on a leg; a third is denied.
    """

    momentum: MomentumSpec
    warm_up: int
    order_notional_usdt: Decimal = Decimal(1_900)
    stop_percent: Decimal = Decimal("0.6")
    target_percent: Decimal = Decimal("0.9")
    horizon_s: int = 900


def rules_of(config: CoreConfig) -> Rules:
    """The rules that v2 can follow too. Raises ConfigError where v3 follows a model."""
    if config.momentum is None:
        raise ConfigError(
            "strategy.source is model, an opinion that v2 never had: compare with momentum"
        )
    return Rules(momentum=config.momentum, warm_up=config.warmup_candles)


def core_of(config: CoreConfig, rules: Rules, exits: ExitPolicy | None = None) -> CoreConfig:
    """v3's configuration, of limits above all, with these rules in it, on the tape's instruments.

    Without `exits` a leg has its stop, its target and its horizon, as a position of v2 has. What
    the book may lose is bound by the total exposure alone: the tape has no past to measure it by.
    """
    far = config.limits.total_exposure_max_usdt
    return replace(
        config,
        instrument_ids=tuple(InstrumentId("bybit", tape.symbol) for tape in TAPES),
        candle_interval_s=CANDLE_MS // 1_000,
        momentum=replace(rules.momentum, horizon_s=rules.horizon_s),
        order_notional_usdt=rules.order_notional_usdt,
        barrier=BarrierSpec(
            stop_ratio=rules.stop_percent / 100,
            target_ratio=rules.target_percent / 100,
            horizon_s=rules.horizon_s,
        ),
        exits=exits,
        short_exits=None,
        limits=replace(config.limits, value_at_risk_max_usdt=far, expected_shortfall_max_usdt=far),
    )
