"""Many cancels in one request to OKX, each with an answer of its own."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot_trading.domain.order import OrderType
from bot_trading.domain.reports import OrderReport
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.okx.clearing import AT_ONCE_MAX, PATH, cancel_resting
from bot_trading.exchanges.okx.config import Credentials
from bot_trading.exchanges.okx.rest import SignedRest
from tests.builders.core import an_order_report
from tests.builders.scripted_okx import ScriptedOkx, answered


async def opened(exchange: ScriptedOkx) -> SignedRest:
    """A signed client of a scripted exchange."""
    credentials = Credentials(api_key="k", api_secret="s", passphrase="p")
    rest = SignedRest(exchange.config(), credentials)
    await rest.open()
    return rest


def resting(count: int) -> list[OrderReport]:
    """So many orders on the book."""
    report = an_order_report(exchange="okx", symbol="BTCUSDT")
    return [replace(report, exchange_order_id=str(number)) for number in range(count)]


def row(code: str = "0") -> dict[str, str]:
    """What one of several orders is answered."""
    return {"ordId": "1", "clOrdId": "", "sCode": code, "sMsg": ""}


async def test_part_of_a_request_may_be_refused() -> None:
    """The rest of it went; what waits for a trigger is in no request."""
    seen = resting(AT_ONCE_MAX + 2)
    seen.append(replace(seen[0], order_type=OrderType.STOP_MARKET, exchange_order_id="77-sl"))
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        exchange.answers[PATH] = [
            answered(*[row()] * (AT_ONCE_MAX - 1), row("51400"), code="2"),
            answered(row("51400"), row("51400"), code="1"),
        ]
        assert await cancel_resting(rest, "USDT", seen) == AT_ONCE_MAX - 1
        await rest.close()
        asked = [json.loads(each.body) for each in exchange.seen if each.path == PATH]
    assert sorted(len(names) for names in asked) == [2, AT_ONCE_MAX]
    names = [name for each in asked for name in each]
    assert {name["instId"] for name in names} == {"BTC-USDT-SWAP"}
    assert {name["ordId"] for name in names} == {str(each) for each in range(AT_ONCE_MAX + 2)}


async def test_a_request_that_was_refused_as_a_whole_is_no_success() -> None:
    """Nothing of it is known to be gone."""
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        exchange.answers[PATH] = [answered(code="50011", message="too many")]
        with pytest.raises(ExchangeError, match="too many"):
            await cancel_resting(rest, "USDT", resting(3))
        await rest.close()


async def test_nothing_that_rests_asks_nothing() -> None:
    """An empty request would be an error."""
    async with ScriptedOkx() as exchange:
        rest = await opened(exchange)
        exchange.seen.clear()
        assert await cancel_resting(rest, "USDT", []) == 0
        await rest.close()
        assert exchange.seen == []
