"""What may be risked: every limit with its unit; a missing or zero limit is refused at load."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

from bot_trading.errors import ConfigError

__all__ = ["RiskLimits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Money in quote coin, ages in milliseconds.

    Raises `ConfigError` for a limit that is not above zero, or when a part may exceed the whole.
    """

    order_notional_max_usdt: Decimal
    leg_exposure_max_usdt: Decimal
    total_exposure_max_usdt: Decimal
    daily_loss_max_usdt: Decimal
    price_age_max_ms: int

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise ConfigError(
                    f"risk.{field.name} is {getattr(self, field.name)}: a limit must be above zero"
                )
        order, leg = self.order_notional_max_usdt, self.leg_exposure_max_usdt
        if order > leg:
            raise ConfigError(
                f"risk.order_notional_max_usdt {order} is above risk.leg_exposure_max_usdt {leg}: "
                "lower the first or raise the second"
            )
        if leg > self.total_exposure_max_usdt:
            raise ConfigError(
                f"risk.leg_exposure_max_usdt {leg} is above risk.total_exposure_max_usdt "
                f"{self.total_exposure_max_usdt}: lower the first or raise the second"
            )
