"""A group of two legs under anything that two exchanges can do, in any order, through the core.

The core is the real one, `step` with its orders, legs and risk; only the exchanges are played.
"""

from __future__ import annotations

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot_trading.arbitrage.group import Bounds, Side
from bot_trading.domain.group import GroupPhase, LegGroup
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderPurpose
from bot_trading.engine.group_view import pair_of, sides_of
from tests.builders.paper_pair import BINANCE, BYBIT, PaperPair, a_pair_config, a_spec

LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("binance", "BTCUSDT", PositionIdx.SHORT)
STEP = Decimal("0.001")
BOUNDS = Bounds(
    settle_us=100_000, one_sided_max_us=500_000, close_again_us=60_000, loss_max=Decimal(20)
)
SPEC = a_spec(bounds=BOUNDS, pause_us=10**12)


class TwoExchanges(RuleBasedStateMachine):
    """Orders under way at the exchanges, what they truly hold, and their ledger beside the core."""

    @initialize(least=st.integers(1, 5))
    def enter(self, least: int) -> None:
        """A group of 19 steps; the second exchange takes no order below its own minimum."""
        self.paper = PaperPair.ready(
            a_pair_config(arbitrage=SPEC), binance={"min_qty": least * STEP}
        )
        self.least = least
        self.quantity = self.paper.enter()[0].quantity
        self.targets = [self._group().target]

    @precondition(lambda self: self.paper.under_way)
    @rule(data=st.data(), ends=st.booleans(), move=st.integers(-40, 40))
    def fill(self, data: st.DataObject, ends: bool, move: int) -> None:
        """An order fills in part or whole, as far as reduce-only lets it, and may end with that."""
        order_id = self._any_order(data)
        intent, leaves = self.paper.under_way[order_id]
        held = self.paper.held.get(intent.leg_id, Decimal(0))
        most = min(leaves, held) if intent.reduce_only else leaves
        part = data.draw(st.integers(0, int(most / STEP))) * STEP
        price = self.paper.prices[intent.leg_id.instrument_id] + move
        self.paper.fill(order_id, part, price)
        if ends or part == leaves:
            self.paper.end(order_id)
        self._note()

    @precondition(lambda self: self.paper.under_way)
    @rule(data=st.data())
    def refuse(self, data: st.DataObject) -> None:
        """The exchange refuses an order of which nothing filled, early or late."""
        order_id = self._any_order(data)
        intent, leaves = self.paper.under_way[order_id]
        if leaves == intent.quantity:
            self.paper.refuse(order_id)
        else:
            self.paper.end(order_id)
        self._note()

    @precondition(lambda self: self.paper.under_way)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        """An answer is lost; the order goes on as if nothing was."""
        self.paper.lose(self._any_order(data))
        self._note()

    @rule(leg_id=st.sampled_from((LONG, SHORT)))
    def stop(self, leg_id: LegId) -> None:
        """The stop of a side takes all of it, by an order of the exchange's own."""
        self.paper.stop_out(leg_id)
        self._note()

    @rule(leg_id=st.sampled_from((LONG, SHORT)), cents=st.integers(1, 500), pays=st.booleans())
    def fund(self, leg_id: LegId, cents: int, pays: bool) -> None:
        """Funding settles on one side."""
        amount = Decimal(cents) / 100
        self.paper.fund(leg_id, -amount if pays else amount)

    @rule(passed_us=st.integers(1_000, 150_000), move=st.integers(-300, 300))
    def time_passes(self, passed_us: int, move: int) -> None:
        """Nothing is heard for a while, and both prices move."""
        self.paper.now_us += passed_us
        for each, basis in ((BYBIT, 0), (BINANCE, 250)):
            self.paper.quote(each, 50_000 + move + basis)
            self._note()

    @rule()
    def converge(self) -> None:
        """The difference is gone: the strategy wants to leave."""
        for each in (BYBIT, BINANCE):
            self.paper.quote(each, 50_000)
            self._note()

    @invariant()
    def the_account_is_that_of_the_ledger(self) -> None:
        """Each leg holds what its exchange holds, and the group's account of flat legs is the
        exchanges' own, to the last decimal."""
        group = self._group()
        for leg_id in group.legs:
            assert self.paper.state.leg(leg_id).quantity == self.paper.held.get(leg_id, 0)
        if not any(self.paper.held.values()):
            assert group.long_pnl == self.paper.ledger.get(LONG, 0)
            assert group.short_pnl == self.paper.ledger.get(SHORT, 0)
        assert group.pnl == group.long_pnl + group.short_pnl

    @invariant()
    def the_target_never_rises(self) -> None:
        """What was given up is not built up again."""
        assert self.targets == sorted(self.targets, reverse=True)

    @invariant()
    def no_side_is_ordered_beyond_the_quantity(self) -> None:
        """What a side holds and entries may add stays within what was approved."""
        for side in self._sides():
            assert side.held + side.opening <= self.quantity

    @invariant()
    def reserved_is_what_entries_may_still_spend(self) -> None:
        """Nothing is released twice and nothing stays: the reservation is that of open entries."""
        open_entries = sum(
            intent.reference_px * leaves
            for intent, leaves in self.paper.under_way.values()
            if intent.purpose is OrderPurpose.ENTRY
        )
        assert self.paper.state.reservations.total == open_entries

    @invariant()
    def what_hangs_too_long_is_being_closed(self) -> None:
        """After the settling time all beyond the matched part is under way to be closed, by orders
        that are fresh, or waits for the pause between two closes."""
        group = self._group()
        since = group.one_sided_since_us
        if since is None or self.paper.now_us - since < BOUNDS.settle_us:
            return
        pair = pair_of(self.paper.state, SPEC, "BTCUSDT")
        held = [self.paper.held.get(leg_id, Decimal(0)) for leg_id in group.legs]
        assert group.target <= pair.matched(*held)  # type: ignore[union-attr]
        for side in self._sides():
            assert side.held - group.target <= side.closing or not side.may_close
            if side.may_close:
                assert side.held - group.target <= side.closing - side.closing_stale

    @invariant()
    def nothing_is_closed_beyond_what_hangs(self) -> None:
        """Fresh closes never take from the part that stays matched; a stop may overtake one of a
        group that leaves."""
        group = self._group()
        for side in self._sides() if group.target else ():
            assert side.closing - side.closing_stale <= max(side.held - group.target, Decimal(0))

    @invariant()
    def a_rest_can_always_be_closed(self) -> None:
        """What stays matched leaves no rest below an exchange's minimum behind."""
        group = self._group()
        if group.phase is GroupPhase.HEDGED:
            assert group.target == 0 or group.target >= self.least * STEP
            held = {self.paper.held.get(leg_id, Decimal(0)) for leg_id in group.legs}
            assert held == {group.target}

    @invariant()
    def the_one_sided_stretch_is_measured(self) -> None:
        """The clock of one-sidedness runs exactly while one leg holds more than the other."""
        long, short = (self.paper.held.get(each, Decimal(0)) for each in (LONG, SHORT))
        assert (self._group().one_sided_since_us is not None) == (long != short)

    @invariant()
    def what_is_over_is_flat(self) -> None:
        """The end means that nothing is held and nothing can fill."""
        if self._group().phase is GroupPhase.OVER:
            assert not any(self.paper.held.values())
            assert not self.paper.under_way

    def teardown(self) -> None:
        """Once exchanges fill what they are sent, every group comes to its end."""
        if not hasattr(self, "paper"):
            return
        self.converge()
        for _ in range(40):
            for order_id in list(self.paper.under_way):
                if order_id in self.paper.under_way:
                    self.paper.fill(order_id)
                    self.paper.end(order_id)
            if self._group().phase is GroupPhase.OVER:
                break
            self.paper.now_us += 1_000_000
            self.converge()
        assert self._group().phase is GroupPhase.OVER
        assert self.paper.state.reservations.total == 0

    def _group(self) -> LegGroup:
        group = self.paper.group
        assert group is not None
        return group

    def _sides(self) -> tuple[Side, Side]:
        state, group = self.paper.state, self._group()
        pair = pair_of(state, SPEC, "BTCUSDT")
        return sides_of(state, SPEC, pair, group)  # type: ignore[arg-type]

    def _any_order(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.paper.under_way)))

    def _note(self) -> None:
        self.targets.append(self._group().target)


TwoExchanges.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_a_group_never_hangs_on_one_leg = TwoExchanges.TestCase
