"""`EnhancedSLTPManager`: a leg, its prices and its protection so far in; intents out.

It holds the policy and nothing else. What it wants is a proposal: the engine takes it through risk
and to the exchange, and tells by the next call what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot_trading.domain.exits import LadderRung
from bot_trading.domain.instrument import Instrument
from bot_trading.domain.order import Order
from bot_trading.domain.position import NativeTrailing, PositionLeg, is_looser
from bot_trading.sltp.calm import Calm, calm_until
from bot_trading.sltp.partial import due_rungs, order_quantity, plan_ladder
from bot_trading.sltp.policy import DEFAULT_POLICY, ExitPolicy, LadderExecution
from bot_trading.sltp.protection import (
    StopIdea,
    on_its_side,
    profit_stop,
    tightened_stop,
    tighter,
    update_sl_after_partial,
)
from bot_trading.sltp.trailing import is_wild, native_trailing, tightening, trailing_stop

__all__ = [
    "AmendRung",
    "CloseRung",
    "CloseWhole",
    "EnhancedSLTPManager",
    "Intent",
    "LegView",
    "MoveStop",
    "WithdrawRung",
]


@dataclass(frozen=True, slots=True)
class MoveStop:
    """Let the stop rest here; `is_update` when profit protection moved it, which is limited."""

    stop_loss: Decimal
    cause: str
    is_update: bool


@dataclass(frozen=True, slots=True)
class CloseRung:
    """Send an order for a rung: a limit order at its price, or a market order without one."""

    rung: LadderRung
    quantity: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class AmendRung:
    """Let a resting order close `quantity` more than it has, at its rung's price."""

    rung: LadderRung
    order: Order
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class WithdrawRung:
    """Take a resting order back that no longer is what its rung wants."""

    rung: LadderRung
    order: Order
    cause: str


@dataclass(frozen=True, slots=True)
class CloseWhole:
    """Close all that is left, at once."""

    cause: str


Intent = MoveStop | CloseRung | AmendRung | WithdrawRung | CloseWhole


@dataclass(slots=True)
class LegView:
    """What is known of an open leg at one instant: prices, and its protection so far.

    `stop` is the stop that is wanted now, `atr` the average true range in quote coin when known,
    `working` the live order of each level, `busy` the levels whose last order is not settled,
    `amendable` those whose order its exchange may change in place.
    `may_take` is False while the ladder must wait: an entry is under way, or trading is halted.
    `may_close` is False while trading is halted: volatility then closes nothing, and stops move on.
    `is_served` says that the ladder was looked at since anything of it changed, and is in order;
    `is_calm` that no stop can be wanted at this price, see `EnhancedSLTPManager.stays_calm`.
    `is_trailed` says that a trailing stop of the exchange rests: then the bot moves none.
    """

    leg: PositionLeg
    instrument: Instrument
    price: Decimal
    market_us: int
    stop: Decimal | None
    rungs: Sequence[LadderRung] = ()
    working: Mapping[int, Order] = field(default_factory=dict)
    busy: Sequence[int] = ()
    amendable: Sequence[int] = ()
    atr: Decimal | None = None
    updates: int = 0
    may_take: bool = True
    may_close: bool = True
    is_served: bool = False
    is_calm: bool = False
    is_trailed: bool = False


