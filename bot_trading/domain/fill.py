"""Facts that move money: executions with their leg, and funding payments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderSide

__all__ = ["Fill", "FundingPayment", "LiquiditySide"]


class LiquiditySide(StrEnum):
    """Which side of liquidity an execution took."""

    MAKER = "MAKER"
    TAKER = "TAKER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution: `last_qty` base coin at `last_px`, `commission` in quote coin (paid > 0).

    `trade_id` is the exchange's own and unique there: the same fill delivered twice is one fill.
    """

    trade_id: str
    client_order_id: str
    exchange_order_id: str
    leg_id: LegId
    side: OrderSide
    last_qty: Decimal
    last_px: Decimal
    commission: Decimal
    liquidity_side: LiquiditySide
    ts_event_us: int

    @property
    def is_opening(self) -> bool:
        """True when it grows its leg: a BUY on the long leg or a SELL on the short one."""
        return (self.side is OrderSide.BUY) == self.leg_id.is_long


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingPayment:
    """Funding of one leg at one settlement; `amount` in quote coin, above zero when received."""

    trade_id: str
    leg_id: LegId
    amount: Decimal
    ts_event_us: int
