"""Closing what an account holds in one-way mode, in which the bot itself never trades.

For the kill switch: each holding is closed at the market by one reduce-only order, which cannot
turn it round.
"""

from __future__ import annotations

from bot_trading.errors import ExchangeError
from bot_trading.exchanges.binance import reads, wire
from bot_trading.exchanges.binance.requests import ORDER_PATH
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.figures import number, plain

__all__ = ["close_net"]


async def close_net(rest: SignedRest) -> tuple[str, ...]:
    """Why something could not be closed, a sentence each; raises `ExchangeError` where the
    holdings cannot be read."""
    problems = [
        await _close(rest, row)
        for row in await reads.read_positions(rest, urgent=True)
        if row.position_side == "BOTH" and number(row.position_amt, "positionAmt")
    ]
    return tuple(problem for problem in problems if problem)


async def _close(rest: SignedRest, row: wire.PositionRow) -> str:
    held = number(row.position_amt, "positionAmt")
    params = {
        "symbol": row.symbol,
        "side": "SELL" if held > 0 else "BUY",
        "positionSide": "BOTH",
        "type": "MARKET",
        "quantity": plain(abs(held)),
        "reduceOnly": "true",
    }
    try:
        reply = await rest.send("POST", ORDER_PATH, params, urgent=True)
    except ExchangeError as error:
        return f"close of {row.symbol}: {error}"
    return f"close of {row.symbol}: {reply.code}: {reply.message[:200]}" if reply.code else ""
