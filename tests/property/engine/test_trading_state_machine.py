"""ACTIVE, REDUCING and HALTED under everything that moves them: people, rules, late fills, restarts
and clocks at midnight. A model of its own says what each turn must have led to."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import (
    CloseLeg,
    Command,
    Event,
    HaltTrading,
    Record,
    ResumeTrading,
    SignalReceived,
    StreamUp,
    SubmitOrder,
    TimePassed,
    TradingStateChanged,
)
from bot_trading.domain.order import OrderIntent, OrderSide
from bot_trading.domain.reports import BalanceReport, QuoteSeen
from bot_trading.domain.signal import Direction
from bot_trading.engine.recovery import restore
from bot_trading.engine.risk_view import daily_loss
from bot_trading.engine.step import step
from bot_trading.risk.plan import RiskPlan
from bot_trading.storage.memory import Memory, MemoryStore
from tests.builders.core import (
    LONG,
    NOW_US,
    SHORT,
    a_balance,
    a_core_config,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_signal,
    a_snapshot,
    d,
    risk_limits,
)
from tests.builders.core_bench import run_now

ACTIVE, REDUCING, HALTED = TradingState
EXECUTIONS, LOSSES, ORPHANS, WINDOW_S = 4, 2, 1, 3600
LIMITS = risk_limits(
    executions_max=EXECUTIONS,
    executions_window_s=WINDOW_S,
    consecutive_losses_max=LOSSES,
    orphan_fills_max=ORPHANS,
    drawdown_max_ratio=d("0.1"),
    daily_loss_max_usdt=d(300),
    flash_crash_percent=d(50),
)
ZONE = ZoneInfo("Asia/Kathmandu")  # A day that turns at a quarter past.
_SECOND_US = 1_000_000


def _day(ts_us: int) -> int:
    return datetime.fromtimestamp(ts_us / 1e6, UTC).astimezone(ZONE).toordinal()


class TradingStateMachine(RuleBasedStateMachine):
    """One core over a store that keeps everything; our clock and the market's are one."""

    def __init__(self) -> None:
        super().__init__()
        plan = RiskPlan(day_zone=ZONE)
        self.config = a_core_config(limits=LIMITS, plan=plan)
        self.memory = Memory()
        self.now_us, self.count = NOW_US, 0
        self.equity = self.peak = self.day_start = d(10_000)
        self.day = _day(NOW_US)
        self.expected, self.why = ACTIVE, ""
        self.executed: list[int] = []
        self.orphans: list[int] = []
        self.losses = 0
        self.sent: set[str] = set()
        self.pending: dict[str, OrderIntent] = {}
        self.late: dict[str, OrderIntent] = {}

    @initialize()
    def begin(self) -> None:
        """A core that is connected and reconciled."""
        self._start()

    def _start(self) -> None:
        self.store = MemoryStore(self.memory)
        run_now(self.store.open("test"))
        self.state = restore(self.config, run_now(self.store.load()), self.now_us)
        self._feed(StreamUp(exchange="bybit", ts_init_us=self.now_us))
        held = [leg for leg in self.state.legs.values() if not leg.is_flat]
        legs = tuple(
            a_leg_report(
                leg_id=leg.leg_id,
                quantity=leg.quantity,
                avg_px=leg.avg_px,
                stop_loss=None,
                take_profit=None,
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
            for leg in held
        )
        balance = a_balance(str(self.equity), ts_event_us=self.now_us)
        self._feed(a_snapshot(legs=legs, balance=balance, ts_init_us=self.now_us))
        self._confirmed(self.equity)
        self._quote()

    def _feed(self, event: Event) -> list[Command]:
        """One turn: rows are kept, sends noted, and the trading state moved only as it may."""
        before = self.state.trading_state
        commands = step(self.state, event)
        run_now(self.store.commit([each for each in commands if isinstance(each, Record)]))
        after = self.state.trading_state
        told = [
            each.row
            for each in commands
            if isinstance(each, Record) and isinstance(each.row, TradingStateChanged)
        ]
        if after.strictness < before.strictness:
            assert isinstance(event, ResumeTrading), "something else than a person loosened it"
        if after is not before:
            assert told[-1].state is after, "a change without its row"
        for row in told:
            assert row.who
            assert row.why
            assert row.who in ("risk", "ann", "bea"), row
        for each in commands:
            if isinstance(each, SubmitOrder):
                self._note_send(each.approved.intent)
        return commands

    def _note_send(self, intent: OrderIntent) -> None:
        assert intent.client_order_id not in self.sent, "an order was sent twice"
        assert intent.reduce_only or self.state.trading_state is ACTIVE
        self.sent.add(intent.client_order_id)
        self.pending[intent.client_order_id] = intent

    def _quote(self) -> None:
        quote = a_quote(ts_event_us=self.now_us, ts_init_us=self.now_us)
        self._feed(QuoteSeen(quote=quote))

    # What people do.

    @rule(who=st.sampled_from(["ann", "bea"]), to=st.sampled_from([REDUCING, HALTED]))
    def a_person_halts(self, who: str, to: TradingState) -> None:
        """It gets stricter or stays."""
        self._feed(HaltTrading(who=who, why="looked odd", state=to, ts_init_us=self.now_us))
        self._tighten(to, f"{who}: looked odd")

    @rule(who=st.sampled_from(["ann", "bea"]), to=st.sampled_from([ACTIVE, ACTIVE, REDUCING]))
    def a_person_resumes(self, who: str, to: TradingState) -> None:
        """Whatever they say, it becomes; with ACTIVE the counts and the peak begin anew.

        Of a halt and a resume in one microsecond the halt would count.
        """
        self.now_us += 1
        self._quote()
        self._feed(ResumeTrading(who=who, why="all is well", state=to, ts_init_us=self.now_us))
        self.expected, self.why = to, f"{who}: all is well"
        if to is ACTIVE:
            self.executed, self.orphans, self.losses = [], [], 0
            self.peak = self.equity

    @rule(leg_id=st.sampled_from([LONG, SHORT]))
    def a_person_closes(self, leg_id: LegId) -> None:
        """In every state: an exit that is not under way already goes out."""
        leg, closing = self.state.leg(leg_id), self.state.closing_qty(leg_id)
        self.count += 1
        commands = self._feed(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=d(1),
                request_id=f"r-{self.count}",
                ts_init_us=self.now_us,
            )
        )
        sends = [each for each in commands if isinstance(each, SubmitOrder)]
        assert bool(sends) is (leg.quantity > 0 and not closing)

    # What the bot and the market do.

    @rule(direction=st.sampled_from(Direction))
    def an_opinion_comes(self, direction: Direction) -> None:
        """It becomes an order only while ACTIVE, within the counts and the day's loss."""
        self.count += 1
        self._quote()
        commands = self._feed(
            SignalReceived(signal=a_signal(f"s-{self.count}", direction), ts_init_us=self.now_us)
        )
        is_sent = any(isinstance(each, SubmitOrder) for each in commands)
        flying = len(self.state.entries_in_flight) - is_sent
        may = self.expected is ACTIVE and self._lost_today() < LIMITS.daily_loss_max_usdt
        if is_sent:
            assert may
            assert flying + len(self._within(self.executed)) < EXECUTIONS

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), change=st.sampled_from(["-200", "0", "300"]))
    def an_order_fills(self, data: st.DataObject, change: str) -> None:
        """Perhaps long after a halt: it is booked, counted and judged all the same."""
        order_id = data.draw(st.sampled_from(sorted(self.pending)))
        intent = self.pending.pop(order_id)
        leg = self.state.leg(intent.leg_id)
        if intent.reduce_only and leg.quantity < intent.quantity:
            return  # The exchange cuts what no leg stands behind.
        price = d(50_000) + (d(change) if intent.reduce_only else 0)
        self.count += 1
        self._feed(
            a_fill_report(
                client_order_id=order_id,
                trade_id=f"t-{self.count}",
                side=intent.side,
                position_idx=intent.leg_id.position_idx,
                closed_qty=intent.quantity if intent.reduce_only else d(0),
                last_qty=intent.quantity,
                last_px=price,
                commission=d(0),
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
        )
        now = self.state.leg(intent.leg_id)
        assert now.quantity == leg.quantity + intent.quantity * (-1 if intent.reduce_only else 1)
        if not intent.reduce_only:
            self.executed.append(self.now_us)
            if len(self._within(self.executed)) >= EXECUTIONS:
                self._tighten(REDUCING, None)
        elif now.is_flat:
            sign = 1 if intent.leg_id.is_long else -1
            self.losses = self.losses + 1 if sign * int(change) < 0 else 0
            if self.losses >= LOSSES:
                self._tighten(REDUCING, None)

    @rule(idx=st.sampled_from([PositionIdx.LONG, PositionIdx.SHORT]))
    def a_fill_without_a_parent_comes(self, idx: PositionIdx) -> None:
        """Knight Capital: one may be a person, the next one halts."""
        self.count += 1
        leg_id = LONG if idx is PositionIdx.LONG else SHORT
        self._feed(
            a_fill_report(
                client_order_id=f"strange-{self.count}",
                exchange_order_id=f"x-{self.count}",
                trade_id=f"t-{self.count}",
                side=OrderSide.BUY if leg_id.is_long else OrderSide.SELL,
                position_idx=idx,
                closed_qty=d(0),
                last_qty=d("0.001"),
                commission=d(0),
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
        )
        self.orphans.append(self.now_us)
        if len(self._within(self.orphans)) > ORPHANS:
            self._tighten(HALTED, None)

    @rule(change=st.sampled_from([-1200, -300, -299, -150, 50, 400]))
    def money_moves(self, change: int) -> None:
        """The exchange confirms another equity: the drawdown halts at its limit."""
        self.equity = max(self.equity + change, d(2_000))
        balance = a_balance(str(self.equity), ts_event_us=self.now_us)
        self._feed(BalanceReport(balance=balance, ts_init_us=self.now_us))
        self._confirmed(self.equity)

    def _confirmed(self, equity: Decimal) -> None:
        today = _day(self.now_us)
        if today > self.day:
            follows = today == self.day + 1
            self.day_start = max(self.last_equity, equity) if follows else equity
            self.day = today
        self.last_equity = equity
        self.peak = max(self.peak, equity)
        if (self.peak - equity) / self.peak >= LIMITS.drawdown_max_ratio:
            self._tighten(HALTED, None)

    last_equity = d(10_000)

    # What clocks and machines do.

    @rule(seconds=st.sampled_from([1, 60, 1_000, WINDOW_S]))
    def time_passes(self, seconds: int) -> None:
        """Counts leave their window; the trading state does not follow them."""
        self._pass(self.now_us + seconds * _SECOND_US)

    @rule(offset_us=st.sampled_from([-1, 0, 1]))
    def midnight_comes(self, offset_us: int) -> None:
        """Just before, at, and just after the day turns in its own zone."""
        local = datetime.fromtimestamp(self.now_us / 1e6, UTC).astimezone(ZONE)
        turn = datetime.fromordinal(local.toordinal() + 1).replace(tzinfo=ZONE)
        self._pass(max(self.now_us, int(turn.timestamp()) * _SECOND_US + offset_us))

    def _pass(self, until_us: int) -> None:
        self.now_us = until_us
        self._quote()
        self._feed(TimePassed(ts_init_us=self.now_us))

    @rule()
    def the_process_is_killed(self) -> None:
        """State, reason, counts and day come back; no order is sent a second time."""
        run_now(self.store.close())
        why = self.state.trading_state_why
        self._start()
        assert self.state.trading_state_why == why or self.state.trading_state is not ACTIVE
        # What was counted counts as if it were the newest.
        self.executed = [self._newest(self.executed)] * len(self._within(self.executed))
        self.orphans = [self._newest(self.orphans)] * len(self._within(self.orphans))

    # The model.

    def _newest(self, moments: list[int]) -> int:
        return max(moments, default=0)

    def _within(self, moments: list[int]) -> list[int]:
        return [each for each in moments if each > self.now_us - WINDOW_S * _SECOND_US]

    def _tighten(self, to: TradingState, why: str | None) -> None:
        if to.strictness > self.expected.strictness:
            self.expected = to
            self.why = self.state.trading_state_why if why is None else why
            assert self.why.startswith("risk: ") is (why is None)

    def _lost_today(self) -> Decimal:
        start = self.day_start if _day(self.now_us) == self.day else self.last_equity
        return max(start - self.last_equity, d(0))

    @invariant()
    def the_state_is_what_people_and_rules_made_it(self) -> None:
        """In the core and in the store, with the same words."""
        if not hasattr(self, "state"):
            return
        assert self.state.trading_state is self.expected
        stored = run_now(self.store.load())
        assert (stored.trading_state, stored.trading_state_why) == (
            self.state.trading_state,
            self.state.trading_state_why,
        )
        if self.expected is not ACTIVE:
            assert self.state.trading_state_why == self.why

    @invariant()
    def the_day_s_loss_is_the_model_s(self) -> None:
        """Across midnight, in the stated zone, and over restarts."""
        if hasattr(self, "state") and not self.state.valuation.open:
            assert daily_loss(self.state) == self._lost_today()


TradingStateMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TestTradingState = TradingStateMachine.TestCase
