"""Keeps stops and targets in step with their legs, by orders of their own.

A stop is placed before its entry, and a new one before the old one is canceled, so that open
quantity is never without. Where that leaves too much, only the leg itself can be closed by it, and
the rest is taken back at once. Before anything is changed on its own account the truth is read,
and before an entry whatever outlived its leg is taken away: it would close the next life.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId
from bot_trading.domain.order import OrderIntent
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import OrderReport, StopKind
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.answers import NOT_SENT, UNKNOWN
from bot_trading.exchanges.binance import reads, wire
from bot_trading.exchanges.binance.book import READ_LAG_MAX_US, LegBook
from bot_trading.exchanges.binance.errors import DUPLICATE_ID, UNKNOWN_CANCEL, proves_refusal
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.protection import Change, Entry, Stop, exactly
from bot_trading.exchanges.binance.reports import Complain
from bot_trading.exchanges.binance.requests import (
    ALGO_PATH,
    stop_params,
)
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.http import RequestNotSent

__all__ = ["Guard", "Refusal"]

CALM_S = 0.03  # The messages of one fill come one by one: look when they have all come.
AGAIN_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why protection does not rest: the exchange's code, `NOT_SENT` or `UNKNOWN`."""

    code: str
    reason: str


class Guard:
    """The one who places and cancels protective orders of an account."""

    def __init__(
        self, rest: SignedRest, book: LegBook, known: KnownOrders, complain: Complain
    ) -> None:
        self._rest = rest
        self._book = book
        self._known = known
        self._complain = complain
        self._at_work: dict[LegId, asyncio.Event] = {}
        self._to_look_at: set[LegId] = set()
        self._doubted: set[LegId] = set()  # What rests for them is to be read in any case.
        self._wake = asyncio.Event()

    def look_at(self, legs: Iterable[LegId]) -> None:
        """Something of these legs changed."""
        self._to_look_at.update(leg for leg in legs if self._is_loose(leg))
        if self._to_look_at:
            self._wake.set()

    async def run(self) -> NoReturn:
        """Let protection follow the legs that changed, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(CALM_S)
            legs, self._to_look_at = self._to_look_at, set()
            failed = [leg for leg in sorted(legs) if not await self._follow(leg)]
            if failed:
                await asyncio.sleep(AGAIN_S)
                self._to_look_at.update(failed)
                self._wake.set()

    async def shield(self, intent: OrderIntent) -> Refusal | None:
        """Place the protection of an entry before it; all of it rests, or none and it is refused.

        What cannot be withdrawn for certain is an orphan that `run` will find.
        """
        levels = {
            StopKind.STOP_LOSS: intent.stop_loss,
            StopKind.TAKE_PROFIT: intent.take_profit,
        }
        stops = [
            Stop(
                client_id=self._known.stops.of_entry(kind, intent.client_order_id),
                leg_id=intent.leg_id,
                kind=kind,
                trigger=price,
                quantity=intent.quantity,
            )
            for kind, price in levels.items()
            if price is not None
        ]
        refusal = None if intent.reduce_only else await self._clear(intent.leg_id)
        if refusal is not None or not stops:
            return refusal
        self._book.expect(
            Entry(
                client_order_id=intent.client_order_id,
                leg_id=intent.leg_id,
                stop_ids=frozenset(stop.client_id for stop in stops),
                ts_sent_ms=now_us() // 1000,
            )
        )
        answers = await asyncio.gather(*(self._place(stop) for stop in stops))
        refusals = [answer for answer in answers if answer is not None]
        if not refusals:
            return None
        await self.withdraw(intent.client_order_id)
        for stop, answer in zip(stops, answers, strict=True):
            if answer is not None and answer.code == UNKNOWN:
                await self._take_back(stop)
        first = refusals[0]
        # The entry itself was never sent, whatever became of its protection.
        code = NOT_SENT if first.code == UNKNOWN else first.code
        return Refusal(code=code, reason=f"its protection could not be placed: {first.reason}")

    async def withdraw(self, client_order_id: str) -> None:
        """An entry will never fill: take back what was placed for it."""
        for stop in self._book.forget(client_order_id):
            await self._cancel(stop)
        self.look_at(self._book.legs())

    async def hear(
        self,
        orders: Iterable[OrderReport],
        algos: Iterable[wire.AlgoRow],
        symbol: str,
        mark: int,
    ) -> None:
        """A read of what rests that began at `mark`; entries that it lacks are asked for.

        An entry may end while no stream tells it. One that was told of once and that the exchange
        knows no more ended long ago.
        """
        resting = {row.client_algo_id for row in algos}
        for order in orders:
            resting.add(order.client_order_id)
            self._book.heard(order)
        for entry in self._book.missing(resting, symbol, mark):
            named = entry.client_order_id
            report = await reads.read_order(
                self._rest, entry.leg_id.symbol, named, self._known, self._complain
            )
            if report is not None:
                self._book.heard(report)
            elif entry.is_heard and now_us() - entry.ts_sent_ms * 1000 > READ_LAG_MAX_US:
                self._book.forget(named)

    async def protect(self, wanted: LegProtection) -> Refusal | None:
        """Make exactly this protection rest for what the leg holds; None when it does."""
        leg_id = wanted.leg_id
        levels = {
            StopKind.STOP_LOSS: wanted.stop_loss,
            StopKind.TAKE_PROFIT: wanted.take_profit,
        }
        async with self._turn(leg_id):
            try:
                await self._read(leg_id)
            except ExchangeError as error:
                return Refusal(code=NOT_SENT, reason=f"what rests could not be read: {error}")
            need = self._book.need(leg_id)
            report = self._book.report(leg_id)
            if report is None or report.quantity == 0:
                return Refusal(code=NOT_SENT, reason="the exchange does not show the leg yet")
            for kind, price in levels.items():
                change = exactly(need, price, self._book.stops_of(leg_id, kind))
                refusal = await self._carry_out(leg_id, kind, change)
                refusal = refusal or await self._move_brought(leg_id, kind, price)
                if refusal is not None:
                    return refusal
        return None

    async def _move_brought(
        self, leg_id: LegId, kind: StopKind, price: Decimal | None
    ) -> Refusal | None:
        """Move what entries brought that have filled in part: it covers their fills, those that
        are still to come too, so that the leg keeps one price however it grows."""
        for entry_id, stops in self._book.filling(leg_id).items():
            quantity = max((stop.quantity for stop in stops), default=Decimal(0))
            others = tuple(each for each in stops if each.kind is kind and each.trigger != price)
            is_there = any(each.kind is kind and each.trigger == price for each in stops)
            if quantity and price is not None and not is_there:
                name = self._known.stops.moved(kind, entry_id)
                stop = _stop(name, leg_id, kind, price, quantity)
                self._book.bring_along(entry_id, stop.client_id)
                refusal = await self._place(stop)
                if refusal is not None:
                    return refusal
            refusal = await self._carry_out(leg_id, kind, Change(cancel=others))
            if refusal is not None:
                return refusal
        return None

    async def _clear(self, leg_id: LegId) -> Refusal | None:
        """Take away what rests of earlier lives of a leg; None when nothing does for certain."""
        if not self._book.past_stops(leg_id):
            return None
        async with self._turn(leg_id):
            past = self._book.past_stops(leg_id)
            answers = await asyncio.gather(*(self._cancel(stop) for stop in past))
        for refusal in answers:
            if refusal is not None:
                reason = f"a stop of the leg's earlier life still rests: {refusal.reason}"
                self.look_at([leg_id])
                return Refusal(code=NOT_SENT, reason=reason)
        return None

    def _is_loose(self, leg_id: LegId) -> bool:
        is_doubted = leg_id in self._doubted or self._book.is_unsettled(leg_id)
        return is_doubted or bool(self._book.changes(leg_id))

    async def _follow(self, leg_id: LegId) -> bool:
        """Do what has to be done for one leg; False when it has to be tried again."""
        async with self._turn(leg_id):
            if not self._is_loose(leg_id):
                return True
            self._doubted.discard(leg_id)  # A doubt that comes while it is read asks for another.
            try:
                await self._read(leg_id)
            except ExchangeError as error:
                _log.warning("what rests for %s could not be read: %s", leg_id, error)
                self._doubt(leg_id)
                return False
            is_done = True
            for kind, change in self._book.changes(leg_id).items():
                refusal = await self._carry_out(leg_id, kind, change)
                if refusal is not None:
                    _log.warning("protection of %s does not follow it: %s", leg_id, refusal.reason)
                    is_done = is_done and refusal.code not in (UNKNOWN, NOT_SENT)
            return is_done and not self._book.is_unsettled(leg_id)

    @asynccontextmanager
    async def _turn(self, leg_id: LegId) -> AsyncIterator[None]:
        """Protection of one leg changes one step at a time; other legs go on meanwhile.

        Every step has a deadline of its own, so that every turn comes.
        """
        while (busy := self._at_work.get(leg_id)) is not None:
            await busy.wait()
        done = self._at_work[leg_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._at_work[leg_id]
            done.set()

    async def _read(self, leg_id: LegId) -> None:
        """What rests and what is held; entries that rest tell which stops wait for them."""
        mark = self._book.mark()
        orders = await reads.read_open_orders(
            self._rest, self._known, self._complain, leg_id.symbol, urgent=True
        )
        algos = await reads.read_algos(self._rest, leg_id.symbol, urgent=True)
        positions = await reads.read_positions(self._rest, urgent=True)
        self._book.take_algos(algos, leg_id.symbol, mark)
        self._book.take_positions(positions, (leg_id.symbol,), mark)
        await self.hear(orders, algos, leg_id.symbol, mark)

    async def _carry_out(self, leg_id: LegId, kind: StopKind, change: Change) -> Refusal | None:
        """Place first, then cancel; where placing fails, what rested goes on resting."""
        for trigger, quantity in change.place:
            name = self._known.stops.new(kind)
            refusal = await self._place(_stop(name, leg_id, kind, trigger, quantity))
            if refusal is not None:
                return refusal
        for stop in change.cancel:
            refusal = await self._cancel(stop)
            if refusal is not None:
                return refusal
        return None

    async def _place(self, stop: Stop) -> Refusal | None:
        params = stop_params(stop.leg_id, stop.kind, stop.trigger, stop.quantity, stop.client_id)
        refusal = await self._ask("POST", params, accepts=DUPLICATE_ID)
        if refusal is None:
            self._book.rests(stop)
        return refusal

    async def _cancel(self, stop: Stop) -> Refusal | None:
        params = {"clientAlgoId": stop.client_id}
        refusal = await self._ask("DELETE", params, accepts=UNKNOWN_CANCEL)
        if refusal is None:
            self._book.gone(stop.client_id)
        return refusal

    async def _take_back(self, stop: Stop) -> None:
        """Cancel what may rest, and look again once the exchange would not take it any more.

        A cancel that finds nothing proves no end here: the order may still be on its way.
        """
        await self._ask("DELETE", {"clientAlgoId": stop.client_id}, accepts=UNKNOWN_CANCEL)
        loop = asyncio.get_running_loop()
        loop.call_later(self._rest.recv_window_s, self._doubt, stop.leg_id)

    def _doubt(self, leg_id: LegId) -> None:
        self._doubted.add(leg_id)
        self.look_at([leg_id])

    async def _ask(self, method: str, params: dict[str, str], accepts: int) -> Refusal | None:
        """One call; None when it was carried out, or answered that it had been before."""
        try:
            reply = await self._rest.send(method, ALGO_PATH, params, urgent=True)
        except RequestNotSent as error:
            return Refusal(code=NOT_SENT, reason=str(error))
        except ExchangeError as error:
            return Refusal(code=UNKNOWN, reason=str(error))
        if reply.code in (0, accepts):
            return None
        code = str(reply.code) if proves_refusal(reply.code) else UNKNOWN
        return Refusal(code=code, reason=f"{reply.code}: {reply.message[:200]}")


def _stop(name: str, leg_id: LegId, kind: StopKind, trigger: Decimal, quantity: Decimal) -> Stop:
    return Stop(client_id=name, leg_id=leg_id, kind=kind, trigger=trigger, quantity=quantity)
