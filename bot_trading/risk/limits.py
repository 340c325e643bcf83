"""What may be risked: every limit with its unit; what does not limit is refused at load.

The rule books behind the limits, and the control that holds each: `docs/risk.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal

from bot_trading.errors import ConfigError

__all__ = ["CONTRADICTIONS", "RiskLimits"]

# A part may reach the whole and not pass it.
CONTRADICTIONS = (
    ("order_notional_max_usdt", "leg_exposure_max_usdt"),
    ("leg_exposure_max_usdt", "total_exposure_max_usdt"),
    ("leg_exposure_max_usdt", "position_exposure_max_usdt"),
    ("position_exposure_max_usdt", "symbol_exposure_max_usdt"),
    ("position_exposure_max_usdt", "exchange_exposure_max_usdt"),
    ("symbol_exposure_max_usdt", "group_exposure_max_usdt"),
    ("group_exposure_max_usdt", "total_exposure_max_usdt"),
    ("symbol_exposure_max_usdt", "estimated_group_exposure_max_usdt"),
    ("estimated_group_exposure_max_usdt", "total_exposure_max_usdt"),
    ("value_at_risk_max_usdt", "expected_shortfall_max_usdt"),
    ("expected_shortfall_max_usdt", "total_exposure_max_usdt"),
    ("exchange_exposure_max_usdt", "total_exposure_max_usdt"),
    ("daily_loss_max_usdt", "weekly_loss_max_usdt"),
    ("price_collar_bps", "price_move_collar_bps"),
)
_PERCENT_MIN, _PERCENT_MAX = Decimal("0.1"), Decimal(50)
_BPS_MAX = Decimal(5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Money in quote coin, quantities in base coin by symbol, times in the unit of their names.

    Exposures are gross: a long and a short leg both count. A position is both legs of a symbol on
    one exchange, a symbol is that on all exchanges. `leverage_max` is all exposure over equity.
    Value at risk and expected shortfall are of the whole book, both legs, in the plan's horizon.
    Executions, signals, models, returns, prices' moves and funding go by the market's clock;
    messages, identical orders and the ages of a price and of confirmed equity by ours.

    Raises `ConfigError` for a limit that is not above zero, is in another unit than its name says,
    or lets a part exceed its whole.
    """

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

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                _check_quantities(field.name, value)
            else:
                _check(f"risk.{field.name}", value)
        for part, whole in CONTRADICTIONS:
            first, second = getattr(self, part), getattr(self, whole)
            if first > second:
                raise ConfigError(
                    f"risk.{part} {first} is above risk.{whole} {second}: "
                    "lower the first or raise the second"
                )

    def check_symbols(self, symbols: Iterable[str]) -> None:
        """Each traded symbol has its largest quantity, and no other one is named.

        Raises `ConfigError`; the names are those of `trading.symbols`.
        """
        traded, limited = set(symbols), set(self.order_quantity_max)
        for symbol in sorted(traded - limited):
            raise ConfigError(
                f"risk.order_quantity_max names no limit for {symbol}: add the largest quantity "
                "of one order in its base coin"
            )
        for symbol in sorted(limited - traded):
            raise ConfigError(
                f"risk.order_quantity_max names {symbol}, which is not in trading.symbols: "
                "remove it or mend its spelling"
            )


def _check(name: str, value: Decimal) -> None:
    """Above zero, and in the unit that the name ends in."""
    if not value > 0:
        raise ConfigError(f"{name} is {value}: a limit must be above zero")
    if name.endswith("_ratio") and value > 1:
        raise ConfigError(
            f"{name} is {value}: a ratio is at most 1, so that 10 percent are 0.1; "
            f"write {Decimal(value) / 100:f} if percent were meant"
        )
    if name.endswith("_percent") and not _PERCENT_MIN <= value <= _PERCENT_MAX:
        raise ConfigError(
            f"{name} is {value}: percent lie between {_PERCENT_MIN} and {_PERCENT_MAX}, so that "
            "three percent are 3 and not 0.03"
        )
    if name.endswith("_bps") and not 1 <= value <= _BPS_MAX:
        raise ConfigError(
            f"{name} is {value}: basis points lie between 1 and {_BPS_MAX}, so that one percent "
            "is 100"
        )


def _check_quantities(name: str, quantities: Mapping[str, Decimal]) -> None:
    if not quantities:
        raise ConfigError(f"risk.{name} is empty: it names the largest quantity of each symbol")
    for symbol, value in quantities.items():
        _check(f"risk.{name}.{symbol}", value)
