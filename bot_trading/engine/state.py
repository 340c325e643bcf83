"""Everything the core knows. It has one writer, `step`, so nothing here needs a lock."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from bot_trading.arbitrage.costs import RoundTrips
from bot_trading.arbitrage.pair import Pair, PairRefused
from bot_trading.arbitrage.spec import ArbitrageSpec
from bot_trading.domain.account import Balance, ForeignPolicy, TradingState
from bot_trading.domain.exits import LegExits
from bot_trading.domain.fill import Fill, TradeKey
from bot_trading.domain.group import LegGroup
from bot_trading.domain.instrument import Instrument, InstrumentId, LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose, OrderType
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.domain.reports import LegReport
from bot_trading.domain.signal import BarrierSpec
from bot_trading.engine.valuation import Valuation
from bot_trading.execution.routing import EntryRoute
from bot_trading.market.volatility import AtrWindow
from bot_trading.portfolio.legs import LifeBooked
from bot_trading.risk.limits import RiskLimits
from bot_trading.risk.memory import RiskMemory
from bot_trading.risk.plan import RiskPlan
from bot_trading.risk.reservations import Reservations
from bot_trading.sltp.calm import Calm
from bot_trading.sltp.enhanced import EnhancedSLTPManager
from bot_trading.sltp.policy import ExitPolicy
from bot_trading.strategy.momentum import MomentumSpec, MomentumWindow

__all__ = ["CoreConfig", "EngineState", "ExchangeHealth", "Pacing", "RecentIds", "WholeClose"]

Id = TypeVar("Id", bound=Hashable)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreConfig:
    """What the core decides by; times in microseconds of our own clock unless named otherwise.

    `reach_us` is how long after its decision an order may still arrive at an exchange: its age when
    it is sent, the send's deadline and the exchange's own receive window. What is asked again and
    again is asked first after `ask_again_us`, then each time after twice as long, up to
    `ask_again_max_us`. The exchanges of `instrument_ids` are in the order of preference: entries
    leave one that has not been ready for `leave_after_us`, and return after `return_after_us`. An
    exchange is read as a whole again after `refresh_us`, its instruments' rules too: a stream that
    goes on after losing a message is not seen otherwise. Without
    `exits` a leg has its stop, its target and its horizon; short legs may have other ones than
    long legs. With `arbitrage` pairs of legs are traded and no signal is followed.
    """

    account: str
    instrument_ids: tuple[InstrumentId, ...]
    candle_interval_s: int
    warmup_candles: int
    momentum: MomentumSpec | None
    order_notional_usdt: Decimal
    barrier: BarrierSpec
    limits: RiskLimits
    ask_again_us: int = 1_000_000
    ask_again_max_us: int = 30_000_000
    settle_grace_us: int = 3_000_000
    reach_us: int = 9_000_000
    not_found_answers_min: int = 3
    plan: RiskPlan = field(default_factory=RiskPlan)
    exits: ExitPolicy | None = None
    short_exits: ExitPolicy | None = None
    leave_after_us: int = 5_000_000
    return_after_us: int = 60_000_000
    refresh_us: int = 900_000_000
    foreign: ForeignPolicy = ForeignPolicy.HALT
    arbitrage: ArbitrageSpec | None = None

    @property
    def atr_candles(self) -> int:
        """The period of the average true range; 0 where the exits of no leg measure volatility."""
        for policy in (self.exits, self.short_exits):
            if policy is not None and policy.needs_atr:
                return policy.atr_candles
        return 0

    def exits_of(self, leg_id: LegId) -> ExitPolicy | None:
        """The policy by which a leg is left."""
        return self.exits if leg_id.is_long else self.short_exits or self.exits

    def has_ladder(self, leg_id: LegId) -> bool:
        """True when levels of a ladder take the place of one target."""
        policy = self.exits_of(leg_id)
        return policy is not None and policy.partial_take_profit is not None


class RecentIds(Generic[Id]):
    """The last `capacity` ids seen: enough to recognise a repetition, bounded in memory."""

    def __init__(self, ids: Iterable[Id] = (), capacity: int = 200_000) -> None:
        self._ids: OrderedDict[Id, None] = OrderedDict.fromkeys(ids)
        self._capacity = capacity

    def __contains__(self, key: Id) -> bool:
        return key in self._ids

    def add(self, key: Id) -> bool:
        """True when the id is new."""
        if key in self._ids:
            return False
        self._ids[key] = None
        if len(self._ids) > self._capacity:
            self._ids.popitem(last=False)
        return True


class Pacing:
    """When the same thing may be asked again: each time after twice the wait, up to a bound.

    A thing that was not asked for a while, or that succeeded and was forgotten, begins anew.
    """

    def __init__(self) -> None:
        self._asked: dict[Hashable, tuple[int, int]] = {}

    def was_asked(self, key: Hashable) -> bool:
        """True from the asking until it is forgotten."""
        return key in self._asked

    def is_due(self, key: Hashable, now_us: int) -> bool:
        """True when the wait since the last asking is over, or there was none."""
        asked_us, wait_us = self._asked.get(key, (0, 0))
        return now_us - asked_us >= wait_us

    def ask(self, key: Hashable, now_us: int, first_us: int, max_us: int) -> None:
        """Note that it is asked now; the next time may be after this wait."""
        asked_us, wait_us = self._asked.get(key, (0, 0))
        is_repeated = now_us - asked_us < wait_us + 2 * max_us
        again_us = min(2 * wait_us, max_us) if is_repeated else first_us
        self._asked[key] = (now_us, max(again_us, first_us))

    def forget(self, key: Hashable) -> None:
        """It succeeded, or something changed: the next asking is a first one."""
        self._asked.pop(key, None)


@dataclass(slots=True)
class WholeClose:
    """A leg that is being left as a whole, by a person's `request` or a rule, and by which orders;
    `tries` counts those after the first."""

    cause: str
    request: str
    order_ids: list[str] = field(default_factory=list)
    tries: int = -1
    tried_us: int = 0


@dataclass(slots=True)
class ExchangeHealth:
    """Whether an exchange may take new risk, and if not, why.

    `agreed_us` is the exchange's instant of the newest fact known when its legs last agreed.
    """

    not_ready: str = "not connected yet"
    is_stream_up: bool = False
    snapshots_awaited: int = 0
    snapshot_wanted: bool = False
    snapshot_asked_us: int = 0
    money_moved_us: int = 0
    is_origin_doubtful: bool = True
    snapshot_us: int = 0
    agreed_us: int = 0
    market_us: int = 0
    lost_us: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend:
    """A change of a resting order that was asked for, and, once the exchange refused it, the mark
    that this order is better canceled and sent anew."""

    quantity: Decimal
    price: Decimal
    asked_us: int
    is_refused: bool = False


@dataclass(slots=True)
class EngineState:
    """The state of one account's core. Keys of `orders` are client order ids.

    `reducing_ids` are orders that shrink their leg and may still do, `entries_in_flight` entries of
    ours of which nothing is booked yet. `ours_from_us` says per exchange from when on its facts are
    ours, `since_us` when its newest booked fact happened; an exchange that `ours_from_us` lacks was
    never reconciled. `groups` holds the newest group of legs of each symbol, `round_trips` how long
    exchanges took to answer orders, `pairs` what two instruments make, with the rules it rests on.
    Since `passed_us` a price is known to have reached a leg's resting stop; `gaps` is what of a
    wallet's change legs do not explain and since when, `gaps_read` what a reading has left of it.
    """

    config: CoreConfig
    now_us: int = 0
    trading_state: TradingState = TradingState.ACTIVE
    trading_state_why: str = ""
    is_store_up: bool = True
    ours_from_us: dict[str, int] = field(default_factory=dict)
    since_us: dict[str, int] = field(default_factory=dict)
    reread_from_us: int = 0
    pacing: Pacing = field(default_factory=Pacing)
    health: dict[str, ExchangeHealth] = field(default_factory=dict)
    instruments: dict[InstrumentId, Instrument] = field(default_factory=dict)
    quotes: dict[InstrumentId, Quote] = field(default_factory=dict)
    windows: dict[InstrumentId, MomentumWindow] = field(default_factory=dict)
    last_open_us: dict[InstrumentId, int] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    live_ids: dict[LegId, set[str]] = field(default_factory=dict)
    reducing_ids: dict[LegId, set[str]] = field(default_factory=dict)
    entries_in_flight: set[str] = field(default_factory=set)
    unsettled: dict[str, int] = field(default_factory=dict)
    amends: dict[str, Amend] = field(default_factory=dict)
    not_found_answers: Counter[str] = field(default_factory=Counter)
    finished: OrderedDict[str, Order] = field(default_factory=OrderedDict)
    booked_qty: dict[str, Decimal] = field(default_factory=dict)
    trade_keys: RecentIds[TradeKey] = field(default_factory=RecentIds)
    signal_ids: RecentIds[str] = field(default_factory=RecentIds)
    parked_fills: list[Fill] = field(default_factory=list)
    legs: dict[LegId, PositionLeg] = field(default_factory=dict)
    lives: dict[LegId, LifeBooked] = field(default_factory=dict)
    never_held: dict[LegId, PositionLeg] = field(default_factory=dict)
    leg_changed_us: dict[LegId, int] = field(default_factory=dict)
    leg_reports: dict[LegId, LegReport] = field(default_factory=dict)
    wanted: dict[LegId, LegProtection] = field(default_factory=dict)
    resting: dict[LegId, LegProtection] = field(default_factory=dict)
    exit_attempts: dict[LegId, Counter[str]] = field(default_factory=dict)
    exits: dict[LegId, LegExits] = field(default_factory=dict)
    calm_at: dict[LegId, Quote] = field(default_factory=dict)
    calm: dict[LegId, Calm] = field(default_factory=dict)
    atr_windows: dict[InstrumentId, AtrWindow] = field(default_factory=dict)
    atr_candles: int = 0
    managers: dict[bool, EnhancedSLTPManager] = field(default_factory=dict)
    reservations: Reservations = field(default_factory=Reservations)
    balances: dict[str, Balance] = field(default_factory=dict)
    wallet_origin: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    closes: dict[LegId, WholeClose] = field(default_factory=dict)
    passed_us: dict[LegId, int] = field(default_factory=dict)
    gaps: dict[str, tuple[Decimal, int]] = field(default_factory=dict)
    gaps_read: dict[str, Decimal] = field(default_factory=dict)
    risk: RiskMemory = field(default_factory=RiskMemory)
    counters: Counter[str] = field(default_factory=Counter)
    groups: dict[str, LegGroup] = field(default_factory=dict)
    round_trips: dict[str, RoundTrips] = field(default_factory=dict)
    pairs: dict[str, tuple[Instrument, Instrument, Pair | PairRefused]] = field(
        default_factory=dict
    )
    route: EntryRoute = field(init=False)
    valuation: Valuation = field(init=False)

    _FINISHED_MAX = 20_000

    def __post_init__(self) -> None:
        self.valuation = Valuation(self.quotes)
        self.route = EntryRoute(
            tuple(dict.fromkeys(each.exchange for each in self.config.instrument_ids)),
            leave_after_us=self.config.leave_after_us,
            return_after_us=self.config.return_after_us,
        )
        if self.config.exits is not None:
            short = self.config.short_exits or self.config.exits
            self.managers[True] = EnhancedSLTPManager(self.config.exits)
            self.managers[False] = EnhancedSLTPManager(short)
            self.atr_candles = self.config.atr_candles

    def manager_of(self, leg_id: LegId) -> EnhancedSLTPManager | None:
        """What decides on the exits of a leg, None where only stop, target and horizon do."""
        return self.managers.get(leg_id.is_long)

    def is_ours(self, exchange: str, ts_event_us: int) -> bool:
        """False for what happened before the account began on the exchange."""
        ours_from_us = self.ours_from_us.get(exchange)
        return ours_from_us is not None and ts_event_us >= ours_from_us

    def leg(self, leg_id: LegId) -> PositionLeg:
        """The leg, flat when nothing was ever held on it."""
        leg = self.legs.get(leg_id) or self.never_held.get(leg_id)
        if leg is None:
            leg = self.never_held[leg_id] = PositionLeg(leg_id=leg_id)
        return leg

    def group_id_of(self, leg_id: LegId) -> str | None:
        """The group that the leg belongs to now."""
        group = self.groups.get(leg_id.symbol)
        is_in = group is not None and leg_id in group.legs and not group.is_over
        return group.group_id if group is not None and is_in else None

    def open_legs(self) -> list[PositionLeg]:
        """Every leg that holds something."""
        return list(self.valuation.open.values())

    def put_leg(self, leg: PositionLeg) -> None:
        """File a leg as it now stands."""
        self.legs[leg.leg_id] = leg
        self.valuation.leg_changed(leg)

    def put_quote(self, quote: Quote) -> None:
        """The newest prices of an instrument."""
        self.quotes[quote.instrument_id] = quote
        self.valuation.price_changed(quote.instrument_id)

    def order(self, client_order_id: str) -> Order | None:
        """A live order, or one that finished recently."""
        return self.orders.get(client_order_id) or self.finished.get(client_order_id)

    def live_orders(self, leg_id: LegId) -> list[Order]:
        """The orders of a leg that can still fill."""
        return [self.orders[order_id] for order_id in self.live_ids.get(leg_id, ())]

    def closing_qty(self, leg_id: LegId) -> Decimal:
        """What exits of the leg still close: their open rest, and fills told but not booked yet.

        A rung that rests is no exit under way: the exchange cuts it when the leg shrinks.
        """
        closing = _ZERO
        for order_id in self.reducing_ids.get(leg_id, ()):
            order = self.order(order_id)
            if order is None:
                continue
            if _is_exit(order):
                closing += order.leaves_qty
            if order_id in self.unsettled:
                booked = self.booked_qty.get(order_id, _ZERO)
                closing += max(order.filled_qty - booked, _ZERO)
        return closing

    def put_order(self, order: Order) -> None:
        """File the order as it now stands, and release what it can no longer spend.

        What may still fill stays reserved, and so does what has filled but is not in its leg yet.
        """
        order_id, is_over = order.client_order_id, order.status.is_terminal
        booked = self.booked_qty.get(order_id, _ZERO)
        if is_over:
            self.orders.pop(order_id, None)
            self.live_ids.get(order.leg_id, set()).discard(order_id)
            self._finish(order)
        else:
            self.orders[order_id] = order
            self.live_ids.setdefault(order.leg_id, set()).add(order_id)
        if order.reduce_only or _is_exit(order):
            reducing = self.reducing_ids.setdefault(order.leg_id, set())
            _keep(reducing, order_id, not is_over or order.filled_qty > booked)
        elif order.purpose is OrderPurpose.ENTRY and order.origin is OrderOrigin.BOT:
            _keep(self.entries_in_flight, order_id, not is_over and not booked)
        if self.reservations.holds(order_id):
            self.reservations.shrink(order_id, order.leaves_qty + order.filled_qty - booked)

    def _finish(self, order: Order) -> None:
        """Remember an order that ended, and forget the oldest beyond what is kept."""
        self.finished[order.client_order_id] = order
        self.amends.pop(order.client_order_id, None)
        for asked in ("withdraw", "amend"):
            self.pacing.forget((asked, order.client_order_id))
        if len(self.finished) > self._FINISHED_MAX:
            oldest, forgotten = self.finished.popitem(last=False)
            self.booked_qty.pop(oldest, None)
            self.reducing_ids.get(forgotten.leg_id, set()).discard(oldest)

    def heard_of(self, exchange: str, ts_event_us: int) -> None:
        """Note that a fact of this instant is known, so that reading may go on from there."""
        self.since_us[exchange] = max(self.since_us.get(exchange, 0), ts_event_us)

    def exchange_health(self, exchange: str) -> ExchangeHealth:
        """The health of one exchange."""
        health = self.health.get(exchange)
        if health is None:
            health = self.health[exchange] = ExchangeHealth()
        return health


def _keep(ids: set[str], order_id: str, is_in: bool) -> None:
    if is_in:
        ids.add(order_id)
    else:
        ids.discard(order_id)


def _is_exit(order: Order) -> bool:
    """True for what closes a part of its leg at once: an exit, or a level that was touched."""
    if order.purpose is OrderPurpose.EXIT:
        return True
    is_ours = order.purpose is OrderPurpose.TARGET and order.origin is OrderOrigin.BOT
    return is_ours and order.order_type is OrderType.MARKET
