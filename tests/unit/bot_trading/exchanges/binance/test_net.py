"""Closing what is held in one-way mode, in orders that Binance takes."""

from __future__ import annotations

import json
import time
from urllib.parse import parse_qs

import pytest

from bot_trading.exchanges.binance.config import BinanceConfig, Credentials
from bot_trading.exchanges.binance.net import close_net
from bot_trading.exchanges.binance.rest import SignedRest
from tests.builders.binance_frames import order_row, position_row, symbol_row
from tests.builders.scripted_exchange import Answer, ScriptedExchange

ORDER, RULES = "/fapi/v1/order", "/fapi/v1/exchangeInfo"


def told(value: object, status: int = 200) -> Answer:
    """An answer of JSON."""
    return Answer(body=json.dumps(value).encode(), status=status)


async def closed(exchange: ScriptedExchange) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """What could not be closed, and the orders that were sent."""
    base = f"http://127.0.0.1:{exchange.port}"
    config = BinanceConfig(rest_url=base, ws_public_url="", ws_market_url="", ws_private_url="")
    exchange.answers["/fapi/v1/time"] = [told({"serverTime": time.time_ns() // 1_000_000})]
    rest = SignedRest(config, Credentials(api_key="key", api_secret="hush"))
    await rest.open()
    problems = await close_net(rest)
    await rest.close()
    names = ("side", "positionSide", "quantity", "reduceOnly")
    asked = [parse_qs(seen.query) for seen in exchange.seen if seen.path == ORDER]
    return problems, [tuple(each[name][0] for name in names) for each in asked]


@pytest.mark.parametrize(("amount", "side"), [("290", "SELL"), ("-290", "BUY")])
async def test_more_than_the_greatest_order_is_closed_in_several(amount: str, side: str) -> None:
    """Each is reduce-only, and hedge-mode legs are left to the bot's own close."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/fapi/v3/positionRisk"] = [
            told([position_row(positionSide="BOTH", positionAmt=amount), position_row()])
        ]
        exchange.answers[RULES] = [told({"symbols": [symbol_row()]})]
        brackets = [{"symbol": "BTCUSDT", "brackets": [{"initialLeverage": 125}]}]
        exchange.answers["/fapi/v1/leverageBracket"] = [told(brackets)]
        exchange.answers["/fapi/v1/fundingInfo"] = [told([])]
        exchange.answers[ORDER] = [told(order_row())]
        problems, orders = await closed(exchange)
    assert problems == ()
    assert orders == [(side, "BOTH", quantity, "true") for quantity in ("120", "120", "50")]


async def test_rules_that_cannot_be_read_hinder_no_try() -> None:
    """Then it is one order, and what the exchange says of it is told."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/fapi/v3/positionRisk"] = [
            told([position_row(positionSide="BOTH", positionAmt="290")])
        ]
        exchange.answers[RULES] = [told({}, status=500)]
        exchange.answers[ORDER] = [told({"code": -4005, "msg": "too large"}, status=400)]
        problems, orders = await closed(exchange)
    assert problems == ("close of BTCUSDT: -4005: too large",)
    assert [order[2] for order in orders] == ["290"]
