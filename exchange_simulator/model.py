"""The things an exchange keeps: orders, legs, accounts, and the facts it reports about them.

Money is Decimal in units of 10^-8 USDT, so that sums are exact; times are market milliseconds.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum

__all__ = [
    *("OWN_MARGIN", "ZERO"),
    *("Account", "CancelCause", "ClosedPnl", "CreateCause", "Execution", "ExecutionKind", "Leg"),
    *("LogEntry", "MarginMode", "Order", "OrderKind", "PositionMode", "RejectCause", "Side"),
    *("Status", "StopKind", "StopMode", "TimeInForce", "TriggerBy"),
]

ZERO = Decimal(0)
OWN_MARGIN = 3  # Added to the index of a leg that is isolated beside the cross one.


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "Buy"
    SELL = "Sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sale."""
        return 1 if self is Side.BUY else -1


class OrderKind(StrEnum):
    """Market or limit."""

    MARKET = "Market"
    LIMIT = "Limit"


class TimeInForce(StrEnum):
    """How long an order may wait."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    POST_ONLY = "PostOnly"


class Status(StrEnum):
    """Where an order stands."""

    NEW = "New"
    PARTIALLY_FILLED = "PartiallyFilled"
    UNTRIGGERED = "Untriggered"
    TRIGGERED = "Triggered"
    FILLED = "Filled"
    CANCELED = "Cancelled"
    REJECTED = "Rejected"
    DEACTIVATED = "Deactivated"


class CancelCause(StrEnum):
    """Why an order ended without being filled, as exchanges report it."""

    NONE = "UNKNOWN"
    BY_USER = "CancelByUser"
    BY_REDUCE_ONLY = "CancelByReduceOnly"
    BEFORE_LIQUIDATION = "CancelAllBeforeLiq"
    BY_ADMIN = "CancelByAdmin"
    BY_STOPS_CLEARED = "CancelByTpSlTsClear"
    BY_SELF_MATCH = "CancelBySmp"
    BY_DISCONNECT = "CancelByDCP"
    TAKE_PROFIT_BY_STOP = "CancelByOCOTpCanceledBySlTriggered"
    STOP_BY_TAKE_PROFIT = "CancelByOCOSlCanceledByTpTriggered"


class RejectCause(StrEnum):
    """Why the matching engine refused what the gateway had accepted."""

    NONE = "EC_NoError"
    POST_ONLY = "EC_PostOnlyWillTakeLiquidity"
    NO_IMMEDIATE_QUANTITY = "EC_NoImmediateQtyToFill"
    NO_FULL_FILL = "EC_CancelForNoFullFill"
    BY_REQUEST = "EC_PerCancelRequest"
    SELF_MATCH = "EC_BySelfMatch"
    TOO_LATE = "EC_TooLateToCancel"


class CreateCause(StrEnum):
    """Who or what made an order."""

    USER = "CreateByUser"
    CLOSING = "CreateByClosing"
    TAKE_PROFIT = "CreateByTakeProfit"
    STOP_LOSS = "CreateByStopLoss"
    PARTIAL_TAKE_PROFIT = "CreateByPartialTakeProfit"
    PARTIAL_STOP_LOSS = "CreateByPartialStopLoss"
    TRAILING_STOP = "CreateByTrailingStop"
    LIQUIDATION = "CreateByLiq"
    TAKE_OVER = "CreateByTakeOver_PassThrough"
    DELEVERAGING = "CreateByAdl_PassThrough"


class StopKind(StrEnum):
    """What an untriggered order is for."""

    NONE = "UNKNOWN"
    CONDITIONAL = "Stop"
    TAKE_PROFIT = "TakeProfit"
    STOP_LOSS = "StopLoss"
    TRAILING_STOP = "TrailingStop"
    PARTIAL_TAKE_PROFIT = "PartialTakeProfit"
    PARTIAL_STOP_LOSS = "PartialStopLoss"


class TriggerBy(StrEnum):
    """Which price wakes an order."""

    NONE = "UNKNOWN"
    LAST = "LastPrice"
    MARK = "MarkPrice"
    INDEX = "IndexPrice"


class StopMode(StrEnum):
    """Whether take profit and stop loss cover the whole leg or a part of it."""

    NONE = ""
    FULL = "Full"
    PARTIAL = "Partial"


class PositionMode(IntEnum):
    """One net position per symbol, or a long and a short leg."""

    ONE_WAY = 0
    HEDGE = 3


class MarginMode(StrEnum):
    """Whether legs share the account's money."""

    CROSS = "REGULAR_MARGIN"
    ISOLATED = "ISOLATED_MARGIN"


