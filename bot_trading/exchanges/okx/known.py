"""Legs and their stops as OKX told of them last, by whichever way it came.

OKX tells legs and the stops that protect them apart, over different sockets and endpoints; the
bot wants to know a leg with its protection. What is newer here is never replaced by what is older.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.reports import LegReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.figures import number
from bot_trading.exchanges.okx.config import EXCHANGE
from bot_trading.exchanges.okx.contracts import Contracts, symbol_of
from bot_trading.exchanges.okx.reports import leg_of, millis, price_or_none
from bot_trading.exchanges.okx.stops import Algo, covering, which_fired
from bot_trading.exchanges.okx.wire import OrderRow, PositionRow
from bot_trading.exchanges.ownership import OwnStops

__all__ = ["Holding", "KnownLegs", "holding_of"]

ENDED_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a leg holds in base coin, without its stops."""

    leg_id: LegId
    quantity: Decimal
    avg_px: Decimal | None = None
    liquidation_px: Decimal | None = None
    ts_us: int = 0


def holding_of(row: PositionRow, contracts: Contracts) -> Holding:
    """A leg; only one of net mode may count below zero."""
    symbol, leg = symbol_of(row.inst_id), leg_of(row.pos_side)
    size = number(row.pos, "pos") if row.pos else Decimal(0)
    if size < 0 and leg is not PositionIdx.ONE_WAY:
        raise MalformedMessage(f"pos of {symbol} {row.pos_side} is {row.pos}, expected 0 or more")
    return Holding(
        leg_id=LegId(EXCHANGE, symbol, leg),
        quantity=contracts.quantity(symbol, abs(size)),
        avg_px=price_or_none(row.avg_px, "avgPx"),
        liquidation_px=price_or_none(row.liq_px, "liqPx"),
        ts_us=millis(row.u_time, 0, "uTime") * 1000,
    )


