"""Closing what an account holds in one-way mode, in which the bot itself never trades.

For the kill switch: each holding is closed at the market by one reduce-only order, which cannot
turn it round.
"""

from __future__ import annotations

from msgspec.json import encode

from bot_trading.errors import ExchangeError
from bot_trading.exchanges.figures import number, plain
from bot_trading.exchanges.okx import wire
from bot_trading.exchanges.okx.contracts import Contracts
from bot_trading.exchanges.okx.errors import SUCCESS
from bot_trading.exchanges.okx.rest import Group, SignedRest

__all__ = ["close_net"]


async def close_net(rest: SignedRest, contracts: Contracts) -> tuple[str, ...]:
    """Why something could not be closed, a sentence each; raises `ExchangeError` where the
    holdings cannot be read."""
    path = "/api/v5/account/positions"
    reply = await rest.read(path, {"instType": "SWAP"}, Group.POSITIONS)
    problems = []
    for raw in reply.rows:
        row = wire.decode(wire.decode_position, raw, path)
        is_held = row.pos_side == "net" and row.pos and number(row.pos, "pos")
        if is_held and contracts.knows(row.inst_id):
            problems.append(await _close(rest, row))
    return tuple(problem for problem in problems if problem)


async def _close(rest: SignedRest, row: wire.PositionRow) -> str:
    held = number(row.pos, "pos")
    body = {
        "instId": row.inst_id,
        "tdMode": row.mgn_mode,
        "side": "sell" if held > 0 else "buy",
        "posSide": "net",
        "ordType": "market",
        "sz": plain(abs(held)),
        "reduceOnly": True,
    }
    try:
        # codelint: ok T03 because the body says reduceOnly
        reply = await rest.send("/api/v5/trade/order", encode(body), Group.CREATE, urgent=True)
        code, said = reply.verdict
    except ExchangeError as error:
        return f"close of {row.inst_id}: {error}"
    return "" if code == SUCCESS else f"close of {row.inst_id}: {code[:20]}: {said[:200]}"