class ExecutionKind(StrEnum):
    """What kind of event changed a leg or the wallet."""

    TRADE = "Trade"
    FUNDING = "Funding"
    BUST = "BustTrade"
    ADL = "AdlTrade"


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """An order from acceptance to its end; identity is the object.

    A conditional order of the `whole_leg` follows its leg's size; one that `ends_with_leg` is
    canceled when its leg is closed.
    """

    order_id: str
    client_id: str
    account_id: int
    symbol: str
    side: Side
    leg_index: int
    kind: OrderKind
    price: Decimal
    qty: Decimal
    time_in_force: TimeInForce
    created_ms: int
    updated_ms: int
    sequence: int
    status: Status = Status.NEW
    leaves: Decimal = ZERO
    filled: Decimal = ZERO
    filled_value: Decimal = ZERO
    fee: Decimal = ZERO
    realised: Decimal = ZERO
    reduce_only: bool = False
    closing: bool = False
    close_on_trigger: bool = False
    resting: bool = False
    queue_ahead: Decimal = ZERO
    create_cause: CreateCause = CreateCause.USER
    cancel_cause: CancelCause = CancelCause.NONE
    reject_cause: RejectCause = RejectCause.NONE
    stop_kind: StopKind = StopKind.NONE
    stop_mode: StopMode = StopMode.NONE
    trigger_price: Decimal | None = None
    trigger_rises: bool = False
    trigger_by: TriggerBy = TriggerBy.NONE
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit_by: TriggerBy = TriggerBy.NONE
    stop_loss_by: TriggerBy = TriggerBy.NONE
    take_profit_limit: Decimal | None = None
    stop_loss_limit: Decimal | None = None
    pair: "Order | None" = None
    parent: "Order | None" = None
    parent_client_id: str = ""
    trail_distance: Decimal | None = None
    trail_ratio: Decimal | None = None
    trail_from: Decimal | None = None
    trail_best: Decimal | None = None
    last_on_created: Decimal = ZERO
    whole_leg: bool = False
    ends_with_leg: bool = False
    self_match: str = "None"
    margin_held: Decimal = ZERO

    @property
    def open(self) -> bool:
        """Whether the order can still trade."""
        return self.status in (Status.NEW, Status.PARTIALLY_FILLED, Status.UNTRIGGERED)