class KnownLegs:
    """Of stops only our own: see `is_own`. `mark` counts what was told; a list that was asked for
    before something newer was told does not undo it."""

    def __init__(self, own: OwnStops | None = None) -> None:
        self.mark = 0
        self._own = OwnStops() if own is None else own
        self._legs: dict[LegId, Holding] = {}
        self._leg_marks: dict[LegId, int] = {}
        self._live: dict[str, Algo] = {}
        self._algo_marks: dict[str, int] = {}
        self._ended: OrderedDict[str, Algo] = OrderedDict()
        self._unlisted: set[str] = set()  # Ended for no other reason than a list without them.
        self._stops_us: dict[LegId, int] = {}
        self._outlived: set[str] = set()

    def hold(self, holding: Holding) -> bool:
        """Take what a leg holds; False, and no change, when we know it newer."""
        before = self._legs.get(holding.leg_id)
        if before is not None and holding.ts_us < before.ts_us:
            return False
        self.mark += 1
        self._legs[holding.leg_id] = holding
        self._leg_marks[holding.leg_id] = self.mark
        if not holding.quantity:  # A stop that is younger than the end belongs to the next life.
            rested = self.stops(holding.leg_id)
            self._outlived |= {algo.algo_id for algo in rested if algo.ts_us <= holding.ts_us}
        return True

    def hold_listed(self, holdings: Iterable[Holding], asked_at: int) -> None:
        """Take a whole list of open legs: what it lacks is flat."""
        listed = {holding.leg_id: holding for holding in holdings}
        for leg_id, before in list(self._legs.items()):
            if leg_id not in listed and self._leg_marks[leg_id] <= asked_at and before.quantity:
                self.hold(Holding(leg_id=leg_id, quantity=Decimal(0), ts_us=before.ts_us))
        for leg_id, holding in listed.items():
            if self._leg_marks.get(leg_id, 0) <= asked_at:
                self.hold(holding)
        self._outlived |= {
            algo.algo_id for algo in self.orphans() if self._algo_marks[algo.algo_id] <= asked_at
        }

    def is_own(self, algo: Algo) -> bool:
        """Whether this core placed a stop, now or under an earlier release: those of others are
        nothing that this client may touch, and nothing that it counts on."""
        own, name = self._own, algo.client_id
        if own.is_named(name or algo.algo_id) or own.is_recalled(name.removesuffix("a")):
            return True
        stops = algo.stops
        return not name and own.recognise(
            algo.algo_id, algo.leg_id, stops.stop_loss, stops.take_profit
        )

    def protect(self, algo: Algo) -> None:
        """Take a stop as it is now: live, or ended; one that ended never lives again."""
        if algo.algo_id in self._ended and algo.is_live:
            return
        self.mark += 1
        self._algo_marks[algo.algo_id] = self.mark
        newest = max(algo.ts_us, self._stops_us.get(algo.leg_id, 0))
        self._stops_us[algo.leg_id] = newest
        if algo.is_live:
            self._live[algo.algo_id] = algo
            return
        self._unlisted.discard(algo.algo_id)
        self._end(algo)

    def protect_listed(self, algos: Iterable[Algo], asked_at: int) -> None:
        """Take a whole list of live stops: what it lacks has ended, unless a later list has it: a
        list may lag behind the placing of a stop."""
        listed = {algo.algo_id: algo for algo in algos}
        for algo_id, before in list(self._live.items()):
            if algo_id not in listed and self._algo_marks[algo_id] <= asked_at:
                self._end(before)
                self._unlisted.add(algo_id)
        for algo_id, algo in listed.items():
            if self._algo_marks.get(algo_id, 0) <= asked_at:
                if algo_id in self._unlisted:
                    self._unlisted.discard(algo_id)
                    self._ended.pop(algo_id, None)
                self.protect(algo)

    def quantity(self, leg_id: LegId) -> Decimal:
        """What a leg holds; zero when nothing was ever told of it."""
        holding = self._legs.get(leg_id)
        return Decimal(0) if holding is None else holding.quantity

    def stops(self, leg_id: LegId) -> list[Algo]:
        """The live stops of a leg."""
        return [algo for algo in self._live.values() if algo.leg_id == leg_id]

    def orphans(self) -> list[Algo]:
        """Live stops of legs that hold nothing."""
        return [algo for algo in self._live.values() if not self.quantity(algo.leg_id)]

    def outlived(self, leg_id: LegId) -> list[Algo]:
        """Live stops that rested already when their leg was told flat: an ended life's."""
        return [algo for algo in self.stops(leg_id) if algo.algo_id in self._outlived]

    def oversized(self) -> list[LegId]:
        """Open legs whose sized stops add up to more than is held."""
        return [
            leg_id
            for leg_id in self.open_legs()
            if sum(algo.size or 0 for algo in self.stops(leg_id) if algo.stops.stop_loss)
            > self.quantity(leg_id)
        ]

    def open_legs(self) -> list[LegId]:
        """Every leg that is not flat."""
        return [leg_id for leg_id, holding in self._legs.items() if holding.quantity]

    def report(self, leg_id: LegId, ts_init_us: int) -> LegReport:
        """A leg with the protection that covers all of it."""
        held = self._legs.get(leg_id) or Holding(leg_id=leg_id, quantity=Decimal(0))
        stops = self.stops(leg_id) if held.quantity else []
        return LegReport(
            leg_id=leg_id,
            quantity=held.quantity,
            avg_px=held.avg_px if held.quantity else None,
            stop_loss=covering(leg_id, held.quantity, stops, StopKind.STOP_LOSS),
            take_profit=covering(leg_id, held.quantity, stops, StopKind.TAKE_PROFIT),
            liquidation_px=held.liquidation_px if held.quantity else None,
            ts_event_us=max(held.ts_us, self._stops_us.get(leg_id, 0)),
            ts_init_us=ts_init_us,
        )

    def kind_of(self, row: OrderRow) -> StopKind | None:
        """Whose trigger made an order; None for an order that no stop made, or none we know."""
        algo = self._live.get(row.algo_id) or self._ended.get(row.algo_id)
        return None if algo is None else which_fired(row, algo)

    def _end(self, algo: Algo) -> None:
        self._live.pop(algo.algo_id, None)
        self._outlived.discard(algo.algo_id)
        self._ended[algo.algo_id] = algo
        if len(self._ended) > ENDED_MAX:
            gone, _ = self._ended.popitem(last=False)
            self._algo_marks.pop(gone, None)
            self._unlisted.discard(gone)
