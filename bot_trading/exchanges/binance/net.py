"""Closing what an account holds in one-way mode, in which the bot itself never trades.

For the kill switch: each holding is closed at the market by reduce-only orders, which cannot turn
it round, as many as the exchange's greatest order asks for.
"""

from __future__ import annotations

from decimal import Decimal

from bot_trading.domain.instrument import pieces
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.binance import reads, wire
from bot_trading.exchanges.binance.requests import ORDER_PATH
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.figures import number, plain

__all__ = ["close_net"]


async def close_net(rest: SignedRest) -> tuple[str, ...]:
    """Why something could not be closed, a sentence each; raises `ExchangeError` where the
    holdings cannot be read."""
    rows = [
        row
        for row in await reads.read_positions(rest, urgent=True)
        if row.position_side == "BOTH" and number(row.position_amt, "positionAmt")
    ]
    most = await _most(rest, frozenset(row.symbol for row in rows)) if rows else {}
    problems = []
    for row in rows:
        held = abs(number(row.position_amt, "positionAmt"))
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
    held = number(row.position_amt, "positionAmt")
    params = {
        "symbol": row.symbol,
        "side": "SELL" if held > 0 else "BUY",
        "positionSide": "BOTH",
        "type": "MARKET",
        "quantity": plain(quantity),
        "reduceOnly": "true",
    }
    try:
        reply = await rest.send("POST", ORDER_PATH, params, urgent=True)
    except ExchangeError as error:
        return f"close of {row.symbol}: {error}"
    return f"close of {row.symbol}: {reply.code}: {reply.message[:200]}" if reply.code else ""