@dataclass(slots=True, kw_only=True, eq=False)
class Leg:
    """A leg of a position: index 0 one-way, 1 long, 2 short. Cost is the value paid for it."""

    symbol: str
    index: int
    leverage: Decimal
    side: Side | None = None
    qty: Decimal = ZERO
    cost: Decimal = ZERO
    realised_now: Decimal = ZERO
    realised_ever: Decimal = ZERO
    open_fees: Decimal = ZERO
    extra_margin: Decimal = ZERO
    auto_add_margin: bool = False
    take_profit: Order | None = None
    stop_loss: Order | None = None
    trailing: Order | None = None
    stop_mode: StopMode = StopMode.FULL
    created_ms: int = 0
    updated_ms: int = 0
    seq: int = 0
    liquidating: bool = False

    @property
    def average(self) -> Decimal:
        """Average entry price, zero for a flat leg."""
        return self.cost / self.qty if self.qty else ZERO

    @property
    def own_margin(self) -> Decimal:
        """The money set aside for the leg where its margin is isolated, zero for a flat leg."""
        return self.cost / self.leverage + self.extra_margin if self.qty else ZERO

    def unrealised(self, mark: Decimal) -> Decimal:
        """Profit or loss at a mark price."""
        if self.side is None:
            return ZERO
        return (self.qty * mark - self.cost) * self.side.sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A fill, or a funding settlement, as a fact; both sides of one trade have its `match_id`."""

    execution_id: str
    match_id: str
    kind: ExecutionKind
    order_id: str
    client_id: str
    symbol: str
    side: Side
    leg_index: int
    order_kind: OrderKind | None
    stop_kind: StopKind
    create_cause: CreateCause
    order_price: Decimal
    order_qty: Decimal
    price: Decimal
    qty: Decimal
    value: Decimal
    fee: Decimal
    fee_rate: Decimal
    coin_fee: Decimal
    maker: bool
    closed_qty: Decimal
    leaves: Decimal
    realised: Decimal
    mark: Decimal
    index: Decimal
    time_ms: int
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One change of the wallet: change = cash_flow + funding - fee; `coin_fee` is no part of it."""

    entry_id: str
    kind: str
    symbol: str
    side: str
    order_id: str
    client_id: str
    trade_id: str
    match_id: str
    qty: Decimal
    size: Decimal
    price: Decimal
    fee_rate: Decimal
    fee: Decimal
    coin_fee: Decimal
    funding: Decimal | None
    cash_flow: Decimal
    change: Decimal
    balance: Decimal
    time_ms: int


@dataclass(slots=True, kw_only=True)
class ClosedPnl:
    """What an order that closed something earned, both fees included."""

    order_id: str
    symbol: str
    side: Side
    leg_index: int
    order_kind: OrderKind
    order_price: Decimal
    qty: Decimal
    closed_qty: Decimal
    entry_value: Decimal
    exit_value: Decimal
    pnl: Decimal
    leverage: Decimal
    fills: int
    kind: ExecutionKind
    created_ms: int
    updated_ms: int


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """One client's money, legs, orders and history.

    `fee_coins` are of another coin, in which fees are paid while they last and `burns_fee_coins`.
    """

    account_id: int
    api_key: str
    api_secret: str
    deposited: Decimal
    wallet: Decimal
    default_mode: PositionMode
    margin_mode: MarginMode = MarginMode.CROSS
    realised_ever: Decimal = ZERO
    mode_changed_ms: int = 0
    disconnect_window_s: int = 10
    fee_coins: Decimal = ZERO
    burns_fee_coins: bool = False
    fees_paid: Decimal = ZERO
    funding_paid: Decimal = ZERO
    order_margin: Decimal = ZERO
    modes: dict[str, PositionMode] = field(default_factory=dict)
    margin_modes: dict[str, MarginMode] = field(default_factory=dict)
    leverages: dict[tuple[str, bool], tuple[Decimal, Decimal]] = field(default_factory=dict)
    legs: dict[tuple[str, int], Leg] = field(default_factory=dict)
    open_orders: dict[str, Order] = field(default_factory=dict)
    closed_orders: dict[str, Order] = field(default_factory=dict)
    by_client_id: dict[str, Order] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    closed_pnl: dict[str, ClosedPnl] = field(default_factory=dict)

    def mode(self, symbol: str) -> PositionMode:
        """Return the position mode of a symbol."""
        return self.modes.get(symbol, self.default_mode)

    def isolated(self, symbol: str, index: int = 0) -> bool:
        """Whether a symbol's leg has margin of its own instead of the account's."""
        mode = self.margin_modes.get(symbol, self.margin_mode)
        return index >= OWN_MARGIN or mode is MarginMode.ISOLATED

    def held(self) -> list[Leg]:
        """Return the legs that are not flat."""
        return [leg for leg in self.legs.values() if leg.qty]
