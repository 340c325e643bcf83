"""All that rests on Binance's books goes by symbol; conditional orders are not asked for."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from bot_trading.domain.order import OrderType
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.binance.clearing import PATH, cancel_resting
from bot_trading.exchanges.binance.config import BinanceConfig, Credentials
from bot_trading.exchanges.binance.rest import SignedRest
from tests.builders.core import an_order_report
from tests.builders.scripted_exchange import Answer, ScriptedExchange


def told(value: object, status: int = 200) -> Answer:
    """An answer of JSON."""
    return Answer(body=json.dumps(value).encode(), status=status)


async def opened(exchange: ScriptedExchange) -> SignedRest:
    """A signed client of a scripted exchange."""
    base = f"http://127.0.0.1:{exchange.port}"
    config = BinanceConfig(rest_url=base, ws_public_url="", ws_market_url="", ws_private_url="")
    exchange.answers["/fapi/v1/time"] = [told({"serverTime": time.time_ns() // 1_000_000})]
    rest = SignedRest(config, Credentials(api_key="key", api_secret="hush"))
    await rest.open()
    return rest


async def test_each_symbol_is_asked_once() -> None:
    """However many orders it has; one with conditional orders alone is left alone."""
    btc = an_order_report(exchange="binance")
    seen = [btc, btc, replace(btc, symbol="ETHUSDT")]
    seen.append(replace(btc, symbol="SOLUSDT", order_type=OrderType.STOP_MARKET))
    async with ScriptedExchange() as exchange:
        rest = await opened(exchange)
        exchange.answers[PATH] = [told({"code": 200, "msg": "done"})]
        await cancel_resting(rest, seen)
        await rest.close()
        asked = [each for each in exchange.seen if each.path == PATH]
    assert {each.method for each in asked} == {"DELETE"}
    assert sorted(parse_qs(each.query)["symbol"][0] for each in asked) == ["BTCUSDT", "ETHUSDT"]


async def test_a_refusal_is_told() -> None:
    """Nothing of the symbol is known to be gone."""
    async with ScriptedExchange() as exchange:
        rest = await opened(exchange)
        exchange.answers[PATH] = [told({"code": -1121, "msg": "Invalid symbol."}, status=400)]
        with pytest.raises(ExchangeError, match="Invalid symbol"):
            await cancel_resting(rest, [an_order_report(exchange="binance")])
        await rest.close()
