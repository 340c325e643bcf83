"""What this client knows of legs, of the protective orders that rest for them, and of entries that
may still fill: put together from streams, reads and its own doings.

A read may be older than what streams told meanwhile. So whatever was seen after a read began, by
the count of `mark`, is not touched by its rows, and an order that ended never comes back. Fills
and legs are told apart: a filled entry keeps its stops until its leg was told with the fill. A
row has the time of its position, and loses against a later one; a leg that a read leaves out has
none, and is believed flat only once what was told of it before is too old for a read that lags. So
is a stop that a read leaves out believed gone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.reports import LegReport, OrderReport, StopKind
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.config import EXCHANGE
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.exchanges.binance.protection import (
    Change,
    Entry,
    Stop,
    covering_price,
    follow,
    heard,
)
from bot_trading.exchanges.figures import not_negative, number, price_or_none

__all__ = ["LegBook"]

ENDED_MAX = 10_000
READ_LAG_MAX_US = 3_000_000  # A read may be answered by a copy that is so much behind.
KINDS = (StopKind.STOP_LOSS, StopKind.TAKE_PROFIT)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A leg as the exchange told it last.

    `position_ms` is the time of the position, `ts_ms` of anything that was told of the leg, and
    `told_us` when the position came, by this clock. `denied` is the open leg that reads left
    out, and `is_sure` is false until a second read agrees.
    """

    quantity: Decimal
    avg_px: Decimal | None
    liquidation_px: Decimal | None
    position_ms: int
    ts_ms: int
    told_us: int
    seen_at: int
    denied: _Held | None = None
    is_sure: bool = True


