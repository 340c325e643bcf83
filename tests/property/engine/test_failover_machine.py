"""Two exchanges that come and go under signals, fills and closes, in any order.

Whatever happens, a signal is one order on one exchange, an entry goes where entries are taken and
taken rightly, and what closes or protects a leg goes to the exchange that holds it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.messages import (
    CloseLeg,
    Event,
    SetLegProtection,
    SignalReceived,
    StreamDown,
    StreamUp,
    SubmitOrder,
    TimePassed,
)
from bot_trading.domain.order import OrderIntent
from bot_trading.domain.reports import OrderAccepted, QuoteSeen
from bot_trading.domain.signal import Direction
from bot_trading.engine.step import step
from tests.builders.core import (
    BTC,
    NOW_US,
    a_fill_report,
    a_leg_report,
    a_quote,
    a_signal,
    d,
)
from tests.builders.two_exchanges import NAMES, SECOND_US, snapshot_of, two_ready

_EXCHANGE = st.sampled_from(NAMES)


class FailoverMachine(RuleBasedStateMachine):
    """What can happen to a core over two exchanges."""

    def __init__(self) -> None:
        super().__init__()
        self.state = two_ready()
        self.now_us = NOW_US
        self.count = 0
        self.entries: Counter[str] = Counter()
        self.waiting: list[OrderIntent] = []

    def feed(self, event: Event) -> None:
        """One event, and what its commands must obey."""
        held = {leg.leg_id for leg in self.state.open_legs()}
        for command in step(self.state, event):
            if isinstance(command, SetLegProtection):
                assert not self.state.leg(command.protection.leg_id).is_flat
            if isinstance(command, SubmitOrder):
                self._judge(command.approved.intent, held)

    def _judge(self, intent: OrderIntent, held: set[LegId]) -> None:
        if intent.reduce_only:
            assert intent.leg_id in held
        else:
            assert intent.leg_id.exchange == self.state.route.active
            assert self.state.health[intent.leg_id.exchange].not_ready == ""
            self.entries[intent.signal_id or ""] += 1
        self.waiting.append(intent)

    @rule(seconds=st.sampled_from([0.25, 1, 3, 6, 30, 61]))
    def time_passes(self, seconds: float) -> None:
        """Prices stay fresh while it does."""
        self.now_us += int(seconds * SECOND_US)
        self.feed(TimePassed(ts_init_us=self.now_us))
        for name in NAMES:
            instrument_id = InstrumentId(name, BTC.symbol)
            quote = a_quote(
                instrument_id=instrument_id, ts_event_us=self.now_us, ts_init_us=self.now_us
            )
            self.feed(QuoteSeen(quote=quote))

    @rule(exchange=_EXCHANGE)
    def exchange_is_lost(self, exchange: str) -> None:
        """Its streams end."""
        self.feed(StreamDown(exchange=exchange, reason="gone", ts_init_us=self.now_us))

    @rule(exchange=_EXCHANGE)
    def exchange_is_back(self, exchange: str) -> None:
        """With everything that it holds, which is what we know."""
        self.feed(StreamUp(exchange=exchange, ts_init_us=self.now_us))
        legs = tuple(
            a_leg_report(leg_id=leg.leg_id, quantity=leg.quantity, ts_event_us=self.now_us)
            for leg in self.state.open_legs()
            if leg.leg_id.exchange == exchange
        )
        self.feed(snapshot_of(exchange, legs=legs, ts_init_us=self.now_us))

    @rule(direction=st.sampled_from(Direction), exchange=_EXCHANGE)
    def new_signal(self, direction: Direction, exchange: str) -> None:
        """An opinion formed on the market of either exchange."""
        self.count += 1
        self._signal(self.count, direction, exchange)

    @rule(data=st.data(), direction=st.sampled_from(Direction), exchange=_EXCHANGE)
    def repeated_signal(self, data: st.DataObject, direction: Direction, exchange: str) -> None:
        """Delivered again, perhaps under the other exchange's name."""
        if self.count:
            self._signal(data.draw(st.integers(1, self.count)), direction, exchange)

    def _signal(self, number: int, direction: Direction, exchange: str) -> None:
        opinion = a_signal(f"s-{number}", direction)
        moved = replace(
            opinion,
            instrument_id=InstrumentId(exchange, BTC.symbol),
            ts_event_us=self.now_us,
        )
        self.feed(SignalReceived(signal=moved, ts_init_us=self.now_us))

    @rule(is_filled=st.booleans())
    def the_oldest_send_is_answered(self, is_filled: bool) -> None:
        """Accepted, and perhaps filled at once."""
        if not self.waiting:
            return
        intent = self.waiting.pop(0)
        order_id = intent.client_order_id
        self.feed(
            OrderAccepted(
                client_order_id=order_id,
                exchange_order_id=f"x-{order_id}",
                ts_init_us=self.now_us,
            )
        )
        if is_filled:
            fill = a_fill_report(
                exchange=intent.leg_id.exchange,
                trade_id=f"t-{order_id}",
                client_order_id=order_id,
                exchange_order_id=f"x-{order_id}",
                side=intent.side,
                position_idx=intent.leg_id.position_idx,
                last_qty=intent.quantity,
                last_px=d(50_000),
                ts_event_us=self.now_us,
                ts_init_us=self.now_us,
            )
            self.feed(fill)

    @rule(exchange=_EXCHANGE, idx=st.sampled_from([PositionIdx.LONG, PositionIdx.SHORT]))
    def person_closes(self, exchange: str, idx: PositionIdx) -> None:
        """A leg, wherever it is."""
        self.count += 1
        leg_id = LegId(exchange, BTC.symbol, idx)
        self.feed(
            CloseLeg(
                leg_id=leg_id,
                close_ratio=d(1),
                request_id=f"r-{self.count}",
                ts_init_us=self.now_us,
            )
        )

    @invariant()
    def a_signal_is_one_order(self) -> None:
        """On one exchange."""
        assert all(count == 1 for count in self.entries.values())

    @invariant()
    def entries_go_somewhere_known(self) -> None:
        """To one of the exchanges."""
        assert self.state.route.active in NAMES


TestFailoverMachine = FailoverMachine.TestCase
TestFailoverMachine.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
