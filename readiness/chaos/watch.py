"""The invariants, watched from outside: by what the exchange holds and what the store kept.

Nothing here asks the bot what it believes. Sources of the list: TigerBeetle's reliable submission
(written before sent), FIX 4.4 appendix D, and the bot's own promises about stops and limits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.fill import Fill
from bot_trading.domain.messages import Record
from bot_trading.domain.order import Order, OrderPurpose, OrderStatus
from bot_trading.execution.orders import KNOWN_FROM_FILL
from bot_trading.risk.limits import RiskLimits
from bot_trading.storage.memory import Memory
from exchange_simulator.model import ZERO, Account, ExecutionKind, Leg, Side, Status
from exchange_simulator.orders import cancel_all
from exchange_simulator.state import Exchange
from readiness.chaos.arrivals import Arrival, read_arrival

__all__ = ["UNPROTECTED_MAX_S", "Watch", "judge_together", "look_at_all"]

# A leg whose stop the exchange lost is protected again within this time while it can be reached.
UNPROTECTED_MAX_S = 30.0
_ORPHAN_MAX_S = 60.0  # A stop whose leg is gone is canceled within this time.
_IN_DOUBT = (OrderStatus.SUBMITTED, OrderStatus.UNKNOWN)
_EXPOSURE_SLACK = Decimal("1.05")  # Price moves after approval; the limit binds approval.


def look_at_all(watches: Sequence[Watch], limits: RiskLimits) -> None:
    """Once a virtual second: each exchange, and the limit that binds all of them together."""
    total = sum((watch.look() for watch in watches), ZERO)
    if total > limits.total_exposure_max_usdt * _EXPOSURE_SLACK:
        watches[0].say(f"all legs are worth {total:.0f}, above their limit")


def judge_together(watches: Sequence[Watch], memory: Memory) -> None:
    """After the calm: every exchange by itself, and no close followed on two of them."""
    for watch in watches:
        watch.is_over = True
        watch.judge_end()
    rows = next(iter(memory.accounts.values()), None)
    if rows is None:
        return
    left = Counter[str]()
    for watch in watches:
        left.update(watch.created)
    followed: dict[tuple[str, int, int], str] = {}
    for named, order in rows.orders.items():
        signal = rows.signals.get(order.signal_id or "")
        if order.purpose is not OrderPurpose.ENTRY or signal is None or not left[named]:
            continue
        key = (order.leg_id.symbol, int(order.leg_id.position_idx), signal.ts_event_us)
        if key in followed:
            watches[0].say(f"one close was followed twice: by {followed[key]} and {named}")
        followed[key] = named


class Watch:
    """Looks at one exchange; `violations` are sentences, each with its virtual second."""

    def __init__(
        self,
        exchange: Exchange,
        account: Account,
        memory: Memory,
        limits: RiskLimits,
    ) -> None:
        self.exchange = exchange
        self.account = account
        self._memory = memory
        self._limits = limits
        self._began_us = now_us()
        self._bare_since: dict[tuple[str, int], int] = {}
        self._orphan_since: dict[str, int] = {}
        self._doubted_since: dict[str, int] = {}
        self._held_since: dict[tuple[str, int], int] = {}
        self.violations: list[str] = []
        self.worst_bare_s = 0.0
        self.oldest_s = 0.0
        self.is_over = False
        self.created: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """Note a broken invariant, once."""
        if not any(text in known for known in self.violations):
            at_s = (now_us() - self._began_us) / 1e6
            when = "at the end" if self.is_over else f"at {at_s:.1f} s"
            self.violations.append(f"{when}: {self.exchange.name}: {text}")

    def request(self, method: str, target: str, body: bytes) -> None:
        """A request arrives at the exchange."""
        order = read_arrival(self.exchange.name, method, target, body)
        if order is None:
            return
        named = order.client_order_id
        self.created[named] += 1
        if self.created[named] > 1:
            self.say(f"order {named} was sent {self.created[named]} times")
        if order.leg_index is None:
            self.say(f"order {named} names no leg")
        if order.is_closing:
            return
        if not self._is_protected(order):
            self.say(f"entry {named} carries no stop")
        stored = self._stored_orders().get(named)
        if stored is None:
            self.say(f"entry {named} left before it was stored")
        elif stored.leg_id.exchange != self.exchange.name:
            self.say(f"entry {named} of {stored.leg_id} was sent to another exchange")

    def look_at_rows(self, records: Sequence[Record]) -> None:
        """What is handed to the store never takes an ended order back (FIX 4.4 appendix D), also
        where the store would keep the better row: the bot believes what it hands over.

        Rows may be handed again after a lost answer, so the last of each order counts.
        """
        stored = self._stored_orders()
        rows = [each.row for each in records]
        orders = {row.client_order_id: row for row in rows if isinstance(row, Order)}
        for named, order in orders.items():
            before = stored.get(named)
            if order.leg_id.exchange != self.exchange.name or before is None:
                continue
            # An order that was heard of by a fill alone is not known to have ended.
            if before.reason == KNOWN_FROM_FILL or not before.status.is_terminal:
                continue
            if not order.status.is_terminal or order.filled_qty < before.filled_qty:
                self.say(f"order {named} was {before.status}, and is {order.status} again")

    def look_for_old_legs(self, max_s: float) -> None:
        """Legs that hold quantity for longer, without having been flat in between."""
        now = now_us()
        for symbol in self.exchange.markets:
            for index in (1, 2):
                key = (symbol, index)
                if not self.exchange.leg(self.account, symbol, index).qty:
                    self._held_since.pop(key, None)
                    continue
                held_s = (now - self._held_since.setdefault(key, now)) / 1e6
                self.oldest_s = max(self.oldest_s, held_s)
                if held_s > max_s:
                    self.say(f"{symbol}-{index} was held for over {max_s:.0f} s")

    def look_for_doubts(self, max_s: float, *, is_kept: bool) -> None:
        """Bot's orders whose fate stays unknown for longer; rows that are not kept tell nothing."""
        now, seen = now_us(), self._doubted_since
        doubted = [
            order.client_order_id
            for order in self._stored_orders().values()
            if order.leg_id.exchange == self.exchange.name and order.status in _IN_DOUBT
        ]
        self._doubted_since = {each: seen.get(each, now) for each in doubted} if is_kept else {}
        for named, since_us in self._doubted_since.items():
            if (now - since_us) / 1e6 > max_s:
                self.say(f"order {named} was in doubt for over {max_s:.0f} s")

    def take_stops(self) -> int:
        """Somebody cancels every stop of the account; how many there were."""
        taken = cancel_all(
            self.exchange,
            self.account,
            chosen=lambda order: order.status is Status.UNTRIGGERED,
        )
        return len(taken)

    def look(self) -> Decimal:
        """Legs, stops and exposure as the exchange holds them; returns what all legs are worth."""
        total = ZERO
        for symbol in self.exchange.markets:
            for index in (1, 2):
                leg = self.exchange.leg(self.account, symbol, index)
                if leg.qty < 0:
                    self.say(f"{symbol}-{index} holds {leg.qty}")
                notional = leg.qty * leg.average
                total += notional
                if notional > self._limits.leg_exposure_max_usdt * _EXPOSURE_SLACK:
                    self.say(f"{symbol}-{index} is worth {notional:.0f}, above its limit")
                self._look_for_stop(symbol, index, has_stop=not leg.qty or self._is_covered(leg))
        self._look_for_orphans()
        self._look_for_denials()
        return total

    def _look_for_denials(self) -> None:
        """What the exchange took is never called refused, not even for a while: whoever believes
        that would send it again."""
        for named, order in self._stored_orders().items():
            is_denied = order.status is OrderStatus.REJECTED
            if not is_denied or order.leg_id.exchange != self.exchange.name:
                continue
            theirs = self.account.by_client_id.get(named)
            if theirs is not None and (theirs.open or theirs.filled):
                self.say(f"order {named} is stored as REJECTED, the exchange took it")

    def _is_protected(self, order: Arrival) -> bool:
        """The entry carries its stop, or one rests on its leg already."""
        if order.carries_stop is not None or order.leg_index is None:
            return bool(order.carries_stop)
        return self._resting_stops(order.symbol, order.leg_index) > 0

    def _is_covered(self, leg: Leg) -> bool:
        """Whether the stops that rest close all of the leg."""
        if leg.stop_loss is not None:
            return True
        return self._resting_stops(leg.symbol, leg.index) >= leg.qty

    def _resting_stops(self, symbol: str, index: int) -> Decimal:
        """How much of a leg resting stops close; one of the whole leg closes without end."""
        closing = Side.SELL if index == 1 else Side.BUY
        total = ZERO
        for order in self.account.open_orders.values():
            if (order.symbol, order.leg_index, order.side) != (symbol, index, closing):
                continue
            # A stop waits for the price to go against the leg.
            if order.status is not Status.UNTRIGGERED or order.trigger_rises is (index == 1):
                continue
            total += Decimal("Infinity") if order.whole_leg else order.leaves
        return total

    def _look_for_stop(self, symbol: str, index: int, *, has_stop: bool) -> None:
        key, now = (symbol, index), now_us()
        if has_stop:
            self._bare_since.pop(key, None)
            return
        bare_s = (now - self._bare_since.setdefault(key, now)) / 1e6
        self.worst_bare_s = max(self.worst_bare_s, bare_s)
        if bare_s > UNPROTECTED_MAX_S:
            self.say(
                f"{symbol}-{index} held quantity without a stop for over {UNPROTECTED_MAX_S:.0f} s"
            )

    def _look_for_orphans(self) -> None:
        """No stop outlives its leg for long, or it would close what is opened next: one rests
        before its leg only while the entry that it is for does."""
        now, seen = now_us(), self._orphan_since
        orders = list(self.account.open_orders.values())
        entering = {(o.symbol, o.leg_index) for o in orders if not (o.closing or o.reduce_only)}
        orphans = [
            order
            for order in orders
            if order.status is Status.UNTRIGGERED
            and not self.exchange.leg(self.account, order.symbol, order.leg_index).qty
            and (order.symbol, order.leg_index) not in entering
        ]
        self._orphan_since = {each.order_id: seen.get(each.order_id, now) for each in orphans}
        for order in orphans:
            rests_s = (now - self._orphan_since[order.order_id]) / 1e6
            if rests_s > _ORPHAN_MAX_S:
                self.say(f"{order.symbol}-{order.leg_index} is flat, and a stop rests for it")

    def judge_end(self) -> None:
        """After the calm: stored fills, stored legs and the exchange's legs and fees agree."""
        rows = next(iter(self._memory.accounts.values()), None)
        if rows is None:
            self.say("nothing was ever stored")
            return
        here = self.exchange.name
        fills = [fill for fill in rows.fills.values() if fill.leg_id.exchange == here]
        sums: dict[tuple[str, int], Decimal] = {}
        for fill in fills:
            key = (fill.leg_id.symbol, int(fill.leg_id.position_idx))
            sign = 1 if fill.is_opening else -1
            sums[key] = sums.get(key, ZERO) + sign * fill.last_qty
        for symbol in self.exchange.markets:
            for index in (1, 2):
                theirs = self.exchange.leg(self.account, symbol, index).qty
                ours = sums.get((symbol, index), ZERO)
                if ours != theirs:
                    self.say(f"{symbol}-{index}: stored fills sum to {ours}, it holds {theirs}")
        for leg_id, leg in rows.legs.items():
            if leg_id.exchange != here:
                continue
            booked = sums.get((leg_id.symbol, int(leg_id.position_idx)), ZERO)
            if leg.quantity != booked:
                self.say(f"{leg_id}: the stored leg holds {leg.quantity}, its fills {booked}")
        self._judge_money(fills)
        for order in rows.orders.values():
            if order.leg_id.exchange == here and order.status.name in ("SUBMITTED", "UNKNOWN"):
                self.say(f"order {order.client_order_id} is still {order.status} at the end")

    def _judge_money(self, fills: Sequence[Fill]) -> None:
        """Every execution was stored once, with the fee that the exchange took for it."""
        theirs = [
            each for each in self.account.executions if each.kind is not ExecutionKind.FUNDING
        ]
        if len(fills) != len(theirs):
            self.say(f"{len(fills)} fills are stored, the exchange made {len(theirs)}")
        kept_apart = sum(
            (each.other_commission.amount for each in fills if each.other_commission), ZERO
        )
        coins = sum((each.coin_fee for each in theirs), ZERO)
        if kept_apart != coins:
            self.say(f"stored fees in another coin sum to {kept_apart}, the exchange took {coins}")
        if coins and not self._was_told("commission_coin"):
            self.say("fees were taken in another coin, and nobody was told")
        paid = sum((fill.commission for fill in fills), ZERO)
        fees = sum((each.fee for each in theirs), ZERO)
        if paid != fees:
            self.say(f"stored commissions sum to {paid}, the exchange took {fees}")

    def _was_told(self, control: str) -> bool:
        """Whether a control's word on a leg of this exchange is stored."""
        told = [
            each for rows in self._memory.accounts.values() for each in rows.risk_events.values()
        ]
        legs = [each.leg_id for each in told if each.control == control]
        return any(leg_id is not None and leg_id.exchange == self.exchange.name for leg_id in legs)

    def _stored_orders(self) -> dict[str, Order]:
        rows = next(iter(self._memory.accounts.values()), None)
        return {} if rows is None else rows.orders
