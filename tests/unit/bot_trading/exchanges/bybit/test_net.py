"""Closing what is held in one-way mode, in orders that Bybit takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.exchanges.bybit.net import close_net
from bot_trading.exchanges.bybit.rest import SignedRest
from tests.builders.bybit_frames import instrument_row, position_row
from tests.builders.scripted_exchange import ScriptedExchange, answered

ORDER, RULES = "/v5/order/create", "/v5/market/instruments-info"


def page(*rows: object) -> Any:
    """A page of rows."""
    return answered({"list": rows, "nextPageCursor": ""})


async def closed(exchange: ScriptedExchange) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """What could not be closed, and the orders that were sent."""
    rest = SignedRest(exchange.config(), Credentials(api_key="k", api_secret="s"))
    await rest.open()
    problems = await close_net(rest, "USDT")
    await rest.close()
    return problems, [json.loads(seen.body) for seen in exchange.seen if seen.path == ORDER]


@pytest.mark.parametrize(("held", "closes"), [("Buy", "Sell"), ("Sell", "Buy")])
async def test_more_than_the_greatest_order_is_closed_in_several(held: str, closes: str) -> None:
    """Each is reduce-only, and hedge-mode legs are left to the bot's own close."""
    async with ScriptedExchange() as exchange:
        net = position_row(positionIdx=0, side=held, size="1100")
        exchange.answers["/v5/position/list"] = [page(net, position_row())]
        exchange.answers[RULES] = [page(instrument_row())]
        exchange.answers[ORDER] = [answered({"orderId": "1", "orderLinkId": ""})]
        problems, orders = await closed(exchange)
    assert problems == ()
    asked = [(o["side"], o["positionIdx"], o["qty"], o["reduceOnly"]) for o in orders]
    quantities = ("500.000", "500.000", "100.000")
    assert asked == [(closes, 0, quantity, True) for quantity in quantities]


async def test_rules_that_cannot_be_read_hinder_no_try() -> None:
    """Then it is one order, and what the exchange says of it is told."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/position/list"] = [page(position_row(positionIdx=0, size="1100"))]
        exchange.answers[RULES] = [answered(code=10016, message="busy")]
        exchange.answers[ORDER] = [answered(code=10001, message="too large")]
        problems, orders = await closed(exchange)
    assert problems == ("close of BTCUSDT: 10001: too large",)
    assert [order["qty"] for order in orders] == ["1100"]
