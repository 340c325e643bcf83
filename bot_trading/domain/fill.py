"""Facts that move money: executions with their leg, and funding payments."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderSide

__all__ = ["CoinAmount", "Fill", "FundingPayment", "LiquiditySide", "TradeKey"]


class LiquiditySide(StrEnum):
    """Which side of liquidity an execution took."""

    MAKER = "MAKER"
    TAKER = "TAKER"


class TradeKey(NamedTuple):
    """What makes a fact one of its kind: the same key delivered twice is one fact.

    Binance counts trades per symbol, numbers funding apart from trades, and gives both sides of a
    trade the same number, also where both are of one account: a bare `trade_id` is not enough.
    Funding has no side.
    """

    exchange: str
    symbol: str
    trade_id: str
    side: OrderSide | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinAmount:
    """So much of a coin that is not the one in which money is counted; it has no price here."""

    amount: Decimal
    coin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution: `last_qty` base coin at `last_px`, `commission` in quote coin (paid > 0).

    `other_commission` is what was paid in another coin, which never enters a sum of quote coin.
    `trade_id` is the exchange's own; `key` is what is unique. `group_id` is that of its order.
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
    other_commission: CoinAmount | None = None
    group_id: str | None = None

    @property
    def is_opening(self) -> bool:
        """True when it grows its leg: a BUY on the long leg or a SELL on the short one."""
        return (self.side is OrderSide.BUY) == self.leg_id.is_long

    @property
    def key(self) -> TradeKey:
        """By which a repetition is recognised."""
        return TradeKey(self.leg_id.exchange, self.leg_id.symbol, self.trade_id, self.side)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingPayment:
    """Funding of one leg at one settlement; `amount` in quote coin, above zero when received."""

    trade_id: str
    leg_id: LegId
    amount: Decimal
    ts_event_us: int

    @property
    def key(self) -> TradeKey:
        """By which a repetition is recognised."""
        return TradeKey(self.leg_id.exchange, self.leg_id.symbol, self.trade_id, None)
