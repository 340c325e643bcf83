"""Taking back everything that rests on the book of an account, by symbol in one request each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot_trading.domain.reports import OrderReport
from bot_trading.exchanges.binance.requests import IS_CONDITIONAL
from bot_trading.exchanges.binance.rest import SignedRest

__all__ = ["cancel_resting"]

PATH = "/fapi/v1/allOpenOrders"


async def cancel_resting(rest: SignedRest, seen: Iterable[OrderReport]) -> None:
    """Take back what rests on the books of the symbols of these orders. Conditional orders, the
    stops of legs too, are kept by another service, which this does not touch.

    Raises an `ExchangeError` where a request was not carried out.
    """
    symbols = {each.symbol for each in seen if each.order_type not in IS_CONDITIONAL}
    await asyncio.gather(*(_cancel(rest, symbol) for symbol in sorted(symbols)))


async def _cancel(rest: SignedRest, symbol: str) -> None:
    reply = await rest.send("DELETE", PATH, {"symbol": symbol}, urgent=True)
    if reply.code != 0:
        raise rest.error_of(reply)
