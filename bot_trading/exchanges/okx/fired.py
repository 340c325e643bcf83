"""Stops of our own that fired while nobody listened: their history tells which order each became.

OKX's list of fills names neither the stop nor its kind, so that such a fill would seem a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot_trading.domain.reports import FillReport
from bot_trading.exchanges.okx import stops, wire
from bot_trading.exchanges.okx.contracts import Contracts
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.reads import PROTECTIVE_KINDS, SWAPS, Complain, read_fills
from bot_trading.exchanges.okx.rest import Group, SignedRest

__all__ = ["name_fired", "read_named_fills"]

_PATH = "/api/v5/trade/orders-algo-history"


async def read_named_fills(
    rest: SignedRest,
    contracts: Contracts,
    known: KnownLegs,
    *,
    since_ms: int,
    market_ms: int,
    coin: str,
    complain: Complain,
) -> tuple[FillReport, ...]:
    """All fills since then, as `reads.read_fills` tells them, with their names."""
    fills = await read_fills(
        rest,
        contracts,
        {},
        since_ms=since_ms,
        market_ms=market_ms,
        coin=coin,
        complain=complain,
    )
    return await name_fired(rest, contracts, known, fills)


async def name_fired(
    rest: SignedRest, contracts: Contracts, known: KnownLegs, fills: Sequence[FillReport]
) -> tuple[FillReport, ...]:
    """The fills, with the kind of stop where one of our own made the order.

    Asked only where a fill has no name of ours; of the stops that fired the last hundred are read.
    Raises the client's `ExchangeError`s.
    """
    if all(fill.client_order_id for fill in fills):
        return tuple(fills)
    params = {**SWAPS, "ordType": PROTECTIVE_KINDS, "state": "effective"}
    reply = await rest.read(_PATH, params, Group.STOPS)
    kinds = {}
    for raw in reply.rows:
        row = wire.decode(wire.decode_algo, raw, _PATH)
        algo = stops.algo_of(row, contracts) if contracts.knows(row.inst_id) else None
        if algo is not None and algo.fired is not None and known.is_own(algo):
            kinds[row.ord_id] = algo.fired
    return tuple(
        replace(fill, stop_kind=kinds.get(fill.exchange_order_id))
        if not fill.client_order_id
        else fill
        for fill in fills
    )
