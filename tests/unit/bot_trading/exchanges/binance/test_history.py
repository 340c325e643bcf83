"""Fills and funding put together from windows: every one, each once, with its order and leg."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot_trading.domain.instrument import PositionIdx
from bot_trading.domain.order import OrderSide
from bot_trading.domain.reports import FillReport
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import history
from bot_trading.exchanges.binance.config import BinanceConfig, Credentials
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.binance.wire import decode_trade
from tests.builders.binance_frames import TS_MS, order_row, trade_row

DAY_MS = 86_400_000
HOUR_MS = 3_600_000


class Archive:
    """A loopback server of Binance's history endpoints over rows that a test lays down."""

    def __init__(self) -> None:
        self.trades: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.incomes: list[dict[str, Any]] = []
        self.rates: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None
        self.rest: SignedRest

    async def __aenter__(self) -> Archive:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        config = BinanceConfig(rest_url=base, ws_public_url="", ws_market_url="", ws_private_url="")
        self.rest = SignedRest(config, Credentials(api_key="k", api_secret="s"))
        await self.rest.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.rest.close()
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        query = {name: value[0] for name, value in parse_qs(request.query_string).items()}
        name = request.path.rpartition("/")[2]
        self.asked[name] += 1
        start, end = int(query.get("startTime", 0)), int(query.get("endTime", 2**60))
        if name == "time":
            rows: Any = {"serverTime": TS_MS}
        elif name == "klines":
            rows = [[TS_MS - 60_000, "1", "1", "1", "1", "1"]]
        elif name == "userTrades":
            rows = [row for row in self.trades if start <= row["time"] <= end][-1000:]
        elif name == "allOrders":
            first = int(query["orderId"])
            rows = [row for row in self.orders if row["orderId"] >= first][:1000]
        elif name == "income":
            rows = [row for row in self.incomes if row["time"] >= start][:1000]
        else:
            rows = [row for row in self.rates if row["fundingTime"] >= start]
        return web.Response(body=json.dumps(rows).encode())

    async def fills(self, since_ms: int, known: KnownOrders | None = None) -> list[FillReport]:
        """What is read since then, and nothing to complain of."""
        said: list[str] = []
        fills, _ = await history.read_fills(
            self.rest,
            ("BTCUSDT",),
            since_ms * 1000,
            known or KnownOrders(),
            "USDT",
            said.append,
        )
        assert not said
        return list(fills)


async def test_a_full_window_is_halved_until_nothing_can_be_missing() -> None:
    """More trades than a page holds come all, each once, oldest first."""
    async with Archive() as archive:
        start = TS_MS - 20 * DAY_MS
        archive.trades = [
            trade_row(id=number, orderId=1, time=start + number * 1_000) for number in range(2_500)
        ]
        archive.orders = [order_row(orderId=1)]
        fills = await archive.fills(start)
    assert [int(fill.trade_id) for fill in fills] == list(range(2_500))
    assert {fill.client_order_id for fill in fills} == {"ours-1"}


async def test_both_sides_of_one_trade_are_two_fills() -> None:
    """Where our two legs trade with each other, the rows differ in their side alone for certain;
    what two windows tell is still one fill."""
    async with Archive() as archive:
        archive.trades = [
            trade_row(orderId=1, side="BUY", positionSide="LONG"),
            trade_row(orderId=2, side="SELL", positionSide="SHORT", maker=True),
        ] * 2
        archive.orders = [order_row(orderId=1), order_row(orderId=2, clientOrderId="ours-2")]
        fills = await archive.fills(TS_MS - DAY_MS)
    assert [(fill.trade_id, fill.side, fill.client_order_id) for fill in fills] == [
        ("77", OrderSide.BUY, "ours-1"),
        ("77", OrderSide.SELL, "ours-2"),
    ]


async def test_a_millisecond_that_is_full_is_malformed() -> None:
    """What cannot be read whole is no history."""
    async with Archive() as archive:
        archive.trades = [trade_row(id=number, time=TS_MS - 5) for number in range(1_000)]
        with pytest.raises(MalformedMessage, match="one millisecond"):
            await archive.fills(TS_MS - DAY_MS)


