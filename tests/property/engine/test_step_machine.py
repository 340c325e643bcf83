"""The step against a model exchange, with everything that can go wrong between them.

Hypothesis draws signals, market moves, fills in pieces, duplicated and reordered messages, lost
answers, outages of streams and store, refused protection and restarts. The rules below hold after
each step; after quiescence both sides agree.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    CloseLeg,
    HaltTrading,
    ResumeTrading,
    StreamDown,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderOrigin, OrderPurpose
from bot_trading.domain.position import PositionLeg, is_looser
from bot_trading.domain.reports import OrderReport
from bot_trading.domain.signal import Direction
from bot_trading.engine.on_rungs import rung_id
from bot_trading.portfolio.audit import fills_differences
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy, LadderExecution
from tests.builders.core import BTC, LONG, SHORT
from tests.builders.core_bench import CoreBench, run_now
from tests.builders.model_amend import AMEND_FATES
from tests.builders.model_exchange import ModelLeg

_PARTS = st.sampled_from(
    [(), ("0.3",), ("0.5", "0.5"), ("0.2", "0.3", "1"), ("1",), ("1",), ("1",)]
)
_FATES = st.sampled_from(["answered", "answered", "lost", "unsent", "late", "refused"])
_SEND_US = 2_000_000


def touched(policy: ExitPolicy) -> ExitPolicy:
    """The policy with levels that are sent when the price reaches them."""
    assert policy.partial_take_profit is not None
    ladder = replace(policy.partial_take_profit, execution=LadderExecution.ON_TOUCH)
    return replace(policy, partial_take_profit=ladder)


class StepMachine(RuleBasedStateMachine):
    """What can happen to a core, drawn in any order."""

    exits: ExitPolicy | None = None

    def __init__(self) -> None:
        super().__init__()
        self.core = CoreBench(self.exits)

    @initialize()
    def connect(self) -> None:
        """A connected, reconciled core with a price."""
        self.core.settle()

    # What people, markets and strategies do.

    @rule(direction=st.sampled_from(Direction), fate=_FATES, parts=_PARTS)
    def new_signal(self, direction: Direction, fate: str, parts: tuple[str, ...]) -> None:
        """A strategy has an opinion, and its order fares somehow."""
        self.core.send_fate = fate
        self.core.exchange.parts = tuple(map(Decimal, parts))
        self.core.signal_count += 1
        self.core.signals.append(f"{direction}-{self.core.signal_count}")
        self.core.signal(self.core.signals[-1])

    @precondition(lambda self: self.core.signals)
    @rule(data=st.data())
    def repeated_signal(self, data: st.DataObject) -> None:
        """The same opinion is delivered again."""
        self.core.signal(data.draw(st.sampled_from(self.core.signals)))

    @rule(step_bps=st.integers(-120, 120), is_told=st.booleans())
    def market_moves(self, step_bps: int, is_told: bool) -> None:
        """Up or down, sometimes through a stop or a target."""
        price = self.core.exchange.price * (10_000 + step_bps) / 10_000
        self.core.exchange.move(price.quantize(Decimal("0.1")))
        if is_told:
            self.core.feed(self.core.exchange.quote())

    @rule(leg_id=st.sampled_from([LONG, SHORT]))
    def stranger_closes(self, leg_id: LegId) -> None:
        """A person closes a leg by hand on the exchange's page."""
        self.core.exchange.stranger_closes(leg_id)

    @rule(leg_id=st.sampled_from([LONG, SHORT]), ratio=st.sampled_from(["0.4", "1"]))
    def person_closes(self, leg_id: LegId, ratio: str) -> None:
        """Closing works in every state of ours as long as nothing else closes the leg."""
        leg = self.core.state.leg(leg_id)
        is_closing = self.core.state.closing_qty(leg_id) > 0
        waits = any(
            order.reduce_only and order.leg_id == leg_id
            for order in map(self.core.state.order, self.core.state.unsettled)
            if order is not None
        )
        self.core.close_count += 1
        commands = self.core.feed(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=Decimal(ratio),
                request_id=f"r-{self.core.close_count}",
                ts_init_us=self.core.exchange.now_us,
            )
        )
        sends = [each for each in commands if isinstance(each, SubmitOrder)]
        is_known = BTC in self.core.state.instruments
        if ratio == "1" and is_known and not leg.is_flat and not is_closing and not waits:
            assert [each.approved.intent.quantity for each in sends] == [leg.quantity]

    @rule(state=st.sampled_from([TradingState.HALTED, TradingState.REDUCING, None, None]))
    def person_halts_or_resumes(self, state: TradingState | None) -> None:
        """The trading state moves."""
        now_us = self.core.exchange.now_us
        if state is None:
            self.core.feed(ResumeTrading(who="p", why="w", ts_init_us=now_us))
        else:
            self.core.feed(HaltTrading(who="p", why="w", state=state, ts_init_us=now_us))

    # What networks do.

    @rule(fate=_FATES, parts=_PARTS)
    def next_send(self, fate: str, parts: tuple[str, ...]) -> None:
        """How the next order will fare."""
        self.core.send_fate = fate
        self.core.exchange.parts = tuple(map(Decimal, parts))

    @rule(fate=st.sampled_from(["set", "refused", "unknown", "set unknown"]))
    def next_protection(self, fate: str) -> None:
        """How the next protection will fare."""
        self.core.protection_fate = fate

    @rule(fate=st.sampled_from(AMEND_FATES))
    def next_amend(self, fate: str) -> None:
        """How the next change of a resting order will fare."""
        self.core.amend_fate = fate

    @rule(works=st.booleans())
    def reads(self, works: bool) -> None:
        """Questions are answered, or not."""
        self.core.reads_work = works

    @precondition(lambda self: self.core.exchange.stream)
    @rule(data=st.data(), is_repeated=st.booleans())
    def stream_delivers(self, data: st.DataObject, is_repeated: bool) -> None:
        """Any message that is under way arrives, perhaps not for the last time."""
        at = data.draw(st.integers(0, min(8, len(self.core.exchange.stream) - 1)))
        event = self.core.exchange.stream[at] if is_repeated else self.core.exchange.stream.pop(at)
        self.core.feed(event)

    @precondition(lambda self: self.core.answers)
    @rule(data=st.data())
    def answer_arrives(self, data: st.DataObject) -> None:
        """Answers overtake each other too."""
        at = data.draw(st.integers(0, min(4, len(self.core.answers) - 1)))
        self.core.feed(self.core.answers.pop(at))

    @precondition(lambda self: self.core.exchange.orders and self.core.is_stream_up)
    @rule(at=st.integers(0, 100))
    def late_report(self, at: int) -> None:
        """An order that may have ended in an earlier life of the process is reported once more."""
        self.core.repeat_report(at)

    @rule()
    def all_is_delivered(self) -> None:
        """Nothing stays under way."""
        self.core.deliver_all()

    @rule()
    def stream_goes_down(self) -> None:
        """What was under way is lost, not queued."""
        self.core.is_stream_up = False
        self.core.exchange.stream.clear()
        self.core.feed(
            StreamDown(exchange="bybit", reason="x", ts_init_us=self.core.exchange.now_us)
        )

    @rule()
    def stream_comes_up(self) -> None:
        """Nothing that happened meanwhile is told."""
        self.core.stream_up()

    @rule()
    def store_goes_down(self) -> None:
        """The core learns of it with the first row that cannot be written."""
        self.core.is_store_up = False

    @rule()
    def store_comes_up(self) -> None:
        """Everything decided meanwhile is written, in order."""
        self.core.store_up()

    @rule(ms=st.sampled_from([250, 1_100, 4_000, 1_000_000]))
    def time_passes(self, ms: int) -> None:
        """What is under way to the exchange arrives within the send's deadline."""
        for sent_us, approved in list(self.core.in_transit):
            if self.core.exchange.now_us + ms * 1_000 - sent_us > _SEND_US:
                self.core.arrives(sent_us, approved)
        self.core.exchange.now_us += ms * 1_000
        self.core.feed(TimePassed(ts_init_us=self.core.exchange.now_us))

    @rule()
    def restart(self) -> None:
        """The process is killed: messages and unwritten rows are gone, the exchange stays."""
        run_now(self.core.store.close())
        self.core.uncommitted.clear()
        self.core.answers.clear()
        self.core.exchange.stream.clear()
        self.core.start()

    @rule()
    def restart_and_hear_all_again(self) -> None:
        """Killed, started, at rest; then every signal comes again, and word of every order."""
        self.restart()
        self.core.settle()
        for signal in self.core.signals:
            self.core.signal(signal)
        for at in range(len(self.core.exchange.orders)):
            self.core.repeat_report(at)

    @precondition(lambda self: self.core.exchange.stream)
    @rule()
    def killed_between_a_report_and_its_fills(self) -> None:
        """What an order filled was told and written down, the fills themselves were not."""
        for event in [each for each in self.core.exchange.stream if isinstance(each, OrderReport)]:
            self.core.feed(event)
        self.restart()

    @rule()
    def quiescence(self) -> None:
        """Everything is delivered and answered: both sides agree."""
        self.core.settle()
        for leg_id, theirs in self.core.exchange.legs.items():
            ours = self.core.state.leg(leg_id)
            assert ours.quantity == theirs.quantity
            self._money_agrees(leg_id, ours, theirs)
            if theirs.quantity:
                wanted = self.core.state.wanted[leg_id]
                assert theirs.stop is not None
                assert not is_looser(leg_id, theirs.stop, wanted.stop_loss)
                tightest = self.core.tightest.get((leg_id, ours.episode))
                assert not is_looser(leg_id, theirs.stop, tightest)
        assert self.core.state.health["bybit"].not_ready == ""
        self._exits_agree()
        assert not self.core.state.unsettled
        assert not self.core.state.parked_fills
        assert self.core.state.reservations.total == 0
        fills = run_now(self.core.store.fetch_fills())
        stored = {leg.leg_id: leg for leg in run_now(self.core.store.load()).legs}
        assert {fill.trade_id for fill in fills} == {f.trade_id for f in self.core.exchange.fills}
        assert fills_differences(fills, stored) == ()
        assert stored == self.core.state.legs
        resting = {order.client_order_id for order in run_now(self.core.store.load()).orders}
        assert resting == self.core.state.orders.keys()
        self._orders_agree()

    def _money_agrees(self, leg_id: LegId, ours: PositionLeg, theirs: ModelLeg) -> None:
        """What was paid less what was got is in the leg or realised. Fills of a ladder that are
        told out of their order divide it between the two in another way."""
        spent = Decimal(0)
        for order in self.core.exchange.orders.values():
            if order.leg_id == leg_id:
                spent += -order.value if order.reduce_only else order.value
        gained = ours.realized_pnl if leg_id.is_long else -ours.realized_pnl
        assert abs(ours.entry_value - gained - spent) < Decimal("1e-9")
        if self.exits is None:
            assert abs(ours.entry_value - theirs.entry_value) < Decimal("1e-9")

    def _exits_agree(self) -> None:
        """What rests serves the rungs of open legs and nothing else, and no level closed more than
        it planned, whatever was lost, repeated or forgotten."""
        if self.core.state.trading_state is TradingState.HALTED:
            return
        resting = {
            order.client_order_id: order
            for leg_id in self.core.exchange.legs
            for order in self.core.exchange.resting(leg_id)
        }
        assert resting.keys() == self.core.state.orders.keys()
        served = {
            rung.client_order_id: rung
            for exits in self.core.state.exits.values()
            for rung in exits.rungs
        }
        for name, order in resting.items():
            assert order.left == served[name].remaining_qty
            assert order.price == served[name].price
        assert all(not self.core.state.leg(leg_id).is_flat for leg_id in self.core.state.exits)
        for rung in served.values():
            names = {rung_id("test", rung, attempt) for attempt in range(1, rung.attempts + 9)}
            orders = self.core.exchange.orders.values()
            closed = sum(
                (order.filled for order in orders if order.client_order_id in names), Decimal(0)
            )
            assert closed == rung.filled_qty <= rung.quantity or rung.quantity == 0

    def _orders_agree(self) -> None:
        """Every order of ours is stored as ours, with all that it filled."""
        stored = {saved.order.client_order_id: saved.order for saved in self.core.stored_orders()}
        for theirs in self.core.exchange.orders.values():
            # One that was sent without the store and filled nothing left no trace of a crash.
            if theirs.client_order_id and (theirs.filled or theirs.client_order_id in stored):
                ours = stored[theirs.client_order_id]
                assert ours.origin is OrderOrigin.BOT
                assert ours.purpose in (OrderPurpose.ENTRY, OrderPurpose.EXIT, OrderPurpose.TARGET)
                assert ours.filled_qty == theirs.filled

    def teardown(self) -> None:
        """Whatever was drawn, it can come to rest."""
        self.quiescence()


class RestingLadder(StepMachine):
    """The same with the default ladder, which rests on the exchange."""

    exits = DEFAULT_POLICY


class TouchedLadder(StepMachine):
    """The same with a ladder that is sent when it is touched."""

    exits = touched(DEFAULT_POLICY)


TestStepMachine = StepMachine.TestCase
TestRestingLadder = RestingLadder.TestCase
TestTouchedLadder = TouchedLadder.TestCase
TestStepMachine.settings = TestRestingLadder.settings = TestTouchedLadder.settings = settings(
    deadline=None,
    print_blob=True,
    max_examples=100,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)


def test_an_entry_and_its_stop_that_were_missed_together_send_no_ladder() -> None:
    """What a snapshot tells is booked whole before the ladder is served: the leg is closed."""
    machine = RestingLadder()
    machine.connect()
    machine.new_signal(direction=Direction.SHORT, fate="answered", parts=("0.5", "0.5"))
    machine.stream_goes_down()
    machine.market_moves(is_told=False, step_bps=60)
    machine.quiescence()
    machine.teardown()
