"""A core on a bench: every event and command passes through here, checked and carried out.

The plumbing around it is a model too: a store that may be off, answers that wait, sends that are
lost on their way there or back.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot_trading.domain.account import TradingState
from bot_trading.domain.instrument import LegId
from bot_trading.domain.messages import (
    AmendOrder,
    CancelOrder,
    Command,
    Event,
    LoadCandles,
    QueryOrder,
    ReadFailed,
    Record,
    SetLegProtection,
    SignalReceived,
    StoreDown,
    StoreUp,
    StreamUp,
    SubmitOrder,
    TakeSnapshot,
    TimePassed,
)
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.position import is_looser
from bot_trading.domain.reports import (
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
    QuoteSeen,
)
from bot_trading.domain.signal import Direction
from bot_trading.engine.recovery import restore
from bot_trading.engine.state import EngineState
from bot_trading.engine.step import step
from bot_trading.market.prices import valuation_price
from bot_trading.sltp.policy import ExitPolicy
from bot_trading.storage.memory import Memory, MemoryStore
from bot_trading.storage.reading import SavedOrder
from tests.builders.core import BTC, a_core_config, a_signal
from tests.builders.core_sums import check_sums
from tests.builders.model_amend import amend
from tests.builders.model_exchange import ModelExchange

__all__ = ["CoreBench", "run_now"]

_SETTLED_TICKS = 16
# What failed before is asked again within half a minute.
_TICK_US = 5_000_000


def run_now(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the store in memory waited for something")


def _forget_what_spares_work(state: EngineState) -> None:
    """No leg is known to be calm or in order."""
    state.calm_at.clear()
    state.calm.clear()
    for leg_id, exits in state.exits.items():
        state.exits[leg_id] = replace(exits, at_rest=None)


class CoreBench:
    """One core, its twin, a model exchange, and the messages under way between them.

    Each step is checked against the twin and against the rules before it is carried out. The twin
    decides on every leg each time: what the core spares itself must change no command.
    """

    def __init__(self, exits: ExitPolicy | None = None) -> None:
        self.config = a_core_config(exits=exits)
        self.memory = Memory()
        self.exchange = ModelExchange()
        self.answers: list[Event] = []
        self.uncommitted: list[Record] = []
        self.in_transit: list[tuple[int, ApprovedOrder]] = []
        self.signals: list[str] = []
        self.sent: set[str] = set()
        self.stops: dict[tuple[LegId, int], Decimal] = {}
        self.tightest: dict[tuple[LegId, int], Decimal] = {}
        self.signal_count = self.close_count = 0
        self.send_fate = "answered"
        self.protection_fate = "set"
        self.amend_fate = "done"
        self.reads_work = True
        self.is_store_up = True
        self.is_stream_up = False
        self.start()

    def start(self) -> None:
        """A new process over what was stored."""
        self.store = MemoryStore(self.memory)
        run_now(self.store.open("test"))
        stored = run_now(self.store.load())
        self.state = restore(self.config, stored, self.exchange.now_us)
        self.twin = restore(self.config, stored, self.exchange.now_us)
        self.is_store_up = True
        self.is_stream_up = False
        self.stops.clear()

    def stream_up(self) -> None:
        """Nothing that happened meanwhile is told."""
        self.exchange.stream.clear()
        self.is_stream_up = True
        self.feed(StreamUp(exchange="bybit", ts_init_us=self.exchange.now_us))

    def store_up(self) -> None:
        """Everything decided meanwhile is written, in order."""
        if not self.is_store_up:
            run_now(self.store.commit(self.uncommitted))
            self.uncommitted.clear()
            self.is_store_up = True
            self.feed(StoreUp(ts_init_us=self.exchange.now_us))

    def signal(self, signal_id: str) -> None:
        """Give the core a signal; its id names its direction."""
        signal = a_signal(signal_id, Direction(signal_id.split("-")[0]))
        self.feed(SignalReceived(signal=signal, ts_init_us=self.exchange.now_us))

    def stored_orders(self) -> tuple[SavedOrder, ...]:
        """Every order that was ever stored."""
        found: tuple[SavedOrder, ...] = run_now(self.store.fetch_orders())
        return found

    def repeat_report(self, at: int) -> None:
        """The exchange tells again what became of an order, however long ago it ended."""
        orders = list(self.exchange.orders.values())
        order = orders[at % len(orders)]
        self.feed(self.exchange.report(order))
        for fill in order.fills:
            self.feed(fill)

    def settle(self) -> None:
        """Let everything work, arrive and be answered, for as long as it takes to agree."""
        self.reads_work, self.send_fate, self.protection_fate = True, "answered", "set"
        self.amend_fate = "done"
        self.exchange.parts = (Decimal(1),)
        self.store_up()
        for sent in list(self.in_transit):
            self.arrives(*sent)
        if not self.is_stream_up:
            self.stream_up()
        for _ in range(_SETTLED_TICKS):
            self.deliver_all()
            self.feed(self.exchange.quote())
            self.exchange.now_us += _TICK_US
            self.feed(TimePassed(ts_init_us=self.exchange.now_us))
        self.deliver_all()

    def deliver_all(self) -> None:
        """Deliver what is under way, in order."""
        while self.exchange.stream or self.answers:
            self.feed((self.exchange.stream or self.answers).pop(0))

    def feed(self, event: Event) -> list[Command]:
        """One step, checked against its twin and against the rules, then carried out."""
        if not self.is_stream_up and isinstance(event, QuoteSeen):
            return []
        _forget_what_spares_work(self.twin)
        commands = step(self.state, event)
        assert commands == step(self.twin, event), "the same events led to other commands"
        self._check(commands)
        check_sums(self.state)
        records = [command for command in commands if isinstance(command, Record)]
        if self.is_store_up:
            run_now(self.store.commit(records))
        else:
            self.uncommitted += records
        for command in commands:
            self._carry_out(command)
        if records and not self.is_store_up and self.state.is_store_up:
            self.feed(StoreDown(reason="x", ts_init_us=self.exchange.now_us))
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
            assert state.trading_state is TradingState.ACTIVE
            assert state.health["bybit"].not_ready == ""
            assert state.is_store_up
            self._check_exposure(intent.leg_id)
        for leg_id, wanted in state.wanted.items():
            life = (leg_id, state.leg(leg_id).episode)
            if wanted.stop_loss is not None:
                assert not is_looser(leg_id, wanted.stop_loss, self.stops.get(life))
                self.stops[life] = wanted.stop_loss
                if is_looser(leg_id, self.tightest.get(life), wanted.stop_loss):
                    self.tightest[life] = wanted.stop_loss

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
        elif isinstance(command, AmendOrder):
            self._amend(command)
        elif isinstance(command, CancelOrder):
            self.exchange.cancel(command.client_order_id)
            self._query(command.client_order_id)
        elif isinstance(command, QueryOrder | TakeSnapshot) and not self.reads_work:
            failed = ReadFailed(question=command, reason="x", ts_init_us=self.exchange.now_us)
            self.answers.append(failed)
        elif isinstance(command, TakeSnapshot):
            self.answers.append(self.exchange.snapshot(command.since_us))
        elif isinstance(command, QueryOrder):
            self._query(command.client_order_id)
        else:
            assert not isinstance(command, LoadCandles) or command.limit > 0

    def _amend(self, command: AmendOrder) -> None:
        fate, self.amend_fate = self.amend_fate, "done"
        self.answers.append(amend(self.exchange, command, fate))
        if self.reads_work:
            self._query(command.order.client_order_id)

    def _query(self, client_order_id: str) -> None:
        found = self.exchange.query(client_order_id)
        if isinstance(found, OrderNotFound):
            self.answers.append(found)
        else:
            self.answers += [*found[1], *([found[0]] if found[0] else [])]

    def _send(self, approved: ApprovedOrder) -> None:
        key, now_us = approved.intent.client_order_id, self.exchange.now_us
        fate, self.send_fate = self.send_fate, "answered"
        if not self.is_store_up and not approved.intent.reduce_only:
            fate = "refused"
        elif not approved.intent.reduce_only:
            assert key not in self.sent, "an entry was sent twice"
            self.sent.add(key)
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

    def arrives(self, sent_us: int, approved: ApprovedOrder) -> None:
        """A late send reaches the exchange."""
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
