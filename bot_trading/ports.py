"""What the engine needs of the world: exchanges and a store. Adapters answer these protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from bot_trading.domain.account import Balance, TradingState
from bot_trading.domain.exits import LadderRung, ProtectionStep
from bot_trading.domain.fill import TradeKey
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.messages import CancelOrder, Event, QueryOrder, Record
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    FillReport,
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
)
from bot_trading.domain.risk import RiskFigure
from bot_trading.domain.signal import Signal

__all__ = [
    "ExchangeClient",
    "Publish",
    "Recalls",
    "SignalSource",
    "Store",
    "StoredState",
    "TakesRiskAway",
]

Publish = Callable[[Event], None]


class ExchangeClient(Protocol):
    """One account on one exchange.

    Reads raise `ExchangeError`s. The calls that change something answer with an event and raise
    only on a programmer's mistake: every network failure, time-out and ambiguous answer is
    `OrderOutcomeUnknown` (orders) or `ProtectionRefused` with code "unknown" (protection).
    """

    exchange: str

    @property
    def clock_offset_ms(self) -> int:
        """The exchange's clock less ours, as measured last."""

    async def open(self) -> None:
        """Connect, measure the clock's offset, and prove key, permissions and position mode.

        Raises `AuthRejected`, `PositionModeMismatch` or `ExchangeUnavailable`.
        """

    async def close(self) -> None:
        """Close every connection."""

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Set the leverage of both legs; already being there is success."""

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything the exchange holds of ours; fills and funding since `since_us`."""

    async def get_candles(
        self,
        instrument_id: InstrumentId,
        interval_s: int,
        limit: int,
        until_us: int | None = None,
    ) -> tuple[Candle, ...]:
        """The last `limit` closed candles, oldest first; with `until_us`, of those that close by
        then, an instant at which the newest candle was closed already."""

    async def get_funding_rates(
        self, instrument_id: InstrumentId, limit: int, until_us: int | None = None
    ) -> tuple[FundingRate, ...]:
        """The last `limit` settled rates, oldest first, of all or of those that were settled by
        `until_us`; fewer where the exchange tells fewer at once, none before its first."""

    async def place_order(
        self, approved: ApprovedOrder
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Send an order once; never retried under another id."""

    async def modify_order(
        self,
        order: Order,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Change a resting order; None leaves a part as it is."""

    async def cancel_order(
        self, cancel: CancelOrder
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Ask for a cancel; whether it won against a fill is told by the order's own reports."""

    async def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make exactly this stop loss and take profit rest for the whole leg."""

    async def query_order(
        self, query: QueryOrder
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """Ask live orders, then history, then executions; raises when one of them cannot answer."""

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Keep public and private streams alive and publish what they say, until cancelled.

        Publishes `StreamUp` when all are subscribed, `StreamDown` when one is lost or silent.
        """


@runtime_checkable
class Recalls(Protocol):
    """A client that has to tell its own stops from those of others."""

    def recall(self, order_ids: Iterable[str], levels: Iterable[LegProtection]) -> None:
        """What the database knows of what an earlier release placed under ids without our tag: its
        orders, and all protection that it asked for."""


@runtime_checkable
class TakesRiskAway(Protocol):
    """A client that can cancel and close on an account that it would never trade on: in another
    position mode, with fees in another coin, or with a key that may too much."""

    async def connect(self) -> None:
        """Connect, and prove nothing of account and key; raises `ExchangeError`s."""

    async def cancel_resting(self, seen: Sequence[OrderReport]) -> None:
        """Take back what rests on the book in as few requests as the exchange takes: `seen`, or
        more. What waits for a trigger stays. Single orders may be refused while others go, so that
        who asks has to look again; raises `ExchangeError` where a request was not carried out."""

    async def close_net(self) -> tuple[str, ...]:
        """Close at the market, reduce-only, what the account holds in one-way mode or in another in
        which the bot never trades. A sentence for each that could not be closed, and for each that
        no snapshot lists, closed or not. Raises `ExchangeError` where that cannot be read."""

    async def tell_unlisted(self) -> tuple[str, ...]:
        """A sentence for each holding that no snapshot lists; raises as `close_net` does."""


class SignalSource(Protocol):
    """Opinions from outside the core, such as a model's; asked after each closed candle.

    `problems` says by symbol why it cannot answer for one; `load` then begins anew from history.
    """

    exchange: str

    @property
    def problems(self) -> Mapping[str, str]:
        """Why a symbol has no opinion, by symbol; empty when all may have one."""

    async def load(self, client: ExchangeClient) -> None:
        """Read the history that it needs; raises the client's `ExchangeError`s."""

    def on_candle(self, candle: Candle) -> Signal | None:
        """The signal that this close leads to, or None; answers inline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """What a start finds in the store: live orders, all legs, and where reading went on from.

    `ended` are the orders that ended last and `signal_ids` the signals seen last, both oldest first
    and bounded: late reports and repeated signals meet what they belong to. `booked_qty` is the sum
    of the stored fills of each order in `orders` and `ended` that has any. `entries` are the orders
    that opened the present life of each open leg, in the order of their first fills.
    `trade_keys` are the fills and funding payments stored at or after `since_us`, and all fills of
    `orders` and `ended`, so that asking the exchange again doubles none. `ours_from_us` says per
    exchange from when on its facts are ours; an exchange that it lacks was never reconciled.
    `day_starts` holds per exchange the first balance of the last UTC day that has one.
    `rungs` are those of the present lives of open legs, and `steps` the last step of the stop's
    path in each of these lives. `figures` are what risk remembers, each as it was last. `groups` is
    the newest group of legs of each symbol, over or not. `former_levels` is the protection that an
    earlier release asked for of late: all from before the first order with this core's tag.
    """

    orders: tuple[Order, ...]
    ended: tuple[Order, ...]
    entries: tuple[Order, ...]
    booked_qty: Mapping[str, Decimal]
    legs: tuple[PositionLeg, ...]
    signal_ids: tuple[str, ...]
    trade_keys: frozenset[TradeKey]
    since_us: int
    ours_from_us: Mapping[str, int]
    day_starts: Mapping[str, Balance]
    trading_state: TradingState
    trading_state_why: str
    rungs: tuple[LadderRung, ...] = ()
    steps: tuple[ProtectionStep, ...] = ()
    figures: tuple[RiskFigure, ...] = ()
    groups: tuple[LegGroup, ...] = ()
    former_levels: tuple[LegProtection, ...] = ()


class Store(Protocol):
    """Where every decision, order and fill is kept; PostgreSQL, or memory for simulations."""

    async def open(self, account: str) -> None:
        """Connect and take the account's lock.

        Raises `StoreUnavailable`, or `AccountLocked` when another core trades the account.
        """

    async def close(self) -> None:
        """Release the lock and disconnect."""

    async def load(self) -> StoredState:
        """What was stored for the account."""

    async def commit(self, records: Sequence[Record]) -> None:
        """Write the rows, in order, in one transaction; rows already there change nothing.

        Raises `StoreUnavailable` when nothing of it was written, or when that cannot be known:
        writing the same rows again is then safe.
        """
