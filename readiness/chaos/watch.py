"""The invariants, watched from outside: by what the exchange holds and what the store kept.

Nothing here asks the bot what it believes. Sources of the list: TigerBeetle's reliable submission
(written before sent), FIX 4.4 appendix D, and the bot's own promises about stops and limits.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec

from bot_trading.clock import now_us
from bot_trading.domain.fill import Fill
from bot_trading.risk.limits import RiskLimits
from bot_trading.storage.memory import Memory
from exchange_simulator.model import ZERO, Account
from exchange_simulator.state import Exchange

__all__ = ["UNPROTECTED_MAX_S", "Watch"]

# A leg whose stop the exchange lost is protected again within this time while it can be reached.
UNPROTECTED_MAX_S = 30.0
_EXPOSURE_SLACK = Decimal("1.05")  # Price moves after approval; the limit binds approval.


class Watch:
    """Looks at one session; `violations` are sentences, each with its virtual second."""

    def __init__(
        self,
        exchange: Exchange,
        account: Account,
        memory: Memory,
        limits: RiskLimits,
    ) -> None:
        self._exchange = exchange
        self._account = account
        self._memory = memory
        self._limits = limits
        self._began_us = now_us()
        self._bare_since: dict[tuple[str, int], int] = {}
        self.violations: list[str] = []
        self.worst_bare_s = 0.0
        self.created: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """Note a broken invariant, once."""
        if not any(text in known for known in self.violations):
            self.violations.append(f"at {(now_us() - self._began_us) / 1e6:.1f} s: {text}")

    def request(self, path: str, body: bytes) -> None:
        """A request arrives at the exchange."""
        if path == "socket":
            if b'"op":"order.create"' not in body:
                return
            order = msgspec.json.decode(body)["args"][0]
        elif path == "/v5/order/create":
            order = msgspec.json.decode(body)
        else:
            return
        named = order["orderLinkId"]
        self.created[named] += 1
        if self.created[named] > 1:
            self.say(f"order {named} was sent {self.created[named]} times")
        if order["positionIdx"] not in (1, 2):
            self.say(f"order {named} names no leg")
        if order["reduceOnly"]:
            return
        if "stopLoss" not in order:
            self.say(f"entry {named} carries no stop")
        stored = self._stored_orders().get(named)
        if stored is None:
            self.say(f"entry {named} left before it was stored")

    def look(self) -> None:
        """Once a virtual second: legs, stops and exposure, as the exchange holds them."""
        total = ZERO
        for symbol in self._exchange.markets:
            for index in (1, 2):
                leg = self._exchange.leg(self._account, symbol, index)
                if leg.qty < 0:
                    self.say(f"{symbol}-{index} holds {leg.qty}")
                notional = leg.qty * leg.average
                total += notional
                if notional > self._limits.leg_exposure_max_usdt * _EXPOSURE_SLACK:
                    self.say(f"{symbol}-{index} is worth {notional:.0f}, above its limit")
                self._look_for_stop(
                    symbol, index, has_stop=leg.stop_loss is not None or not leg.qty
                )
        if total > self._limits.total_exposure_max_usdt * _EXPOSURE_SLACK:
            self.say(f"all legs are worth {total:.0f}, above their limit")

    def _look_for_stop(self, symbol: str, index: int, *, has_stop: bool) -> None:
        key, now = (symbol, index), now_us()
        if has_stop:
            self._bare_since.pop(key, None)
            return
        bare_s = (now - self._bare_since.setdefault(key, now)) / 1e6
        self.worst_bare_s = max(self.worst_bare_s, bare_s)
        if bare_s > UNPROTECTED_MAX_S:
            self.say(f"{symbol}-{index} held quantity without a stop for over {bare_s:.0f} s")

    def judge_end(self) -> None:
        """After the calm: stored fills, stored legs and the exchange's legs agree."""
        rows = next(iter(self._memory.accounts.values()), None)
        if rows is None:
            self.say("nothing was ever stored")
            return
        sums: dict[tuple[str, int], Decimal] = {}
        fills: list[Fill] = list(rows.fills.values())
        for fill in fills:
            key = (fill.leg_id.symbol, int(fill.leg_id.position_idx))
            sign = 1 if fill.is_opening else -1
            sums[key] = sums.get(key, ZERO) + sign * fill.last_qty
        for symbol in self._exchange.markets:
            for index in (1, 2):
                theirs = self._exchange.leg(self._account, symbol, index).qty
                ours = sums.get((symbol, index), ZERO)
                if ours != theirs:
                    self.say(f"{symbol}-{index}: stored fills sum to {ours}, it holds {theirs}")
        for leg_id, leg in rows.legs.items():
            booked = sums.get((leg_id.symbol, int(leg_id.position_idx)), ZERO)
            if leg.quantity != booked:
                self.say(f"{leg_id}: the stored leg holds {leg.quantity}, its fills {booked}")
        pending = [order for order in rows.orders.values() if not order.status.is_terminal]
        for order in pending:
            if order.status.name in ("SUBMITTED", "UNKNOWN"):
                self.say(f"order {order.client_order_id} is still {order.status} at the end")

    def _stored_orders(self) -> dict[str, object]:
        rows = next(iter(self._memory.accounts.values()), None)
        return {} if rows is None else dict(rows.orders)
