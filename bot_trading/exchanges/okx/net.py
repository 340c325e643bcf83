"""Closing what an account holds in one-way mode or under a margin mode in which the bot itself
never trades, so that its snapshots do not list it.

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


async def close_net(rest: SignedRest, contracts: Contracts, margin_mode: str) -> tuple[str, ...]:
    """What could not be closed, and what is held under another margin mode, a sentence each; raises
    `ExchangeError` where the holdings cannot be read."""
    path = "/api/v5/account/positions"
    reply = await rest.read(path, {"instType": "SWAP"}, Group.POSITIONS)
    problems = []
    for raw in reply.rows:
        row = wire.decode(wire.decode_position, raw, path)
        if not row.pos or not number(row.pos, "pos") or not contracts.knows(row.inst_id):
            continue
        is_unlisted = row.mgn_mode not in ("", margin_mode)
        if is_unlisted or row.pos_side == "net":
            problem = await _close(rest, row)
            asked = f"{row.inst_id} is held under {row.mgn_mode} margin; its close was sent"
            problems.append(problem or (asked if is_unlisted else ""))
    return tuple(problem for problem in problems if problem)


async def _close(rest: SignedRest, row: wire.PositionRow) -> str:
    held = number(row.pos, "pos")
    is_long = row.pos_side == "long" or (row.pos_side == "net" and held > 0)
    body = {
        "instId": row.inst_id,
        "tdMode": row.mgn_mode,
        "side": "sell" if is_long else "buy",
        "posSide": row.pos_side,
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
