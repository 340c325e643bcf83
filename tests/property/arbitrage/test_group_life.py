"""A group of two legs under anything that two exchanges can do, in any order."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot_trading.arbitrage.group import Action, Bounds, Phase, Prices, Which
from bot_trading.arbitrage.life import (
    close_group,
    on_answer,
    on_fill,
    on_funding,
    open_group,
    resolve,
)
from tests.builders.pairs import a_pair, a_side

BOUNDS = Bounds(settle_us=100, one_sided_max_us=500, close_again_us=60, loss_max=Decimal(10))
STEP = Decimal("0.001")
PRICES = st.integers(900, 1100).map(Decimal)


class TwoExchanges(RuleBasedStateMachine):
    """Orders that are under way at the exchanges, what they truly hold, and a ledger beside."""

    @initialize(steps=st.integers(1, 40), least=st.integers(1, 5))
    def enter(self, steps: int, least: int) -> None:
        """A group of some steps; the second exchange takes no order below its own minimum."""
        pair = a_pair(a_side("bybit"), a_side("binance", min_qty=least * STEP))
        self.quantity = max(steps, least) * STEP
        self.now_us, self.price = 0, Decimal(1000)
        self.group, entries = open_group("g", pair, BOUNDS, self.quantity, 0)
        self.under_way: dict[str, tuple[Action, Decimal]] = {}
        self.held = dict.fromkeys(Which, Decimal(0))
        self.ledger = dict.fromkeys(Which, Decimal(0))
        self.targets = [self.group.target]
        self._sent(entries)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), price=PRICES, ends=st.booleans())
    def fill(self, data: st.DataObject, price: Decimal, ends: bool) -> None:
        """An order fills in part or whole, as far as reduce-only lets it, and may end with that."""
        action, leaves = self._any_order(data)
        most = leaves if action.opens else min(leaves, self.held[action.which])
        part = data.draw(st.integers(0, int(most / STEP))) * STEP
        if part:
            self._book(action, part, price)
            self.under_way[action.order_id] = (action, leaves - part)
        if ends or part == leaves:
            self._end(action, refused=False)
        self._follow()

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """The exchange refuses an order, early or late."""
        self._end(self._any_order(data)[0], refused=True)
        self._follow()

    @rule(which=st.sampled_from(Which), price=PRICES)
    def stop(self, which: Which, price: Decimal) -> None:
        """The stop of a side takes all of it, by an order of the exchange's own."""
        if self.held[which]:
            stop = Action(
                order_id="stop", which=which, opens=False, quantity=self.held[which], cause="stop"
            )
            self._book(stop, stop.quantity, price)
        self._follow()

    @rule(which=st.sampled_from(Which), cents=st.integers(-500, 500))
    def fund(self, which: Which, cents: int) -> None:
        """Funding settles on one side."""
        amount = Decimal(cents) / 100
        self.ledger[which] += amount
        self.group = on_funding(self.group, which, amount)

    @rule(passed_us=st.integers(1, 150), price=PRICES)
    def time_passes(self, passed_us: int, price: Decimal) -> None:
        """Nothing is heard for a while, and prices move."""
        self.now_us += passed_us
        self.price = price
        self._follow()

    @rule()
    def leave(self) -> None:
        """The strategy wants to leave."""
        self.group = close_group(self.group, "exit")
        self._follow()

    @invariant()
    def the_account_is_that_of_the_ledger(self) -> None:
        """Each side's account is the ledger's, the group's the sum, to the last decimal."""
        for which in Which:
            assert self.group.side(which).pnl == self.ledger[which]
            assert self.group.side(which).held == self.held[which]
        assert self.group.pnl == sum(self.ledger.values())

    @invariant()
    def the_target_never_rises(self) -> None:
        """What was given up is not built up again."""
        assert self.targets == sorted(self.targets, reverse=True)

    @invariant()
    def no_side_is_ordered_beyond_the_quantity(self) -> None:
        """What a side holds and entries may add stays within what was approved."""
        for which in Which:
            assert self.group.side(which).held + self.group.side(which).opening <= self.quantity

    @invariant()
    def what_hangs_too_long_is_being_closed(self) -> None:
        """After the settling time all beyond the matched part is under way to be closed, or waits
        a moment after a refusal."""
        since = self.group.one_sided_since_us
        if since is None or self.now_us - since < BOUNDS.settle_us:
            return
        matched = self.group.pair.matched(self.held[Which.LONG], self.held[Which.SHORT])
        assert self.group.target <= matched
        for which in Which:
            side = self.group.side(which)
            closing = sum(each.leaves for each in side.under_way.values() if not each.opens)
            waits = self.now_us < side.close_not_before_us <= self.now_us + BOUNDS.close_again_us
            assert side.held - self.group.target <= closing or waits

    @invariant()
    def what_is_over_is_flat(self) -> None:
        """The end means that nothing is held and nothing can fill."""
        if self.group.phase is Phase.OVER:
            assert not any(self.held.values())
            assert not self.under_way

    def teardown(self) -> None:
        """Once exchanges fill what they are sent, every group comes to its end."""
        if not hasattr(self, "group"):
            return
        self.group = close_group(self.group, "exit")
        self._follow()
        for _ in range(10):
            self.now_us += BOUNDS.close_again_us
            for action, leaves in list(self.under_way.values()):
                most = leaves if action.opens else min(leaves, self.held[action.which])
                if most:
                    self._book(action, most, self.price)
                self._end(action, refused=False)
            self._follow()
        assert self.group.phase is Phase.OVER

    def _any_order(self, data: st.DataObject) -> tuple[Action, Decimal]:
        return self.under_way[data.draw(st.sampled_from(sorted(self.under_way)))]

    def _book(self, action: Action, part: Decimal, price: Decimal) -> None:
        fee = part * price * Decimal("0.0005")
        sells = action.opens == (action.which is Which.SHORT)
        self.ledger[action.which] += (part if sells else -part) * price - fee
        self.held[action.which] += part if action.opens else -part
        self.group = on_fill(
            self.group,
            action.which,
            action.order_id,
            opens=action.opens,
            quantity=part,
            price=price,
            commission=fee,
            now_us=self.now_us,
        )

    def _end(self, action: Action, *, refused: bool) -> None:
        del self.under_way[action.order_id]
        self.group = on_answer(self.group, action.which, action.order_id, refused=refused)

    def _follow(self) -> None:
        prices = Prices(
            long_bid=self.price - 1,
            long_ask=self.price,
            short_bid=self.price + 5,
            short_ask=self.price + 6,
        )
        self.group, actions = resolve(self.group, prices, self.now_us)
        self.targets.append(self.group.target)
        self._sent(actions)

    def _sent(self, actions: tuple[Action, ...]) -> None:
        for action in actions:
            assert action.quantity > 0
            assert action.opens or action.quantity <= self.held[action.which]
            self.under_way[action.order_id] = (action, action.quantity)


TwoExchanges.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_a_group_never_hangs_on_one_leg = TwoExchanges.TestCase
