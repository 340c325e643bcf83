"""Telling and closing what OKX holds outside the bot's sight, in orders that OKX takes."""

from __future__ import annotations

import json
from typing import Any

from bot_trading.exchanges.okx.config import Credentials
from bot_trading.exchanges.okx.net import close_net, tell_unlisted
from bot_trading.exchanges.okx.rest import SignedRest
from tests.builders.okx_frames import btc_contracts, position_row
from tests.builders.scripted_okx import ScriptedOkx, answered, ordered

ORDER, LEGS = "/api/v5/trade/order", "/api/v5/account/positions"
HIDDEN = position_row(mgnMode="isolated", pos="2300")


async def opened(exchange: ScriptedOkx) -> SignedRest:
    """A signed client of a scripted exchange."""
    rest = SignedRest(exchange.config(), Credentials(api_key="k", api_secret="s", passphrase="p"))
    await rest.open()
    return rest


def orders(exchange: ScriptedOkx) -> list[dict[str, Any]]:
    """The orders that were sent."""
    return [json.loads(seen.body) for seen in exchange.seen if seen.path == ORDER]


async def test_more_than_the_greatest_order_is_closed_in_several() -> None:
    """Of a net short and of a leg under another margin mode; the bot's own legs are left."""
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        net = position_row(posSide="net", pos="-1500")
        exchange.answers[LEGS] = [answered(HIDDEN, net, position_row(), position_row(pos="0"))]
        exchange.answers[ORDER] = [ordered()]
        problems = await close_net(rest, btc_contracts(), "cross")
        await rest.close()
        asked = [(o["side"], o["posSide"], o["tdMode"], o["sz"]) for o in orders(exchange)]
        assert all(order["reduceOnly"] for order in orders(exchange))
    assert asked == [
        *(("sell", "long", "isolated", size) for size in ("1000", "1000", "300")),
        *(("buy", "net", "cross", size) for size in ("1000", "500")),
    ]
    assert problems == ("BTC-USDT-SWAP is held under isolated margin; its close was sent",)


async def test_what_is_refused_is_told() -> None:
    """Every piece is tried, whatever became of the one before."""
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        exchange.answers[LEGS] = [answered(HIDDEN)]
        exchange.answers[ORDER] = [ordered("51008", "no money"), ordered()]
        problems = await close_net(rest, btc_contracts(), "cross")
        await rest.close()
        assert len(orders(exchange)) == 3
    assert problems == ("close of BTC-USDT-SWAP: 51008: no money",)


async def test_a_hidden_leg_is_named_though_nothing_is_closed() -> None:
    """What a snapshot lists is not told twice."""
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        exchange.answers[LEGS] = [answered(HIDDEN, position_row(), position_row(posSide="net"))]
        [said] = await tell_unlisted(rest, btc_contracts(), "cross")
        await rest.close()
        assert orders(exchange) == []
    assert said.startswith("BTC-USDT-SWAP holds 2300 contracts (long) under isolated margin")
