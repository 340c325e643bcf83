"""What the core is told (events, past tense) and what it orders (commands, imperative)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.account import AccountBegan, Balance, TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep
from bot_trading.domain.fill import Fill, FundingPayment
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.reports import (
    BalanceReport,
    CandleClosed,
    CandleHistory,
    ExchangeSnapshot,
    FillReport,
    FundingReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
    QuoteSeen,
)
from bot_trading.domain.returns import GroupsEstimated, ReturnsRead
from bot_trading.domain.risk import RiskFigure
from bot_trading.domain.signal import Signal

__all__ = [
    "AmendAnswered",
    "AmendOrder",
    "Announce",
    "CancelOrder",
    "CloseLeg",
    "Command",
    "Event",
    "HaltTrading",
    "LoadCandles",
    "OrderDenied",
    "QueryOrder",
    "ReadFailed",
    "Record",
    "ResumeTrading",
    "RiskEvent",
    "RowRefused",
    "SetLegProtection",
    "SignalDecided",
    "SignalReceived",
    "Stopping",
    "StoreDown",
    "StoreUp",
    "StreamDown",
    "StreamUp",
    "SubmitOrder",
    "TakeSnapshot",
    "TimePassed",
    "TradingStateChanged",
    "UnsupportedSeen",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamUp:
    """All streams of an exchange are connected, authenticated and subscribed."""

    exchange: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDown:
    """A stream of an exchange is lost, or silent for longer than its topic may be."""

    exchange: str
    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedSeen:
    """A message or value that we do not know; counted and reported, never guessed at."""

    exchange: str
    what: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFailed:
    """A question to an exchange got no answer; the core asks again when it still wants to know."""

    question: QueryOrder | TakeSnapshot | LoadCandles
    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAnswered:
    """What the exchange said to an amend: `refusal` is its proof that nothing changed, or "".

    Without a refusal the change is on its way, or nobody knows: the order's own reports tell.
    """

    client_order_id: str
    refusal: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """The process is about to end."""

    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreUp:
    """The database takes writes, and everything decided meanwhile is in it."""

    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDown:
    """The database does not take writes."""

    reason: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRefused:
    """The database refused a row for good, so that it is not kept: what it was, and why."""

    what: str
    why: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePassed:
    """Our clock moved on; the core has no clock of its own."""

    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived:
    """A signal came from outside the strategies (`TradingEngine.process_signal`)."""

    signal: Signal
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltTrading:
    """A person or a rule stops new risk; it never loosens what is stricter already."""

    who: str
    why: str
    ts_init_us: int
    state: TradingState = TradingState.HALTED


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeTrading:
    """A person allows new risk again, or only exits with the state REDUCING."""

    who: str
    why: str
    ts_init_us: int
    state: TradingState = TradingState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseLeg:
    """A person closes a part of a leg; `close_ratio` of 0 < r ≤ 1 of what is open."""

    leg_id: LegId
    close_ratio: Decimal
    request_id: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied:
    """Refused by us before the network: which control, what was measured, what its limit is."""

    leg_id: LegId
    signal_id: str | None
    control: str
    measured: str
    limit: str
    ts_init_us: int

    def __str__(self) -> str:
        return f"{self.control}: {self.measured}, limit {self.limit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOrder:
    """Send the order; its row is committed in the same turn, before the send."""

    approved: ApprovedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel a resting order."""

    leg_id: LegId
    client_order_id: str
    exchange_order_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder:
    """Change a resting order in place; `quantity` is all of it, what has filled included."""

    order: Order
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLegProtection:
    """Make exactly this protection rest for the leg."""

    protection: LegProtection
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOrder:
    """Ask live orders, history and executions what became of an order."""

    leg_id: LegId
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSnapshot:
    """Read everything from the exchange; fills and funding since `since_us`."""

    exchange: str
    since_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCandles:
    """Read the last `limit` closed candles of an instrument."""

    instrument_id: InstrumentId
    interval_s: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDecided:
    """What became of a signal: an order that was answered or is UNKNOWN, or a denial."""

    signal_id: str
    result: Order | OrderDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskEvent:
    """A risk decision worth keeping: denial, halt, resume; with control, measured value, limit."""

    event_id: str
    control: str
    measured: str
    limit: str
    action: str
    leg_id: LegId | None
    signal_id: str | None
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChanged:
    """The trading state moved: to what, by whom, why."""

    state: TradingState
    who: str
    why: str
    ts_init_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """A line for the log and the operator; `level` is a name of the logging module's levels."""

    level: str
    text: str
    leg_id: LegId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row to keep, in the order of the decisions; writing it twice changes nothing."""

    row: (
        Signal
        | Order
        | Fill
        | FundingPayment
        | PositionLeg
        | RiskEvent
        | Balance
        | AccountBegan
        | TradingStateChanged
        | SetLegProtection
        | ProtectionStep
        | LadderRung
        | RiskFigure
        | LegGroup
    )
    ts_init_us: int
    note: str = ""


Event = (
    CandleClosed
    | CandleHistory
    | QuoteSeen
    | OrderAccepted
    | OrderRejected
    | OrderOutcomeUnknown
    | OrderNotFound
    | OrderReport
    | FillReport
    | FundingReport
    | LegReport
    | BalanceReport
    | ProtectionSet
    | ProtectionRefused
    | ExchangeSnapshot
    | StreamUp
    | StreamDown
    | UnsupportedSeen
    | ReadFailed
    | AmendAnswered
    | Stopping
    | StoreUp
    | StoreDown
    | RowRefused
    | TimePassed
    | SignalReceived
    | ReturnsRead
    | GroupsEstimated
    | HaltTrading
    | ResumeTrading
    | CloseLeg
)

Command = (
    SubmitOrder
    | AmendOrder
    | CancelOrder
    | SetLegProtection
    | QueryOrder
    | TakeSnapshot
    | LoadCandles
    | SignalDecided
    | Announce
    | Record
)
