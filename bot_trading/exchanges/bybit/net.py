"""Closing what an account holds in one-way mode, in which the bot itself never trades.

For the kill switch: each holding is closed at the market by one reduce-only order, which cannot
turn it round.
"""

from __future__ import annotations

from msgspec.json import encode

from bot_trading.errors import ExchangeError
from bot_trading.exchanges.bybit import reads, wire
from bot_trading.exchanges.bybit.rest import Group, SignedRest

__all__ = ["close_net"]


async def close_net(rest: SignedRest, coin: str) -> tuple[str, ...]:
    """Why something could not be closed, a sentence each; raises `ExchangeError` where the
    holdings cannot be read."""
    problems = [
        await _close(rest, row)
        for row in await reads.read_holdings(rest, coin)
        if row.position_idx == 0
    ]
    return tuple(problem for problem in problems if problem)


async def _close(rest: SignedRest, row: wire.PositionRow) -> str:
    body = {
        "category": "linear",
        "symbol": row.symbol,
        "side": "Sell" if row.side == "Buy" else "Buy",
        "orderType": "Market",
        "qty": row.size,
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
