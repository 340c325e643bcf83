"""Taking back everything that rests on the book of an account, many orders in one request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from msgspec.json import encode

from bot_trading.domain.reports import OrderReport
from bot_trading.exchanges.okx import wire
from bot_trading.exchanges.okx.contracts import inst_id_of
from bot_trading.exchanges.okx.errors import SUCCESS, error_of_code
from bot_trading.exchanges.okx.requests import CONDITIONAL
from bot_trading.exchanges.okx.rest import Group, SignedRest

__all__ = ["cancel_resting"]

AT_ONCE_MAX = 20
PATH = "/api/v5/trade/cancel-batch-orders"


async def cancel_resting(rest: SignedRest, settle_coin: str, seen: Iterable[OrderReport]) -> int:
    """How many cancels of these orders were taken; those that wait for a trigger are left alone.

    An order may be refused while the others of its request go: who asks has to look again. Raises
    an `ExchangeError` where a request as a whole was not carried out.
    """
    names = [
        {"instId": inst_id_of(each.symbol, settle_coin), "ordId": each.exchange_order_id}
        for each in seen
        if each.order_type not in CONDITIONAL
    ]
    some = (names[at : at + AT_ONCE_MAX] for at in range(0, len(names), AT_ONCE_MAX))
    return sum(await asyncio.gather(*(_cancel(rest, each) for each in some)))


async def _cancel(rest: SignedRest, names: list[dict[str, str]]) -> int:
    reply = await rest.send(PATH, encode(names), Group.CANCEL_BATCH, urgent=True)
    if len(reply.rows) != len(names):
        raise error_of_code(reply.code, reply.message, offset_ms=rest.offset_ms, retry_at_ms=0)
    rows = (wire.decode(wire.decode_acknowledgement, raw, PATH) for raw in reply.rows)
    return sum(row.s_code == SUCCESS for row in rows)
