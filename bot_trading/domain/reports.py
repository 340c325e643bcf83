"""What exchanges say: prices, answers to what we sent, reports of orders, fills, legs, money.

Every report carries `ts_init_us`, our own clock when we learnt it; `ts_event_us` is the exchange's
time. Both are microseconds UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.account import Account, Balance
from bot_trading.domain.fill import CoinAmount, LiquiditySide, TradeKey
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Candle, Quote
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.position import LegProtection

__all__ = [
    "BalanceReport",
    "CandleClosed",
    "CandleHistory",
    "ExchangeSnapshot",
    "FillReport",
    "FundingReport",
    "LegReport",
    "OrderAccepted",
    "OrderNotFound",
    "OrderOutcomeUnknown",
    "OrderRejected",
    "OrderReport",
    "ProtectionRefused",
    "ProtectionSet",
    "QuoteSeen",
    "StopKind",
]


class StopKind(StrEnum):
    """Which protection an order made by the exchange itself belongs to."""

    STOP_LOSS = "STOP_LOSS"
    TAKE_PROFIT = "TAKE_PROFIT"
    TRAILING_STOP = "TRAILING_STOP"


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleClosed:
    """A candle closed on the exchange."""

    candle: Candle
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandleHistory:
    """Closed candles of one instrument, oldest first, asked for at start or after a gap."""

    instrument_id: InstrumentId
    candles: tuple[Candle, ...]
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSeen:
    """Prices moved."""

    quote: Quote

    @property
    def ts_init_us(self) -> int:
        """When we learnt of them."""
        return self.quote.ts_init_us


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted:
    """The exchange took the order and gave it an id; it need not rest on the book yet."""

    client_order_id: str
    exchange_order_id: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """The exchange refused: nothing of the order exists there. `code` is its own."""

    client_order_id: str
    code: str
    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOutcomeUnknown:
    """The send ended without an answer that proves acceptance or refusal."""

    client_order_id: str
    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNotFound:
    """Live orders, history and executions were all asked, answered, and none knows the order."""

    client_order_id: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """The exchange's own view of one order; cumulative quantities decide, not the last message.

    `client_order_id` is empty for orders that the exchange or a person made. `position_idx` is
    ONE_WAY only when the exchange said 0. `status` is None when its word for it is not known to us.
    Reports with the same `canceled_with` are one order there, so that a cancel of one takes all of
    them; it is empty for an order by itself.
    """

    exchange: str
    symbol: str
    client_order_id: str
    exchange_order_id: str
    position_idx: PositionIdx
    side: OrderSide
    order_type: OrderType
    status: OrderStatus | None
    quantity: Decimal
    filled_qty: Decimal
    avg_px: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    reduce_only: bool
    stop_kind: StopKind | None
    reason: str
    ts_event_us: int
    ts_init_us: int
    canceled_with: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One execution as the exchange tells it.

    `position_idx` is None where the message does not carry it; then the order tells the leg, or,
    for an order that we do not know, side together with `closed_qty` (Bybit V5 `closedSize`).
    Commissions are as in `Fill`. `stop_kind` says which protection of ours made the order, where
    the message tells it.
    """

    exchange: str
    symbol: str
    trade_id: str
    client_order_id: str
    exchange_order_id: str
    side: OrderSide
    position_idx: PositionIdx | None
    closed_qty: Decimal | None
    last_qty: Decimal
    last_px: Decimal
    commission: Decimal
    liquidity_side: LiquiditySide
    ts_event_us: int
    ts_init_us: int
    other_commission: CoinAmount | None = None
    stop_kind: StopKind | None = None

    @property
    def key(self) -> TradeKey:
        """By which a repetition is recognised."""
        return TradeKey(self.exchange, self.symbol, self.trade_id, self.side)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingReport:
    """Funding of one leg was settled; `amount` above zero when received.

    `rate` is the signed funding rate: at a positive one the long leg pays and the short receives,
    which tells the leg of a message without position index.
    """

    exchange: str
    symbol: str
    trade_id: str
    side: OrderSide
    position_idx: PositionIdx | None
    amount: Decimal
    rate: Decimal | None
    ts_event_us: int
    ts_init_us: int

    @property
    def key(self) -> TradeKey:
        """By which a repetition is recognised."""
        return TradeKey(self.exchange, self.symbol, self.trade_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegReport:
    """The exchange's own view of one leg and of the protection that rests for it.

    `trailing_distance` is that of a trailing stop of the whole leg that the exchange moves itself.
    """

    leg_id: LegId
    quantity: Decimal
    avg_px: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    liquidation_px: Decimal | None
    ts_event_us: int
    ts_init_us: int
    trailing_distance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    """The exchange confirmed the money of the account."""

    balance: Balance
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSet:
    """The exchange confirmed that this protection rests (also when it already did)."""

    protection: LegProtection
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionRefused:
    """The exchange did not set the protection, or did not answer (`code` "unknown")."""

    protection: LegProtection
    code: str
    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSnapshot:
    """Everything an exchange holds of ours, read by REST: what reconciliation starts from."""

    account: Account
    instruments: tuple[Instrument, ...]
    balance: Balance
    legs: tuple[LegReport, ...]
    open_orders: tuple[OrderReport, ...]
    fills: tuple[FillReport, ...]
    funding: tuple[FundingReport, ...]
    ts_init_us: int
