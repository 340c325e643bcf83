"""Makes exactly the wanted stop loss and take profit rest for a leg, without a moment of none.

OKX keeps at most one order that closes a whole leg. Other prices are put into it where it rests.
When it must become an order of another kind, a stop for the leg's size rests first, so that at
every instant, also when this process dies, some stop covers the leg: the next call finds what was
left and tidies up.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import StopKind
from bot_trading.errors import ExchangeError, ExchangeUnavailable
from bot_trading.exchanges.http import RequestNotSent
from bot_trading.exchanges.okx import reads, requests, wire
from bot_trading.exchanges.okx.config import OkxConfig
from bot_trading.exchanges.okx.contracts import Contracts, inst_id_of
from bot_trading.exchanges.okx.errors import GONE, SUCCESS, TOO_MANY_VISITS, proves_refusal
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.requests import Stops
from bot_trading.exchanges.okx.rest import Group, SignedRest
from bot_trading.exchanges.okx.stops import Algo, covering
from bot_trading.exchanges.unsupported import UnsupportedCounter

__all__ = ["Protector", "StopRefused"]

CANCELED_AT_ONCE_MAX = 10
NOTHING_HELD = "51023"
ONE_FOR_ALL = "51088"  # Somebody else's order closes the whole leg already.
NO_SUCH_STOP = GONE | {"51503"}

T = TypeVar("T")


class StopRefused(Exception):
    """OKX refused a stop, and what covered the leg before covers it still; `code` is its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Protector:
    """Sets the protection of legs, one change of a leg at a time."""

    def __init__(
        self,
        config: OkxConfig,
        rest: SignedRest,
        contracts: Contracts,
        known: KnownLegs,
        complain: UnsupportedCounter,
    ) -> None:
        self._config = config
        self._rest = rest
        self._contracts = contracts
        self._known = known
        self._complain = complain
        self._placed = 0
        self._locks: defaultdict[LegId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def protect(self, protection: LegProtection) -> None:
        """Make exactly this rest.

        Raises `StopRefused`, `RequestNotSent` when nothing was changed, and any other
        `ExchangeError` when it is not known what rests now.
        """
        wanted = Stops(stop_loss=protection.stop_loss, take_profit=protection.take_profit)
        async with self._locks[protection.leg_id]:
            # codelint: ok D32 because changes of one leg's stops may not cross; each has a deadline
            await self._protect(protection.leg_id, wanted)

    async def make_whole(self, leg_id: LegId) -> None:
        """Let one order for the whole leg, at the prices that cover it, replace sized ones.

        The stops of entries have sizes of their own, which do not follow a leg that shrinks: what
        is larger than its leg might be refused when it fires. Raises as `protect` does.
        """
        async with self._locks[leg_id]:
            # codelint: ok D32 because changes of one leg's stops may not cross; each has a deadline
            await self._make_whole(leg_id)

    async def cancel(self, algos: Iterable[Algo]) -> None:
        """Take stops away; those that are gone already are no fault."""
        by_leg: defaultdict[LegId, list[str]] = defaultdict(list)
        for algo in algos:
            by_leg[algo.leg_id].append(algo.algo_id)
        for leg_id, algo_ids in by_leg.items():
            await self._cancel(leg_id, algo_ids)

    async def clear_outlived(self, leg_id: LegId) -> None:
        """Take away what an ended life of a flat leg left resting, before the next one begins.

        Raises `RequestNotSent` unless it is certain that none of it rests: the entry must wait.
        """
        left = [] if self._known.quantity(leg_id) else self._known.outlived(leg_id)
        try:
            await self.cancel(left)
        except ExchangeError as error:
            raise RequestNotSent(
                f"a stop of an ended life of {leg_id} may still rest and could close the new "
                f"quantity, so the entry was not sent: {error}"
            ) from error
        for algo in left:
            self._known.protect(replace(algo, is_live=False))

    async def listed_orphans(self) -> list[Algo]:
        """Live stops of legs that hold nothing, as OKX lists both and no stream has denied.

        Legs are read after stops, so that a leg which is flat then is not one that opened before.
        """
        mode = self._config.margin_mode
        await reads.read_algos(self._rest, self._contracts, self._known, self._complain)
        await reads.read_legs(self._rest, self._contracts, self._known, mode, self._complain)
        return self._known.orphans()

    async def _protect(self, leg_id: LegId, wanted: Stops) -> None:
        if await self._moved_at_once(leg_id, wanted):
            return
        resting = await self._resting(leg_id)
        kept = next((algo for algo in resting if _is_of(algo, wanted)), None)
        spare = [algo.algo_id for algo in resting if algo is not kept]
        if kept is None and wanted.shape != (False, False):
            await self._place_whole(leg_id, resting, wanted)
        elif kept is not None and kept.stops != wanted:
            await self._amend(kept, wanted)
        await _after_changes(self._cancel(leg_id, spare))

    async def _make_whole(self, leg_id: LegId) -> None:
        resting = await self._resting(leg_id)
        sized = [algo for algo in resting if algo.size is not None]
        quantity = await self._held(leg_id)
        if not quantity or not sized:
            return
        if len(sized) == len(resting):
            ended = {algo.algo_id for algo in self._known.outlived(leg_id)}
            ours = [algo for algo in sized if algo.algo_id not in ended]
            wanted = Stops(
                stop_loss=covering(leg_id, quantity, ours, StopKind.STOP_LOSS),
                take_profit=covering(leg_id, quantity, ours, StopKind.TAKE_PROFIT),
            )
            if wanted.shape == (False, False):
                return
            await self._cover(leg_id, wanted)
        await _after_changes(self._cancel(leg_id, [algo.algo_id for algo in sized]))

    async def _held(self, leg_id: LegId) -> Decimal:
        """What the leg holds now."""
        mode = self._config.margin_mode
        await reads.read_legs(self._rest, self._contracts, self._known, mode, self._complain)
        return self._known.quantity(leg_id)

    async def _moved_at_once(self, leg_id: LegId, wanted: Stops) -> bool:
        """Amend without asking first, where one order alone protects the leg as streams tell."""
        resting = self._known.stops(leg_id)
        if len(resting) != 1 or resting[0].size is not None:
            return False
        if resting[0].stops.shape != wanted.shape or resting[0].stops == wanted:
            return False
        try:
            await self._amend(resting[0], wanted)
        except StopRefused as refused:
            if refused.code in NO_SUCH_STOP:
                return False
            raise
        return True

    async def _resting(self, leg_id: LegId) -> list[Algo]:
        """The live stops of a leg, as OKX lists them now."""
        inst_id = inst_id_of(leg_id.symbol, self._config.settle_coin)
        found = await reads.read_stops(self._rest, self._contracts, self._known, inst_id)
        return [algo for algo in found if algo.leg_id == leg_id]

    async def _place_whole(self, leg_id: LegId, resting: Sequence[Algo], wanted: Stops) -> None:
        """Put the order for the whole leg, after making room where one of another kind rests."""
        in_the_way = [algo.algo_id for algo in resting if algo.size is None]
        if not in_the_way:
            await self._cover(leg_id, wanted)
            return
        if wanted.stop_loss is None:
            await self._cancel(leg_id, in_the_way)
            await _after_changes(self._cover(leg_id, wanted))
            return
        quantity = await self._held(leg_id)
        if not quantity:
            raise StopRefused(NOTHING_HELD, "the leg holds nothing")
        only_loss = Stops(stop_loss=wanted.stop_loss, take_profit=None)
        bridge = await self._place(leg_id, only_loss, quantity)
        await _after_changes(self._cancel(leg_id, in_the_way))
        await _after_changes(self._place(leg_id, wanted, None))
        await _after_changes(self._cancel(leg_id, [bridge]))

    async def _cover(self, leg_id: LegId, wanted: Stops) -> None:
        """Put an order for the whole leg, or for its size now where somebody else has put one."""
        try:
            await self._place(leg_id, wanted, None)
        except StopRefused as refused:
            quantity = await self._held(leg_id) if refused.code == ONE_FOR_ALL else None
            if not quantity:
                raise
            await self._place(leg_id, wanted, quantity)

    async def _place(self, leg_id: LegId, stops: Stops, quantity: Decimal | None) -> str:
        """Put a stop for so much of the leg, or for all of it; the service's id of it."""
        size = None
        if quantity is not None:
            size = self._contracts.size(leg_id.symbol, quantity)
        inst_id, mode = self._inst_id(leg_id), self._config.margin_mode
        self._placed += 1
        name = requests.stop_name(self._config.core_tag, now_us(), self._placed)
        body = requests.stops_body(leg_id, inst_id, mode, stops, size, name)
        row = await self._ask("/api/v5/trade/order-algo", body, Group.PROTECT)
        if not row.algo_id:
            raise ExchangeUnavailable("okx took a stop, but its answer names none")
        return row.algo_id

    async def _amend(self, algo: Algo, wanted: Stops) -> None:
        body = requests.amend_algo_body(self._inst_id(algo.leg_id), algo.algo_id, wanted)
        await self._ask("/api/v5/trade/amend-algos", body, Group.AMEND_STOPS)

    async def _cancel(self, leg_id: LegId, algo_ids: Sequence[str]) -> None:
        path = "/api/v5/trade/cancel-algos"
        for start in range(0, len(algo_ids), CANCELED_AT_ONCE_MAX):
            some = algo_ids[start : start + CANCELED_AT_ONCE_MAX]
            body = requests.cancel_algos_body(self._inst_id(leg_id), some)
            reply = await self._rest.send(path, body, Group.UNPROTECT, urgent=True)
            if len(reply.rows) != len(some):
                raise ExchangeUnavailable(f"okx {reply.code}: {reply.message[:200]}")
            for raw in reply.rows:
                row = wire.decode(wire.decode_acknowledgement, raw, "a stop's answer")
                if row.s_code != SUCCESS and row.s_code not in NO_SUCH_STOP:
                    raise ExchangeUnavailable(f"okx {row.s_code[:20]}: {row.s_msg[:200]}")

    async def _ask(self, path: str, body: bytes, group: Group) -> wire.Acknowledgement:
        """One change of one stop; raises `StopRefused` where OKX proves that nothing changed."""
        reply = await self._rest.send(path, body, group, urgent=True)
        code, said = reply.verdict
        if code == SUCCESS:
            return reply.acknowledgement
        # Haste changed nothing either, but a later step of several must not look like a refusal of
        # the whole change: asking again is what both need.
        if proves_refusal(code) and code not in TOO_MANY_VISITS:
            raise StopRefused(code, f"{code}: {said[:200]}")
        raise ExchangeUnavailable(f"okx {code[:20]}: {said[:200]}")

    def _inst_id(self, leg_id: LegId) -> str:
        return inst_id_of(leg_id.symbol, self._config.settle_coin)


def _is_of(algo: Algo, wanted: Stops) -> bool:
    """True when other prices make an order the wanted one."""
    return algo.size is None and algo.stops.shape == wanted.shape


async def _after_changes(step: Awaitable[T]) -> T:
    """A later step of several: what was never sent leaves them half done."""
    try:
        return await step
    except RequestNotSent as error:
        raise ExchangeUnavailable(f"a change of stops was left half done: {error}") from error