class EnhancedSLTPManager:
    """The exits of legs by one policy; the same view always gives the same intents."""

    def __init__(self, policy: ExitPolicy = DEFAULT_POLICY) -> None:
        self.policy = policy

    @property
    def rests_at_any_price(self) -> bool:
        """True where a ladder that is in order stays so while the price moves."""
        ladder = self.policy.partial_take_profit
        return ladder is None or ladder.execution is LadderExecution.RESTING

    def decide(self, view: LegView) -> list[Intent]:
        """What should be done for an open leg now, in this order: protect, then take profit."""
        if view.leg.is_flat:
            return []
        if view.may_close and is_wild(self.policy, view.price, view.atr):
            return [CloseWhole("volatility is above its limit")]
        intents: list[Intent] = []
        move = None if view.is_calm else self._stop_move(view)
        if move is not None:
            intents.append(move)
        if view.rungs and not view.is_served and self.policy.partial_take_profit is not None:
            self._serve_ladder(view, intents)
        return intents

    def calm(self, view: LegView, stop: Decimal | None) -> Calm | None:
        """Up to which price a leg that was decided on, and has its stop at `stop` now, wants no
        other; None where any price may end that."""
        leg, price, atr = view.leg, view.price, view.atr
        if stop is None or is_wild(self.policy, price, atr):
            return None
        ratio = tightening(self.policy, price, atr, view.market_us - leg.ts_opened_us)
        until_px = calm_until(
            *(self.policy, leg, view.instrument, view.rungs),
            price=price,
            stop=stop,
            atr=atr,
            ratio=ratio,
        )
        return None if until_px is None else Calm(leg, stop, view.rungs, atr, ratio, until_px)

    def stays_calm(self, calm: Calm, price: Decimal, held_us: int) -> bool:
        """True while `decide` wants no other stop, closes nothing, and reaches no new level."""
        is_ahead = price < calm.until_px if calm.leg.leg_id.is_long else price > calm.until_px
        if not is_ahead or tightening(self.policy, price, calm.atr, held_us) != calm.ratio:
            return False
        return not is_wild(self.policy, price, calm.atr)

    def plan(
        self, leg: PositionLeg, instrument: Instrument, rungs: Sequence[LadderRung] = ()
    ) -> tuple[LadderRung, ...]:
        """The ladder of an open leg as it is now; empty without one. See `partial.plan_ladder`."""
        ladder = self.policy.partial_take_profit
        if ladder is None or leg.is_flat:
            return ()
        return plan_ladder(ladder, leg, instrument, rungs)

    def check_partial_tp(
        self,
        leg: PositionLeg,
        price: Decimal,
        rungs: Sequence[LadderRung],
        busy: Sequence[int] = (),
    ) -> list[LadderRung]:
        """The rungs that need an order now; see `partial.due_rungs`."""
        ladder = self.policy.partial_take_profit
        return [] if ladder is None else due_rungs(ladder, leg, price, rungs, busy)

    def update_profit_protection(
        self,
        leg: PositionLeg,
        price: Decimal,
        instrument: Instrument,
        rungs: Sequence[LadderRung] = (),
        updates: int = 0,
    ) -> StopIdea | None:
        """The tightest stop that break-even, locks and executed levels ask for, that can rest.

        None when nothing asks, or when this life of the leg has had its `max_updates`.
        """
        protection = self.policy.profit_protection
        if protection is not None and updates >= protection.max_updates:
            return None
        profit = None if protection is None else profit_stop(protection, leg, price, instrument)
        partial = update_sl_after_partial(self.policy, leg, rungs, instrument, price)
        return tighter(leg, on_its_side(profit, leg, price), partial)

    def calculate_trailing_stop(
        self,
        leg: PositionLeg,
        price: Decimal,
        instrument: Instrument,
        *,
        stop: Decimal | None = None,
        atr: Decimal | None = None,
        held_us: int = 0,
    ) -> StopIdea | None:
        """The stop that follows the price, or None where the exchange trails, or nothing does; see
        `trailing.trailing_stop`."""
        trailing = self.policy.trailing_stop
        if trailing is None or trailing.native:
            return None
        ratio = tightening(self.policy, price, atr, held_us)
        return trailing_stop(trailing, leg, price, instrument, stop=stop, atr=atr, ratio=ratio)

    def native_trailing(
        self, leg: PositionLeg, price: Decimal, instrument: Instrument
    ) -> NativeTrailing | None:
        """What the exchange is to follow the leg with, or None; see `trailing.native_trailing`."""
        trailing = self.policy.trailing_stop
        return None if trailing is None else native_trailing(trailing, leg, price, instrument)

    def _stop_move(self, view: LegView) -> MoveStop | None:
        """The tightest stop that anything asks for, when it is tighter than the wanted one."""
        leg, price, instrument = view.leg, view.price, view.instrument
        policy = self.policy
        held_us = view.market_us - leg.ts_opened_us
        ratio = tightening(policy, price, view.atr, held_us)
        protects = best = self.update_profit_protection(
            leg, price, instrument, view.rungs, view.updates
        )
        if policy.trailing_stop is not None and not (policy.trails_natively or view.is_trailed):
            trails = trailing_stop(
                *(policy.trailing_stop, leg, price, instrument),
                stop=view.stop,
                atr=view.atr,
                ratio=ratio,
            )
            best = tighter(leg, best, on_its_side(trails, leg, price))
        if ratio < 1:
            tightened = tightened_stop(policy, leg, ratio, instrument)
            best = tighter(leg, best, on_its_side(tightened, leg, price))
        if best is None or not is_looser(leg.leg_id, view.stop, best.stop_loss):
            return None
        return MoveStop(best.stop_loss, best.cause, best is protects)

    def _serve_ladder(self, view: LegView, intents: list[Intent]) -> None:
        """Amend or withdraw what no longer fits, send what is due; never both for one level."""
        ladder = self.policy.partial_take_profit
        if ladder is None or not view.may_take:
            return
        for rung in view.rungs:
            order = view.working.get(rung.level)
            if order is not None and order.price is not None and not self._fits(rung, order, view):
                intents.append(self._refitted(rung, order, view))
        rests, rules = ladder.execution is LadderExecution.RESTING, view.instrument
        for rung in due_rungs(ladder, view.leg, view.price, view.rungs, view.busy):
            quantity_max = rules.max_qty if rests else rules.max_market_qty
            quantity = order_quantity(rung, view.leg, rules, quantity_max)
            if quantity > 0:
                intents.append(CloseRung(rung, quantity, rung.price if rests else None))

    @staticmethod
    def _refitted(rung: LadderRung, order: Order, view: LegView) -> Intent:
        """An order that does not fit changes in place where it can; else it is sent anew."""
        rules = view.instrument
        quantity = order_quantity(rung, view.leg, rules, rules.max_qty)
        if quantity > 0 and rung.level in view.amendable:
            return AmendRung(rung, order, quantity)
        return WithdrawRung(rung, order, "the leg changed")

    @staticmethod
    def _fits(rung: LadderRung, order: Order, view: LegView) -> bool:
        """True while the resting order closes what its rung has left, at the rung's price."""
        rules = view.instrument
        wanted = order_quantity(rung, view.leg, rules, rules.max_qty)
        return order.leaves_qty == wanted and order.price == rung.price
