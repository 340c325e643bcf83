"""What an account holds in one-way mode or under a margin mode in which the bot itself never
trades, so that its snapshots do not list it: telling it, and closing it.

For the kill switch: each holding is closed at the market by reduce-only orders, which cannot turn
it round, as many as the exchange's greatest order asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.json import encode

from bot_trading.domain.instrument import pieces
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.figures import number, plain
from bot_trading.exchanges.okx import wire
from bot_trading.exchanges.okx.contracts import Contracts
from bot_trading.exchanges.okx.errors import SUCCESS
from bot_trading.exchanges.okx.rest import Group, SignedRest

__all__ = ["close_net", "tell_unlisted"]


async def close_net(rest: SignedRest, contracts: Contracts, margin_mode: str) -> tuple[str, ...]:
    """What could not be closed, and what is held under another margin mode, a sentence each; raises
    `ExchangeError` where the holdings cannot be read."""
    problems = []
    for row in await _holdings(rest, contracts):
        is_unlisted = _is_unlisted(row, margin_mode)
        if not is_unlisted and row.pos_side != "net":
            continue
        size, most = abs(number(row.pos, "pos")), contracts.most_at_market(row.inst_id)
        refused = [await _close(rest, row, piece) for piece in pieces(size, most)]
        problems += [problem for problem in refused if problem]
        if is_unlisted and not any(refused):
            problems.append(
                f"{row.inst_id} is held under {row.mgn_mode} margin; its close was sent"
            )
    return tuple(problems)


async def tell_unlisted(
    rest: SignedRest, contracts: Contracts, margin_mode: str
) -> tuple[str, ...]:
    """What is held under another margin mode, a sentence each; raises as `close_net` does."""
    return tuple(
        f"{row.inst_id} holds {row.pos} contracts ({row.pos_side}) under {row.mgn_mode} margin, of "
        "which the bot knows nothing: protect it by hand, or close it with --close"
        for row in await _holdings(rest, contracts)
        if _is_unlisted(row, margin_mode)
    )


async def _holdings(rest: SignedRest, contracts: Contracts) -> Sequence[wire.PositionRow]:
    path = "/api/v5/account/positions"
    reply = await rest.read(path, {"instType": "SWAP"}, Group.POSITIONS)
    rows = (wire.decode(wire.decode_position, raw, path) for raw in reply.rows)
    return [
        row for row in rows if row.pos and number(row.pos, "pos") and contracts.knows(row.inst_id)
    ]


def _is_unlisted(row: wire.PositionRow, margin_mode: str) -> bool:
    return row.mgn_mode not in ("", margin_mode)


async def _close(rest: SignedRest, row: wire.PositionRow, size: Decimal) -> str:
    is_long = row.pos_side == "long" or (row.pos_side == "net" and number(row.pos, "pos") > 0)
    body = {
        "instId": row.inst_id,
        "tdMode": row.mgn_mode,
        "side": "sell" if is_long else "buy",
        "posSide": row.pos_side,
        "ordType": "market",
        "sz": plain(size),
        "reduceOnly": True,
    }
    try:
        # codelint: ok T03 because the body says reduceOnly
        reply = await rest.send("/api/v5/trade/order", encode(body), Group.CREATE, urgent=True)
        code, said = reply.verdict
    except ExchangeError as error:
        return f"close of {row.inst_id}: {error}"
    return "" if code == SUCCESS else f"close of {row.inst_id}: {code[:20]}: {said[:200]}"
