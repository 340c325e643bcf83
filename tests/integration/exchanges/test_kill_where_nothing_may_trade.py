"""The kill switch on accounts that no bot would be opened on: it proves nothing first, cancels what
rests, and closes what is held in one-way mode too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot_trading.clock import now_us
from bot_trading.errors import AuthRejected, PositionModeMismatch
from bot_trading.exchanges.binance.client import BinanceClient
from bot_trading.exchanges.bybit import rest as bybit
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.okx import rest as okx
from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.kill_switch import kill_all
from bot_trading.killing import KillOrder, KillReport
from bot_trading.ports import ExchangeClient
from tests.builders.client_contract import VENUES, Market, Venue, running_market
from tests.builders.core import risk_limits

each_venue = pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.exchange)


@pytest.fixture(scope="module")
def one_way() -> Iterator[Market]:
    """Accounts in one-way mode, with keys that may withdraw."""
    with running_market("--position-mode", "one-way", "--rule", "key_may_withdraw=true") as running:
        yield running


async def _trade(client: object, *, buys: bool, price: str = "") -> None:
    """An order by hand in one-way mode, at the market or resting at a price."""
    side = "BUY" if buys else "SELL"
    kind = "LIMIT" if price else "MARKET"
    priced: dict[str, Any] = {"price": price} if price else {}
    if isinstance(client, BinanceClient):
        limit = {"timeInForce": "GTC"} if price else {}
        params = {"symbol": "BTCUSDT", "side": side, "type": kind, "quantity": "0.010"}
        params["newClientOrderId"] = f"byhand-{side}-{kind}"
        binance_reply = await client._rest.send(
            "POST", "/fapi/v1/order", params | priced | limit, urgent=True
        )
        assert binance_reply.code == 0, binance_reply
        return
    if isinstance(client, BybitClient):
        body = {"category": "linear", "symbol": "BTCUSDT", "side": side.title(), "qty": "0.010"}
        body |= {"orderType": kind.title()} | priced
        path, group = "/v5/order/create", bybit.Group.CREATE
        bybit_reply = await client._rest.send(path, json.dumps(body).encode(), group, urgent=True)
        assert bybit_reply.code == 0, bybit_reply
        return
    assert isinstance(client, OkxClient)
    body = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": side.lower(), "sz": "1"}
    body |= {"ordType": kind.lower()} | ({"px": price} if price else {})
    path = "/api/v5/trade/order"
    reply = await client._rest.send(path, json.dumps(body).encode(), okx.Group.CREATE, urgent=True)
    assert reply.verdict[0] == "0", reply


async def _kill(client: ExchangeClient, **parts: Any) -> KillReport:
    order = KillOrder(ident=f"k{now_us():x}", look_again_s=0.1, **parts)
    [report] = await kill_all({client.exchange: client}, order, risk_limits())
    return report


@each_venue
@pytest.mark.parametrize("buys", [True, False], ids=["long", "short"])
async def test_it_cancels_and_closes_in_one_way_mode(
    venue: Venue, one_way: Market, buys: bool
) -> None:
    """Where the bot is refused, the switch takes all risk away, and proves it by reading back."""
    keys: Mapping[str, str] = one_way.account(venue)
    with pytest.raises((PositionModeMismatch, AuthRejected)):
        await one_way.client(venue, keys).open()
    client: Any = one_way.client(venue, keys)
    await client.connect()
    await _trade(client, buys=buys)
    await _trade(client, buys=True, price="20000")
    for _ in range(100):
        seen = await client.take_snapshot((), now_us())
        if any(leg.quantity for leg in seen.legs) and seen.open_orders:
            break
        await asyncio.sleep(0.02)
    await client.close()

    report = await _kill(one_way.client(venue, keys))
    assert report.open_legs == 1
    assert all("without a stop" in sentence for sentence in report.left), report

    report = await _kill(one_way.client(venue, keys), closes=True)
    assert (report.left, report.open_legs) == ((), 0)


@pytest.mark.parametrize("buys", [True, False], ids=["long", "short"])
async def test_it_closes_what_is_held_under_another_margin_mode(
    one_way: Market, buys: bool
) -> None:
    """A leg that no snapshot of the bot lists is named at least, closed where that was asked for,
    and not called gone before it was looked for once more."""
    [venue] = (each for each in VENUES if each.exchange == "okx")
    keys = one_way.account(venue)
    by_hand: Any = one_way.client(venue, keys)
    await by_hand.connect()
    await _trade(by_hand, buys=buys)
    for _ in range(100):
        if any(leg.quantity for leg in (await by_hand.take_snapshot((), now_us())).legs):
            break
        await asyncio.sleep(0.02)

    report = await _kill(one_way.client(venue, keys, margin_mode="isolated"))
    [said] = report.left
    assert "under cross margin, of which the bot knows nothing" in said
    report = await _kill(one_way.client(venue, keys, margin_mode="isolated"), closes=True)
    held = (await by_hand.take_snapshot((), now_us())).legs
    await by_hand.close()
    assert (report.left, [leg for leg in held if leg.quantity]) == ((), [])
