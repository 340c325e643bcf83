"""Closing what an account holds in one-way mode, in which the bot itself never trades.

For the kill switch: each holding is closed at the market by reduce-only orders, which cannot turn
it round, as many as the exchange's greatest order asks for.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.json import encode

from bot_trading.domain.instrument import pieces
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.bybit import reads, wire
from bot_trading.exchanges.bybit.rest import Group, SignedRest
from bot_trading.exchanges.figures import not_negative, plain

__all__ = ["close_net"]


async def close_net(rest: SignedRest, coin: str) -> tuple[str, ...]:
    """Why something could not be closed, a sentence each; raises `ExchangeError` where the
    holdings cannot be read."""
    rows = [row for row in await reads.read_holdings(rest, coin) if row.position_idx == 0]
    most = await _most(rest, frozenset(row.symbol for row in rows)) if rows else {}
    problems = []
    for row in rows:
        held = not_negative(row.size, "size")
        problems += [
            await _close(rest, row, piece) for piece in pieces(held, most.get(row.symbol, held))
        ]
    return tuple(problem for problem in problems if problem)


async def _most(rest: SignedRest, symbols: frozenset[str]) -> dict[str, Decimal]:
    """The greatest market order by symbol; empty where it cannot be read, which hinders no try."""
    try:
        rules = await reads.read_instruments(rest, symbols)
    except ExchangeError:
        return {}
    return {each.instrument_id.symbol: each.max_market_qty for each in rules}


async def _close(rest: SignedRest, row: wire.PositionRow, quantity: Decimal) -> str:
    body = {
        "category": "linear",
        "symbol": row.symbol,
        "side": "Sell" if row.side == "Buy" else "Buy",
        "orderType": "Market",
        "qty": plain(quantity),
        # codelint: ok T01 because one-way mode is what this closes, and nothing else trades in it
        "positionIdx": 0,
        "reduceOnly": True,
    }
    try:
        # codelint: ok T03 because the body says reduceOnly
        reply = await rest.send("/v5/order/create", encode(body), Group.CREATE, urgent=True)
    except ExchangeError as error:
        return f"close of {row.symbol}: {error}"
    return f"close of {row.symbol}: {reply.code}: {reply.message[:200]}" if reply.code else ""
