"""The step against a model exchange, with everything that can go wrong between them.

Hypothesis draws signals, market moves, fills in pieces, duplicated and reordered messages, lost
answers, outages of streams and store, refused protection and restarts. The rules below hold after
each step; after quiescence both sides agree.
"""

from __future__ import annotations

from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    CloseLeg,
    Command,
    Event,
    HaltTrading,
    LoadCandles,
    QueryOrder,
    ReadFailed,
    Record,
    ResumeTrading,
    SetLegProtection,
    SignalReceived,
    StoreDown,
    StoreUp,
    StreamDown,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
)
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.reports import (
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
    QuoteSeen,
)
from bot_trading.domain.signal import Direction
from bot_trading.engine.recovery import restore
from bot_trading.engine.step import step
from bot_trading.market.prices import valuation_price
from bot_trading.portfolio.audit import fills_differences
from bot_trading.sltp.bracket import is_looser
from bot_trading.storage.memory import Memory, MemoryStore
from tests.builders.core import BTC, LONG, SHORT, a_core_config, a_signal
from tests.builders.model_exchange import ModelExchange

_PARTS = st.sampled_from(
    [(), ("0.3",), ("0.5", "0.5"), ("0.2", "0.3", "1"), ("1",), ("1",), ("1",)]
)
_FATES = st.sampled_from(["answered", "answered", "lost", "unsent", "late", "refused"])
_SEND_US = 2_000_000
_SETTLED_TICKS = 12


