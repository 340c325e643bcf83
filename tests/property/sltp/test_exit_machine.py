"""Both legs of a symbol through any life: entries, gaps, partial fills, strangers, restarts.

A tape of bytes drives the room with a small exchange around it; every byte is one step, after which
each rule is looked at again. 600 tapes of 200 steps are 120,000 steps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from bot_trading.domain.exits import LadderRung, RungStatus
from bot_trading.domain.instrument import Instrument, LegId
from bot_trading.domain.order import Order, OrderPurpose, OrderSide, OrderStatus, OrderType
from bot_trading.domain.position import PositionLeg, is_looser
from bot_trading.portfolio.legs import apply_fill
from bot_trading.sltp.enhanced import (
    CloseRung,
    EnhancedSLTPManager,
    LegView,
    MoveStop,
    WithdrawRung,
)
from bot_trading.sltp.partial import rung_filled
from bot_trading.sltp.policy import (
    DEFAULT_POLICY,
    ExitPolicy,
    LadderExecution,
    LadderLevel,
    LockLevel,
    PartialTakeProfit,
    ProfitProtection,
    TimeAdjustment,
    TrailingStop,
    TrailingType,
)
from tests.builders.core import LONG, NOW_US, SHORT, a_fill, an_instrument, an_order, d

STEPS = 200
ZERO = Decimal(0)
OTHER_POLICY = ExitPolicy(
    stop_loss_percent=d(1),
    partial_take_profit=PartialTakeProfit(
        levels=(
            LadderLevel(percent=d("0.5"), close_ratio=d("0.33")),
            LadderLevel(percent=d(1), close_ratio=d("0.33")),
            LadderLevel(percent=d(2), close_ratio=d("0.34")),
        ),
        execution=LadderExecution.ON_TOUCH,
    ),
    profit_protection=ProfitProtection(
        breakeven_percent=d("0.4"),
        breakeven_offset_percent=d("0.12"),
        lock_levels=(LockLevel(trigger_percent=d("1.5"), lock_percent=d(1)),),
        max_updates=3,
    ),
    trailing_stop=TrailingStop(
        kind=TrailingType.FIXED,
        activation_percent=d("0.8"),
        distance_usdt=d(200),
        max_distance_percent=d(2),
    ),
    time_adjustment=TimeAdjustment(tighten_after_s=600, tighten_ratio=d("0.5")),
)


@dataclass(slots=True)
class Life:
    """One leg with everything that rests for it, and what must hold about it."""

    leg: PositionLeg
    manager: EnhancedSLTPManager
    rules: Instrument
    rungs: tuple[LadderRung, ...] = ()
    stop: Decimal | None = None
    updates: int = 0
    working: dict[int, Order] = field(default_factory=dict)
    entered: Decimal = ZERO
    exited: Decimal = ZERO
    closed_by_level: dict[int, Decimal] = field(default_factory=dict)
    rows: dict[int, LadderRung] = field(default_factory=dict)
    fills: int = 0

    def enter(self, steps: int, price: Decimal) -> None:
        """A fill of an entry, which brings its own stop."""
        if self.leg.is_flat:
            self.rungs, self.updates, self.stop = (), 0, None
            self.entered = self.exited = ZERO
            self.closed_by_level.clear()
            self.rows.clear()
        quantity = steps * self.rules.qty_step
        self._book(quantity, price, opens=True)
        self.entered += quantity
        sign = 1 if self.leg.leg_id.is_long else -1
        first = self.rules.price_for(price * (1 - sign * d("0.006")), towards_up=sign > 0)
        if is_looser(self.leg.leg_id, self.stop, first):
            self.stop = first
        self._plan()

    def look(self, price: Decimal, market_us: int) -> None:
        """One decision, carried out as an exchange would."""
        if self.leg.is_flat:
            return
        view = LegView(
            leg=self.leg,
            instrument=self.rules,
            price=price,
            market_us=market_us,
            stop=self.stop,
            rungs=self.rungs,
            working=self.working,
            busy=tuple(self.working),
            updates=self.updates,
        )
        intents = self.manager.decide(view)
        assert intents == self.manager.decide(replace(view)), "the same view, other intents"
        for intent in intents:
            if isinstance(intent, MoveStop):
                assert is_looser(self.leg.leg_id, self.stop, intent.stop_loss), "a stop loosened"
                self.stop = intent.stop_loss
                self.updates += intent.is_update
            elif isinstance(intent, WithdrawRung):
                del self.working[intent.rung.level]
            elif isinstance(intent, CloseRung):
                self._send(intent, price)

    def level_fills(self, level: int, part: Decimal) -> None:
        """A part of a resting order executes at its price."""
        order = self.working.get(level)
        price = None if order is None else order.price
        if order is None or price is None or self.leg.is_flat:
            return
        left = min(order.leaves_qty, self.leg.quantity)
        quantity = min(left, max(self.rules.quantity_down(left * part), self.rules.qty_step))
        order = replace(order, filled_qty=order.filled_qty + quantity)
        self.working[level] = order
        if order.filled_qty == order.quantity:
            del self.working[level]
        self._take(level, quantity, price)

    def stranger_closes(self, part: Decimal, price: Decimal) -> None:
        """Someone else closes a part; the exchange need not have cut what rests (fault F14)."""
        quantity = self.rules.quantity_down(self.leg.quantity * part)
        if quantity > 0:
            self._exit(quantity, price)
            self._plan()

    def stop_triggers(self, price: Decimal) -> None:
        """The stop closes all that is open once the price is at it."""
        is_long = self.leg.leg_id.is_long
        if self.leg.is_flat or self.stop is None:
            return
        if price <= self.stop if is_long else price >= self.stop:
            self._exit(self.leg.quantity, price)

    def restart(self) -> None:
        """Only rows survive: the rungs come back as they were written."""
        if self.leg.is_flat:
            return
        before = [(rung.level, rung.quantity, rung.price, rung.filled_qty) for rung in self.rungs]
        stored = tuple(self.rows[level] for level in sorted(self.rows))
        self.rungs = self.manager.plan(self.leg, self.rules, stored)
        after = [(rung.level, rung.quantity, rung.price, rung.filled_qty) for rung in self.rungs]
        assert after == before, "a restart changed the ladder"

    def check(self) -> None:
        """The rules of this leg."""
        leg = self.leg
        assert self.entered == self.exited + leg.quantity == leg.entered_qty or leg.episode == 0
        if leg.is_flat:
            assert not self.working, "an order of a flat leg rests"
            return
        begun = [rung for rung in self.rungs if rung.filled_qty > 0]
        fresh = [rung for rung in self.rungs if rung.filled_qty == 0]
        kept = sum((rung.remaining_qty for rung in begun), ZERO)
        assert sum((rung.quantity for rung in fresh), ZERO) <= max(leg.quantity - kept, ZERO)
        for rung in self.rungs:
            assert rung.filled_qty == self.closed_by_level.get(rung.level, ZERO) <= rung.quantity
            assert rung.price % self.rules.tick_size == 0
            if rung.quantity and rung.filled_qty == 0:
                assert rung.quantity >= self.rules.min_qty
                assert rung.quantity * rung.price >= self.rules.min_notional

    def _send(self, intent: CloseRung, price: Decimal) -> None:
        rung = intent.rung
        assert rung.status is not RungStatus.FILLED, "a level twice"
        assert rung.level not in self.working, "two orders for one level"
        assert 0 < intent.quantity <= self.leg.quantity
        assert intent.quantity + self.closed_by_level.get(rung.level, ZERO) <= rung.quantity
        if intent.price is None:
            self._take(rung.level, intent.quantity, price)
            return
        self.working[rung.level] = an_order(
            client_order_id=f"{self.leg.leg_id}-{rung.level}",
            leg_id=self.leg.leg_id,
            side=self._side(opens=False),
            order_type=OrderType.LIMIT,
            quantity=intent.quantity,
            price=intent.price,
            status=OrderStatus.ACCEPTED,
            purpose=OrderPurpose.TARGET,
            reduce_only=True,
        )

    def _take(self, level: int, quantity: Decimal, price: Decimal) -> None:
        self.closed_by_level[level] = self.closed_by_level.get(level, ZERO) + quantity
        at = next(n for n, rung in enumerate(self.rungs) if rung.level == level)
        filled = rung_filled(self.rungs[at], quantity)
        self.rungs = (*self.rungs[:at], filled, *self.rungs[at + 1 :])
        self._exit(quantity, price)
        self._plan()

    def _exit(self, quantity: Decimal, price: Decimal) -> None:
        self.exited += quantity
        self._book(quantity, price, opens=False)
        if self.leg.is_flat:
            self.working.clear()

    def _plan(self) -> None:
        if not self.leg.is_flat:
            self.rungs = self.manager.plan(self.leg, self.rules, self.rungs)
            self.rows |= {rung.level: rung for rung in self.rungs if rung.quantity > 0}

    def _side(self, *, opens: bool) -> OrderSide:
        return OrderSide.BUY if self.leg.leg_id.is_long == opens else OrderSide.SELL

    def _book(self, quantity: Decimal, price: Decimal, *, opens: bool) -> None:
        self.fills += 1
        fill = a_fill(
            trade_id=str(self.fills),
            leg_id=self.leg.leg_id,
            side=self._side(opens=opens),
            last_qty=quantity,
            last_px=price,
        )
        self.leg = apply_fill(self.leg, fill)


def lives(rules: Instrument) -> dict[LegId, Life]:
    """Two legs of one symbol with different ladders."""
    return {
        leg_id: Life(PositionLeg(leg_id=leg_id), EnhancedSLTPManager(policy), rules)
        for leg_id, policy in ((LONG, DEFAULT_POLICY), (SHORT, OTHER_POLICY))
    }


def _step(life: Life, kind: int, size: int, price: Decimal, market_us: int) -> None:
    """One event of one leg; `size` of 0 to 15 says how much of it."""
    if kind == 0:
        life.enter(1 + size * 3, price)
    elif kind in (1, 2):
        life.level_fills(1 + size % 3, Decimal(1 + size) / 16)
    elif kind == 3:
        life.stranger_closes(Decimal(size) / 20, price)
    elif kind == 4:
        life.restart()
    life.stop_triggers(price)
    life.look(price, market_us)


@settings(deadline=None, max_examples=600, print_blob=True)
@given(
    tape=st.binary(min_size=STEPS, max_size=STEPS),
    min_qty=st.sampled_from(["0.001", "0.004"]),
    min_notional=st.sampled_from(["5", "400"]),
)
def test_whatever_happens_every_leg_keeps_its_rules(
    tape: bytes, min_qty: str, min_notional: str
) -> None:
    """Exits and what is open sum to what was entered, no level twice, no stop loosens, and what
    happens to one leg never touches the other."""
    both = lives(an_instrument(min_qty=d(min_qty), min_notional=d(min_notional)))
    price, market_us = d(50000), NOW_US
    for byte in tape:
        leg_id = LONG if byte & 1 else SHORT
        kind, size = (byte >> 1) & 7, byte >> 4
        if kind > 4:
            price = (price * (1000 + (size - 7) * (kind - 4)) / 1000).quantize(d("0.1"))
        market_us += 20_000_000
        other = both[SHORT if leg_id == LONG else LONG]
        untouched = (other.leg, other.rungs, dict(other.working), other.stop)
        _step(both[leg_id], kind, size, price, market_us)
        assert untouched == (other.leg, other.rungs, other.working, other.stop)
        for life in both.values():
            life.check()