class LegBook:
    """The account's legs with what rests for them; no I/O."""

    def __init__(
        self, clock_us: Callable[[], int] = now_us, names: StopNames | None = None
    ) -> None:
        self._names = StopNames() if names is None else names
        self._clock_us = clock_us
        self._seen = 0
        self._held: dict[LegId, _Held] = {}
        self._doubted: set[LegId] = set()  # Open legs that a read left out too soon.
        self._stops: dict[str, Stop] = {}
        self._left_out: set[str] = set()  # Stops that a read left out too soon.
        self._entries: dict[str, Entry] = {}
        self._past: set[str] = set()  # Stops that rested when their leg was told flat.
        self._ended: OrderedDict[str, None] = OrderedDict()

    def mark(self) -> int:
        """Count on; what is seen from here on is newer than a read that begins now."""
        self._seen += 1
        return self._seen

    def legs(self) -> tuple[LegId, ...]:
        """Every leg that was ever told, or that something rests for."""
        return tuple(dict.fromkeys([*self._held, *(s.leg_id for s in self._stops.values())]))

    def hold(
        self,
        leg_id: LegId,
        quantity: Decimal,
        avg_px: Decimal | None,
        ts_ms: int,
        liquidation_px: Decimal | None = None,
        read_at: int = -1,
    ) -> None:
        """The exchange told a leg; news of an older position than what is known are passed over.

        `read_at` is the mark of the read that told it, -1 for the stream.
        """
        known = self._held.get(leg_id)
        if known is not None and ts_ms < known.position_ms:
            return
        was = known if known is None or known.quantity else known.denied
        denied = None if quantity or read_at < 0 else was
        held = _Held(
            quantity=quantity,
            avg_px=avg_px,
            liquidation_px=liquidation_px,
            position_ms=ts_ms,
            ts_ms=max(ts_ms, known.ts_ms if known is not None else 0),
            told_us=self._clock_us(),
            seen_at=self.mark(),
            denied=denied,
            is_sure=denied is None or denied is not known,
        )
        self._held[leg_id] = held
        self._doubted.discard(leg_id)
        if known is not None and _proves_untrue(known, held):
            self._past -= {s.client_id for s in self._stops.values() if s.leg_id == leg_id}
        self._settle(leg_id, read_at)
        self._note_past(leg_id)

    def take_positions(
        self, rows: Iterable[wire.PositionRow], symbols: Iterable[str], mark: int
    ) -> None:
        """A read of all legs that began at `mark`; a leg that is not listed is flat."""
        listed: set[LegId] = set()
        for row in rows:
            leg_id = reports.leg_of(row.symbol, row.position_side)
            listed.add(leg_id)
            quantity = reports.held_quantity(leg_id, row.position_amt)
            avg_px = price_or_none(row.entry_price, "entryPrice")
            liquidation = price_or_none(row.liquidation_price, "liquidationPrice")
            known = self._held.get(leg_id)
            if known is None or known.seen_at <= mark or row.update_time > known.position_ms:
                self.hold(leg_id, quantity, avg_px, row.update_time, liquidation, mark)
        for leg_id in dict.fromkeys([*_both_legs(symbols), *self._held]):
            known = self._held.get(leg_id)
            if leg_id in listed or (known is not None and known.seen_at > mark):
                continue
            if self._may_be_behind(leg_id):
                self._doubted.add(leg_id)
            else:
                ts_ms = known.position_ms if known is not None else 0
                self.hold(leg_id, ZERO, None, ts_ms, read_at=mark)

    def rests(self, stop: Stop) -> None:
        """A protective order of ours rests, unless it has ended already."""
        if stop.client_id not in self._ended:
            told_us = self._clock_us()
            self._stops[stop.client_id] = replace(stop, seen_at=self.mark(), told_us=told_us)
            self._note_past(stop.leg_id)

    def gone(self, client_id: str) -> None:
        """A protective order ended for good."""
        self._drop(client_id)
        self._end(client_id)

    def take_algos(self, rows: Sequence[wire.AlgoRow], symbol: str, mark: int) -> None:
        """A read of what waits, of a symbol or (empty) of all, that began at `mark`."""
        listed = {row.client_algo_id for row in rows}
        self._left_out -= listed
        sure_us = self._clock_us() - READ_LAG_MAX_US
        for client_id, stop in list(self._stops.items()):
            is_asked = symbol in ("", stop.leg_id.symbol)
            if not is_asked or client_id in listed or stop.seen_at > mark:
                continue
            if stop.told_us > sure_us:
                self._left_out.add(client_id)
            else:
                self._drop(client_id)
        for row in rows:
            leg_id = reports.leg_of(row.symbol, row.position_side)
            trigger = number(row.trigger_price, "triggerPrice")
            kind = self._names.kind_at(row.client_algo_id, leg_id, trigger)
            if kind is not None and row.client_algo_id not in self._stops:
                self.rests(
                    Stop(
                        client_id=row.client_algo_id,
                        leg_id=leg_id,
                        kind=kind,
                        trigger=trigger,
                        quantity=not_negative(row.quantity, "quantity"),
                    )
                )

    def expect(self, entry: Entry) -> None:
        """An entry is about to be sent, its protection before it."""
        self._entries[entry.client_order_id] = replace(entry, seen_at=self.mark())

    def heard(self, report: OrderReport) -> None:
        """The exchange told of an order; entries grow and end by that, resting ones are found."""
        named = report.client_order_id
        entry = self._entries.get(named)
        is_over = report.status is not None and report.status.is_terminal
        if entry is not None:
            entry = heard(entry, report.filled_qty, report.ts_event_us // 1000)
            self._entries[named] = entry = replace(entry, seen_at=self.mark())
        if is_over:
            self._end(named)
            if entry is not None and entry.ended_at is None:
                ended_us = self._clock_us()
                self._entries[named] = replace(entry, ended_at=self.mark(), ended_us=ended_us)
                self._settle(entry.leg_id)
                self._note_past(entry.leg_id)
        elif entry is None and named and named not in self._ended and not report.reduce_only:
            self._find(report)

    def forget(self, client_order_id: str) -> tuple[Stop, ...]:
        """An entry will never fill any more; what was placed for it and rests."""
        entry = self._entries.pop(client_order_id, None)
        if entry is None:
            return ()
        self._note_past(entry.leg_id)
        ids = entry.stop_ids
        return tuple(self._stops[each] for each in sorted(ids) if each in self._stops)

    def missing(self, resting: Container[str], symbol: str, mark: int) -> list[Entry]:
        """Entries of a symbol or (empty) of all that a read from `mark` on should have listed."""
        return [
            entry
            for entry in self._entries.values()
            if symbol in ("", entry.leg_id.symbol)
            and entry.client_order_id not in resting
            and entry.ended_at is None
            and entry.seen_at <= mark
        ]

    def is_overdue(self, client_order_id: str, before_ms: int) -> bool:
        """True for an entry that was sent before then, of which the exchange never told."""
        entry = self._entries.get(client_order_id)
        return entry is not None and not entry.is_heard and entry.ts_sent_ms < before_ms

    def need(self, leg_id: LegId) -> Decimal:
        """What the leg's own protection must close: all but what entries bring protection for."""
        held = self._held.get(leg_id)
        entries = (e for e in self._entries.values() if e.leg_id == leg_id)
        brought = (entry.filled_qty for entry in entries if entry.ended_at is None)
        return max(ZERO, (held.quantity if held is not None else ZERO) - sum(brought, ZERO))

    def stops_of(self, leg_id: LegId, kind: StopKind) -> list[Stop]:
        """The leg's own protective orders, without those of entries and of earlier lives."""
        not_its_own = self._waiting() | self._past
        return [
            stop
            for stop in self._stops.values()
            if (stop.leg_id, stop.kind) == (leg_id, kind) and stop.client_id not in not_its_own
        ]

    def filling(self, leg_id: LegId) -> dict[str, list[Stop]]:
        """What rests for entries of a leg that filled in part and may fill on, by their ids."""
        known = self._stops.keys()
        return {
            entry.client_order_id: [self._stops[each] for each in sorted(entry.stop_ids & known)]
            for entry in self._entries.values()
            if entry.leg_id == leg_id and entry.filled_qty and entry.ended_at is None
        }

    def bring_along(self, client_order_id: str, stop_id: str) -> None:
        """One more order is to rest for an entry; it is part of what the entry brings."""
        entry = self._entries.get(client_order_id)
        if entry is not None:
            ids = entry.stop_ids | {stop_id}
            self._entries[client_order_id] = replace(entry, stop_ids=ids)

    def past_stops(self, leg_id: LegId) -> list[Stop]:
        """What rests of lives of the leg that ended: it must never close a later one."""
        gone = self._past - self._waiting()
        return [s for s in self._stops.values() if s.leg_id == leg_id and s.client_id in gone]

    def is_unsettled(self, leg_id: LegId) -> bool:
        """True while a leg lacks fills that were told, or a read may have lacked it or its stop."""
        entries = (each for each in self._entries.values() if each.leg_id == leg_id)
        is_doubted = leg_id in self._doubted or any(each.ended_at is not None for each in entries)
        return is_doubted or any(self._stops[each].leg_id == leg_id for each in self._left_out)

    def changes(self, leg_id: LegId) -> dict[StopKind, Change]:
        """What has to be done so that protection follows the leg; empty when nothing has."""
        if leg_id not in self._held:
            return {}
        need = self.need(leg_id)
        past = self.past_stops(leg_id)
        wanted = {}
        for kind in KINDS:
            change = follow(need, self.stops_of(leg_id, kind))
            gone = tuple(stop for stop in past if stop.kind is kind)
            wanted[kind] = replace(change, cancel=(*change.cancel, *gone))
        return {kind: change for kind, change in wanted.items() if not change.is_empty}

    def report(self, leg_id: LegId) -> LegReport | None:
        """The leg with the protection that covers all of it; None before it was ever told."""
        held = self._held.get(leg_id)
        if held is None:
            return None
        past = self.past_stops(leg_id)
        mine = [s for s in self._stops.values() if s.leg_id == leg_id and s not in past]
        prices = {
            kind: covering_price([stop for stop in mine if stop.kind is kind], held.quantity)
            for kind in KINDS
        }
        return LegReport(
            leg_id=leg_id,
            quantity=held.quantity,
            avg_px=held.avg_px,
            stop_loss=prices[StopKind.STOP_LOSS],
            take_profit=prices[StopKind.TAKE_PROFIT],
            liquidation_px=held.liquidation_px,
            ts_event_us=held.ts_ms * 1000,
            ts_init_us=now_us(),
        )

    def reports(self, symbols: Iterable[str]) -> tuple[LegReport, ...]:
        """Both legs of each symbol, flat ones too, and every open leg of any other symbol."""
        asked = _both_legs(symbols)
        told = (self.report(leg_id) for leg_id in dict.fromkeys([*asked, *self.legs()]))
        return tuple(
            leg for leg in told if leg is not None and (leg.leg_id in asked or leg.quantity)
        )

    def touch(self, leg_id: LegId, ts_ms: int) -> None:
        """Something of the leg was told at this time, so that its next report is not older."""
        held = self._held.get(leg_id)
        if held is not None and ts_ms > held.ts_ms:
            self._held[leg_id] = replace(held, ts_ms=ts_ms)

    def _may_be_behind(self, leg_id: LegId) -> bool:
        """Whether a read that leaves a leg out may be older than what opened it."""
        known = self._held.get(leg_id)
        told = [known.told_us] if known is not None and known.quantity else []
        mine = (each for each in self._entries.values() if each.leg_id == leg_id)
        told += [each.ended_us for each in mine if each.ended_at is not None and each.filled_qty]
        return bool(told) and self._clock_us() - max(told) < READ_LAG_MAX_US

    def _settle(self, leg_id: LegId, read_at: int = -1) -> None:
        """Entries that ended are over once the leg was told with their fills, or read since."""
        held = self._held.get(leg_id)
        if held is None:
            return
        # Told flat in the very millisecond of a fill may be the end of the life before it.
        told_ms = held.ts_ms if held.quantity else held.ts_ms - 1
        for named, entry in list(self._entries.items()):
            if entry.leg_id != leg_id or entry.ended_at is None:
                continue
            is_told = not entry.filled_qty or told_ms >= entry.ts_filled_ms
            if is_told or read_at >= entry.ended_at:
                del self._entries[named]

    def _note_past(self, leg_id: LegId) -> None:
        """What rests on a flat leg belongs to a life that ended, unless an entry brought it."""
        held = self._held.get(leg_id)
        if held is not None and held.quantity == 0 and held.is_sure:
            mine = {s.client_id for s in self._stops.values() if s.leg_id == leg_id}
            self._past |= mine - self._waiting()

    def _waiting(self) -> set[str]:
        """Stops of entries that may still fill, or whose fills the leg was not told with yet."""
        return {each for entry in self._entries.values() for each in entry.stop_ids}

    def _drop(self, client_id: str) -> None:
        self._stops.pop(client_id, None)
        self._left_out.discard(client_id)
        self._past.discard(client_id)

    def _end(self, client_id: str) -> None:
        """Remember that an order ended, whatever is told of it later."""
        self._ended[client_id] = None
        if len(self._ended) > ENDED_MAX:
            self._ended.popitem(last=False)

    def _find(self, report: OrderReport) -> None:
        """A resting entry of an earlier life is known by the names of what rests for it."""
        named = report.client_order_id
        resting = frozenset(each for each in self._stops if self._names.is_of_entry(each, named))
        if resting:
            self._past -= resting
            self._entries[named] = Entry(
                client_order_id=named,
                leg_id=LegId(EXCHANGE, report.symbol, report.position_idx),
                stop_ids=resting,
                ts_sent_ms=0,
                filled_qty=report.filled_qty,
                is_heard=True,
            )


def _proves_untrue(flat: _Held, told: _Held) -> bool:
    """Whether a leg that a read left out is told again as it was before."""
    was = flat.denied
    if was is None or not told.quantity:
        return False
    is_same = (told.quantity, told.avg_px) == (was.quantity, was.avg_px)
    return is_same or told.position_ms <= was.position_ms


def _both_legs(symbols: Iterable[str]) -> list[LegId]:
    both = (PositionIdx.LONG, PositionIdx.SHORT)
    return [LegId(EXCHANGE, symbol, idx) for symbol in symbols for idx in both]