def _now(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the store in memory waited for something")


class StepMachine(RuleBasedStateMachine):
    """One core, its twin, a model exchange, and the messages under way between them."""

    def __init__(self) -> None:
        super().__init__()
        self.config = a_core_config()
        self.memory = Memory()
        self.exchange = ModelExchange()
        self.answers: list[Event] = []
        self.uncommitted: list[Record] = []
        self.in_transit: list[tuple[int, ApprovedOrder]] = []
        self.signals: list[str] = []
        self.sent: set[str] = set()
        self.stops: dict[tuple[LegId, int], Decimal] = {}
        self.signal_count = self.close_count = 0
        self.send_fate = "answered"
        self.protection_fate = "set"
        self.reads_work = True
        self.is_store_up = self.is_store_told = True
        self.is_stream_up = False
        self._start()

    def _start(self) -> None:
        self.store = MemoryStore(self.memory)
        _now(self.store.open("test"))
        stored = _now(self.store.load())
        self.state = restore(self.config, stored, self.exchange.now_us)
        self.twin = restore(self.config, stored, self.exchange.now_us)
        self.is_store_up = self.is_store_told = True
        self.is_stream_up = False
        self.stops.clear()
        self.signals.clear()

    @initialize()
    def connect(self) -> None:
        """A connected, reconciled core with a price."""
        self._settle()

    # What people, markets and strategies do.

    @rule(direction=st.sampled_from(Direction), fate=_FATES, parts=_PARTS)
    def new_signal(self, direction: Direction, fate: str, parts: tuple[str, ...]) -> None:
        """A strategy has an opinion, and its order fares somehow."""
        self.send_fate = fate
        self.exchange.parts = tuple(map(Decimal, parts))
        self.signal_count += 1
        self.signals.append(f"{direction}-{self.signal_count}")
        self._signal(self.signals[-1])

    @precondition(lambda self: self.signals)
    @rule(data=st.data())
    def repeated_signal(self, data: st.DataObject) -> None:
        """The same opinion is delivered again."""
        self._signal(data.draw(st.sampled_from(self.signals)))

    @rule(step_bps=st.integers(-120, 120), is_told=st.booleans())
    def market_moves(self, step_bps: int, is_told: bool) -> None:
        """Up or down, sometimes through a stop or a target."""
        price = self.exchange.price * (10_000 + step_bps) / 10_000
        self.exchange.move(price.quantize(Decimal("0.1")))
        if is_told:
            self._feed(self.exchange.quote())

    @rule(leg_id=st.sampled_from([LONG, SHORT]))
    def stranger_closes(self, leg_id: LegId) -> None:
        """A person closes a leg by hand on the exchange's page."""
        self.exchange.stranger_closes(leg_id)

    @rule(leg_id=st.sampled_from([LONG, SHORT]), ratio=st.sampled_from(["0.4", "1"]))
    def person_closes(self, leg_id: LegId, ratio: str) -> None:
        """Closing works in every state of ours as long as nothing else closes the leg."""
        leg = self.state.leg(leg_id)
        is_closing = any(order.reduce_only for order in self.state.live_orders(leg_id))
        waits = any(
            order.reduce_only and order.leg_id == leg_id
            for order in map(self.state.order, self.state.unsettled)
            if order is not None
        )
        self.close_count += 1
        commands = self._feed(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=Decimal(ratio),
                request_id=f"r-{self.close_count}",
                ts_init_us=self.exchange.now_us,
            )
        )
        sends = [each for each in commands if isinstance(each, SubmitOrder)]
        if ratio == "1" and not leg.is_flat and not is_closing and not waits:
            assert [each.approved.intent.quantity for each in sends] == [leg.quantity]

    @rule(state=st.sampled_from([TradingState.HALTED, TradingState.REDUCING, None, None]))
    def person_halts_or_resumes(self, state: TradingState | None) -> None:
        """The trading state moves."""
        now_us = self.exchange.now_us
        if state is None:
            self._feed(ResumeTrading(who="p", why="w", ts_init_us=now_us))
        else:
            self._feed(HaltTrading(who="p", why="w", state=state, ts_init_us=now_us))

    # What networks do.

    @rule(fate=_FATES, parts=_PARTS)
    def next_send(self, fate: str, parts: tuple[str, ...]) -> None:
        """How the next order will fare."""
        self.send_fate = fate
        self.exchange.parts = tuple(map(Decimal, parts))

    @rule(fate=st.sampled_from(["set", "refused", "unknown", "set unknown"]))
    def next_protection(self, fate: str) -> None:
        """How the next protection will fare."""
        self.protection_fate = fate

    @rule(works=st.booleans())
    def reads(self, works: bool) -> None:
        """Questions are answered, or not."""
        self.reads_work = works

    @precondition(lambda self: self.exchange.stream)
    @rule(data=st.data(), is_repeated=st.booleans())
    def stream_delivers(self, data: st.DataObject, is_repeated: bool) -> None:
        """Any message that is under way arrives, perhaps not for the last time."""
        at = data.draw(st.integers(0, min(8, len(self.exchange.stream) - 1)))
        event = self.exchange.stream[at] if is_repeated else self.exchange.stream.pop(at)
        self._feed(event)

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def answer_arrives(self, data: st.DataObject) -> None:
        """Answers overtake each other too."""
        self._feed(self.answers.pop(data.draw(st.integers(0, min(4, len(self.answers) - 1)))))

    @rule()
    def all_is_delivered(self) -> None:
        """Nothing stays under way."""
        self._deliver_all()

    @rule()
    def stream_goes_down(self) -> None:
        """What was under way is lost, not queued."""
        self.is_stream_up = False
        self.exchange.stream.clear()
        self._feed(StreamDown(exchange="bybit", reason="x", ts_init_us=self.exchange.now_us))

    @rule()
    def stream_comes_up(self) -> None:
        """Nothing that happened meanwhile is told."""
        self.exchange.stream.clear()
        self.is_stream_up = True
        self._feed(StreamUp(exchange="bybit", ts_init_us=self.exchange.now_us))

    @rule()
    def store_goes_down(self) -> None:
        """The core learns of it with the first row that cannot be written."""
        self.is_store_up = False

    @rule()
    def store_comes_up(self) -> None:
        """Everything decided meanwhile is written, in order."""
        if not self.is_store_up:
            _now(self.store.commit(self.uncommitted))
            self.uncommitted.clear()
            self.is_store_up = self.is_store_told = True
            self._feed(StoreUp(ts_init_us=self.exchange.now_us))

    @rule(ms=st.sampled_from([250, 1_100, 4_000, 1_000_000]))
    def time_passes(self, ms: int) -> None:
        """What is under way to the exchange arrives within the send's deadline."""
        for sent_us, approved in list(self.in_transit):
            if self.exchange.now_us + ms * 1_000 - sent_us > _SEND_US:
                self._arrives(sent_us, approved)
        self.exchange.now_us += ms * 1_000
        self._feed(TimePassed(ts_init_us=self.exchange.now_us))

    @rule()
    def restart(self) -> None:
        """The process is killed: messages and unwritten rows are gone, the exchange stays."""
        _now(self.store.close())
        self.uncommitted.clear()
        self.answers.clear()
        self.exchange.stream.clear()
        self._start()

    @rule()
    def quiescence(self) -> None:
        """Everything is delivered and answered: both sides agree."""
        self._settle()
        for leg_id, theirs in self.exchange.legs.items():
            ours = self.state.leg(leg_id)
            assert ours.quantity == theirs.quantity
            assert abs(ours.entry_value - theirs.entry_value) < Decimal("1e-9")
            if theirs.quantity:
                wanted = self.state.wanted[leg_id]
                assert theirs.stop is not None
                assert not is_looser(leg_id, theirs.stop, wanted.stop_loss)
        assert self.state.health["bybit"].not_ready == ""
        assert not self.state.orders
        assert not self.state.unsettled
        assert not self.state.parked_fills
        assert self.state.reservations.total == 0
        fills = _now(self.store.fetch_fills())
        stored = {leg.leg_id: leg for leg in _now(self.store.load()).legs}
        assert {fill.trade_id for fill in fills} == {f.trade_id for f in self.exchange.fills}
        assert fills_differences(fills, stored) == ()
        assert stored == self.state.legs
        assert not _now(self.store.load()).orders

    def teardown(self) -> None:
        """Whatever was drawn, it can come to rest."""
        self.quiescence()

    # How events and commands travel.

    def _signal(self, signal_id: str) -> None:
        signal = a_signal(signal_id, Direction(signal_id.split("-")[0]))
        self._feed(SignalReceived(signal=signal, ts_init_us=self.exchange.now_us))

    def _settle(self) -> None:
        self.reads_work, self.send_fate, self.protection_fate = True, "answered", "set"
        self.exchange.parts = (Decimal(1),)
        self.store_comes_up()
        for sent in list(self.in_transit):
            self._arrives(*sent)
        if not self.is_stream_up:
            self.stream_comes_up()
        for _ in range(_SETTLED_TICKS):
            self._deliver_all()
            self._feed(self.exchange.quote())
            self.exchange.now_us += 1_100_000
            self._feed(TimePassed(ts_init_us=self.exchange.now_us))
        self._deliver_all()

    def _deliver_all(self) -> None:
        while self.exchange.stream or self.answers:
            self._feed((self.exchange.stream or self.answers).pop(0))

    def _feed(self, event: Event) -> list[Command]:
        """One step, checked against its twin and against the rules, then carried out."""
        if not self.is_stream_up and isinstance(event, QuoteSeen):
            return []
        commands = step(self.state, event)
        assert commands == step(self.twin, event), "the same events led to other commands"
        self._check(commands)
        records = [command for command in commands if isinstance(command, Record)]
        if self.is_store_up:
            _now(self.store.commit(records))
        else:
            self.uncommitted += records
        for command in commands:
            self._carry_out(command)
        if records and not self.is_store_up and not self.is_store_told:
            self.is_store_told = True
        elif records and not self.is_store_up and self.state.is_store_up:
            self._feed(StoreDown(reason="x", ts_init_us=self.exchange.now_us))
        return commands

    def _check(self, commands: list[Command]) -> None:
        state, limits = self.state, self.config.limits
        recorded: set[str] = set()
        for command in commands:
            if isinstance(command, Record) and isinstance(command.row, Order):
                recorded.add(command.row.client_order_id)
            if not isinstance(command, SubmitOrder):
                continue
            intent = command.approved.intent
            assert intent.client_order_id in recorded, "sent before it was recorded"
            assert intent.leg_id.position_idx in (1, 2)
            assert state.reservations.total <= limits.total_exposure_max_usdt
            if intent.reduce_only:
                assert intent.quantity <= state.leg(intent.leg_id).quantity
                continue
            assert intent.client_order_id not in self.sent, "an entry was sent twice"
            self.sent.add(intent.client_order_id)
            assert state.trading_state is TradingState.ACTIVE
            assert state.health["bybit"].not_ready == ""
            assert state.is_store_up
            self._check_exposure(intent.leg_id)
        for leg_id, wanted in state.wanted.items():
            life = (leg_id, state.leg(leg_id).episode)
            if wanted.stop_loss is not None:
                assert not is_looser(leg_id, wanted.stop_loss, self.stops.get(life))
                self.stops[life] = wanted.stop_loss

    def _check_exposure(self, leg_id: LegId) -> None:
        price = valuation_price(self.state.quotes[BTC])
        assert price is not None
        held, limits = self.state.reservations, self.config.limits
        open_value = {each.leg_id: each.quantity * price for each in self.state.open_legs()}
        of_leg = open_value.get(leg_id, Decimal(0)) + held.of_leg(leg_id)
        assert of_leg <= limits.leg_exposure_max_usdt
        assert sum(open_value.values(), held.total) <= limits.total_exposure_max_usdt

    def _carry_out(self, command: Command) -> None:
        if isinstance(command, SubmitOrder):
            self._send(command.approved)
        elif isinstance(command, SetLegProtection):
            self._protect(command)
        elif isinstance(command, QueryOrder | TakeSnapshot) and not self.reads_work:
            failed = ReadFailed(question=command, reason="x", ts_init_us=self.exchange.now_us)
            self.answers.append(failed)
        elif isinstance(command, TakeSnapshot):
            self.answers.append(self.exchange.snapshot(command.since_us))
        elif isinstance(command, QueryOrder):
            found = self.exchange.query(command.client_order_id)
            if isinstance(found, OrderNotFound):
                self.answers.append(found)
            else:
                self.answers += [*found[1], *([found[0]] if found[0] else [])]
        else:
            assert not isinstance(command, LoadCandles) or command.limit > 0

    def _send(self, approved: ApprovedOrder) -> None:
        key, now_us = approved.intent.client_order_id, self.exchange.now_us
        fate, self.send_fate = self.send_fate, "answered"
        if not self.is_store_up and not approved.intent.reduce_only:
            fate = "refused"
        if fate == "refused":
            refused = OrderRejected(client_order_id=key, code="x", reason="x", ts_init_us=now_us)
            self.answers.append(refused)
            return
        if fate == "answered":
            self.answers.append(self.exchange.submit(approved))
            return
        if fate == "lost":
            self.exchange.submit(approved)
        elif fate == "late":
            self.in_transit.append((now_us, approved))
        lost = OrderOutcomeUnknown(client_order_id=key, reason="timeout", ts_init_us=now_us)
        self.answers.append(lost)

    def _arrives(self, sent_us: int, approved: ApprovedOrder) -> None:
        self.in_transit.remove((sent_us, approved))
        self.exchange.submit(approved)

    def _protect(self, command: SetLegProtection) -> None:
        fate, self.protection_fate = self.protection_fate, "set"
        if fate == "set":
            self.answers.append(self.exchange.set_protection(command.protection))
            return
        if fate == "set unknown":
            self.exchange.set_protection(command.protection)
        self.answers.append(
            ProtectionRefused(
                protection=command.protection,
                code="10001" if fate == "refused" else "unknown",
                reason="x",
                ts_init_us=self.exchange.now_us,
            )
        )


TestStepMachine = StepMachine.TestCase
TestStepMachine.settings = settings(
    deadline=None,
    print_blob=True,
    max_examples=100,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
)
