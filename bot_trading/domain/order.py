"""From a sized proposal to an order with an id: intent, approval, order, and its statuses.

Statuses and their precedence follow FIX 4.4 appendix D: Filled, Canceled, Rejected and Expired have
no way out, and a live order keeps quantity = filled_qty + leaves_qty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot_trading.domain.instrument import LegId, PositionIdx

__all__ = [
    "ApprovedOrder",
    "Order",
    "OrderIntent",
    "OrderOrigin",
    "OrderPurpose",
    "OrderSide",
    "OrderStatus",
    "OrderType",
    "TimeInForce",
    "TriggerBy",
]


class OrderSide(StrEnum):
    """Direction of an order, which alone does not tell the leg."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How it executes; a conditional order also has a trigger price."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP_MARKET = "STOP_MARKET"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(StrEnum):
    """How long it lives; post-only is a flag of its own."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class TriggerBy(StrEnum):
    """The price that wakes a conditional order."""

    LAST = "LAST"
    MARK = "MARK"
    INDEX = "INDEX"


class OrderPurpose(StrEnum):
    """Why an order exists; everything but ENTRY only shrinks its leg."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"
    STOP = "STOP"
    TARGET = "TARGET"
    UNKNOWN = "UNKNOWN"


class OrderOrigin(StrEnum):
    """Who made the order: the bot, the exchange for one of our stops, a stranger, or v2."""

    BOT = "v3"
    EXCHANGE = "exchange"
    FOREIGN = "foreign"
    V2 = "v2"


class OrderStatus(StrEnum):
    """Where an order stands.

    SUBMITTED: committed, sent or about to be, unanswered. UNKNOWN: the send ended without an
    answer, and only the exchange's evidence can settle it. UNTRIGGERED: rests conditionally.
    """

    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    UNTRIGGERED = "UNTRIGGERED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"

    @property
    def is_terminal(self) -> bool:
        """True when nothing can happen to the order any more."""
        return self in _TERMINAL


_TERMINAL = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """A sized proposal for one leg, not yet permitted; quantity in base coin, prices in quote.

    `reference_px` is the price that its value is judged at. `stop_loss` and `take_profit` are the
    protection that the leg gets with the first fill. `closes_all` asks the exchange to close
    whatever the leg holds, which `quantity` tells, where its step does not reach that. `notional`
    is quantity × reference price, in quote coin: every other control asks for it.
    """

    client_order_id: str
    leg_id: LegId
    side: OrderSide
    order_type: OrderType
    quantity: Decimal
    reference_px: Decimal
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    trigger_by: TriggerBy = TriggerBy.LAST
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    purpose: OrderPurpose = OrderPurpose.ENTRY
    signal_id: str | None = None
    ts_created_us: int = 0
    closes_all: bool = False
    notional: Decimal = field(init=False)

    def __post_init__(self) -> None:
        if self.leg_id.position_idx not in (PositionIdx.LONG, PositionIdx.SHORT):
            raise ValueError(f"{self.client_order_id}: an order names leg 1 or 2, never 0")
        if self.quantity <= 0 or self.reference_px <= 0:
            raise ValueError(f"{self.client_order_id}: quantity and reference price are above zero")
        if not 0 < len(self.client_order_id) <= 36:
            raise ValueError("a client order id has 1 to 36 characters")
        opens = (self.side is OrderSide.BUY) == self.leg_id.is_long
        if opens == self.reduce_only:
            raise ValueError(
                f"{self.client_order_id}: {self.side} on {self.leg_id} "
                f"{'opens, so it cannot be' if opens else 'closes, so it must be'} reduce-only"
            )
        if self.closes_all and (opens or self.order_type is not OrderType.MARKET):
            raise ValueError(f"{self.client_order_id}: only a market exit closes all of a leg")
        object.__setattr__(self, "notional", self.quantity * self.reference_px)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedOrder:
    """An intent that risk let through; minted by `risk.review` alone, the only thing sent."""

    intent: OrderIntent
    ts_approved_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A commitment with an id, as far as we know it; `leaves_qty` is what may still fill.

    `reference_px` is the price at which risk approved it, None for an order that we did not decide.
    `group_id` names the group of legs that it belongs to.
    """

    client_order_id: str
    leg_id: LegId
    side: OrderSide
    order_type: OrderType
    quantity: Decimal
    status: OrderStatus
    origin: OrderOrigin
    purpose: OrderPurpose
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    signal_id: str | None = None
    exchange_order_id: str | None = None
    filled_qty: Decimal = Decimal(0)
    avg_px: Decimal | None = None
    commission: Decimal = Decimal(0)
    reason: str = ""
    ts_created_us: int = 0
    ts_updated_us: int = 0
    reference_px: Decimal | None = None
    group_id: str | None = None

    @property
    def leaves_qty(self) -> Decimal:
        """What may still fill; zero once the order is terminal."""
        return Decimal(0) if self.status.is_terminal else self.quantity - self.filled_qty