async def test_names_are_asked_for_once_and_only_where_they_are_missing() -> None:
    """Remembered names cost nothing; an order that nobody lists has none, its trades still do."""
    async with Archive() as archive:
        archive.trades = [
            trade_row(id=1, orderId=1, time=TS_MS - 9_000),
            trade_row(id=2, orderId=2, time=TS_MS - 8_000),
            trade_row(id=3, orderId=3, time=TS_MS - 7_000),
        ]
        archive.orders = [order_row(orderId=2, clientOrderId="sl-000000-ours-1")]
        known = KnownOrders()
        known.remember(1, "ours-1")
        fills = await archive.fills(TS_MS - DAY_MS, known)
        assert archive.asked["allOrders"] == 2
        archive.orders.append(order_row(orderId=3, clientOrderId="late"))
        again = await archive.fills(TS_MS - DAY_MS, known)
    assert [fill.client_order_id for fill in fills] == ["ours-1", "", ""]
    assert [fill.client_order_id for fill in again] == ["ours-1", "", "late"]


async def test_funding_gets_its_leg_from_the_rate() -> None:
    """At a positive rate who paid was long; without a rate nothing says whose it was."""
    async with Archive() as archive:
        settled = TS_MS - 8 * HOUR_MS
        archive.rates = [
            {"symbol": "BTCUSDT", "fundingRate": "0.0001", "fundingTime": settled},
            {"symbol": "BTCUSDT", "fundingRate": "-0.0002", "fundingTime": TS_MS},
        ]
        archive.incomes = [
            income(1, "-0.05", settled + 3),
            income(2, "0.05", settled + 4),
            income(3, "-0.05", TS_MS + 2),
            income(4, "-0.05", TS_MS - 2 * HOUR_MS),
        ]
        said: list[str] = []
        paid = await history.read_funding(archive.rest, settled - 1, "USDT", said.append)
        archive.incomes = [income(5, "1", TS_MS) | {"asset": "BNB"}]
        assert await history.read_funding(archive.rest, settled, "USDT", said.append) == ()
    legs = {report.trade_id: report.position_idx for report in paid}
    long, short = PositionIdx.LONG, PositionIdx.SHORT
    assert legs == {"1": long, "2": short, "3": short, "4": None}
    assert sum(report.amount for report in paid) == Decimal("-0.10")
    assert len(said) == 1


async def test_pages_of_funding_go_on_where_the_last_one_ended() -> None:
    """More than a page comes whole, each payment once."""
    async with Archive() as archive:
        archive.incomes = [income(number, "0.01", TS_MS + number // 3) for number in range(2_200)]
        paid = await history.read_funding(archive.rest, TS_MS - 1, "USDT", print)
    assert {int(report.trade_id) for report in paid} == set(range(2_200))
    assert len(paid) == 2_200


def income(number: int, amount: str, time_ms: int) -> dict[str, Any]:
    """A funding row."""
    return {
        "symbol": "BTCUSDT",
        "incomeType": "FUNDING_FEE",
        "income": amount,
        "asset": "USDT",
        "time": time_ms,
        "tranId": number,
    }


@given(st.integers(0, TS_MS * 1000), st.integers(TS_MS - DAY_MS, TS_MS))
def test_windows_touch_and_reach_from_then_to_now(since_us: int, now_ms: int) -> None:
    """No millisecond is left out or asked for twice, and no window is longer than a week."""
    windows = history.windows_since(since_us, now_ms)
    for (_, end), (start, _) in pairwise(windows):
        assert start == end + 1
    assert all(0 <= end - start < 7 * DAY_MS for start, end in windows)
    if windows:
        assert windows[-1][1] == now_ms
        assert windows[0][0] >= now_ms - 90 * DAY_MS


def test_rows_of_trades_decode() -> None:
    """The row of a trade is what the archive lays down."""
    assert decode_trade(json.dumps(trade_row()).encode()).id == 77
