"""Pages, windows and candles, read over real sockets."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot_trading.domain.instrument import InstrumentId, PositionIdx
from bot_trading.domain.order import OrderSide
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import reads
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.rest import SignedRest
from tests.builders.bybit_frames import (
    execution_row,
    instrument_row,
    order_row,
    position_row,
    wallet_row,
)
from tests.builders.scripted_exchange import ScriptedExchange, answered

BTC = InstrumentId("bybit", "BTCUSDT")
DAY_US = 86_400_000_000
REALTIME = "/v5/order/realtime"
EXECUTIONS = "/v5/execution/list"
KLINE = "/v5/market/kline"


@asynccontextmanager
async def opened(exchange: ScriptedExchange) -> AsyncIterator[SignedRest]:
    """A signed client of a scripted exchange, whose clock calls are forgotten."""
    rest = SignedRest(exchange.config(), Credentials(api_key="k", api_secret="s"))
    await rest.open()
    exchange.seen.clear()
    try:
        yield rest
    finally:
        await rest.close()


def page(*rows: object, cursor: str = "") -> Any:
    """A page of rows."""
    return answered({"list": rows, "nextPageCursor": cursor})


def ignore(what: str) -> None:
    """Complaints are another test's business."""


async def test_pages_are_put_together_in_order() -> None:
    """The cursor travels back as it came, until it is empty."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[REALTIME] = [
            page(order_row(orderId="1"), cursor="a%3D1"),
            page(order_row(orderId="2"), cursor="b"),
            page(order_row(orderId="3")),
        ]
        orders = await reads.read_open_orders(rest, "USDT", KnownOrders(), ignore)
        assert [order.exchange_order_id for order in orders] == ["1", "2", "3"]
        cursors = [seen.query.partition("cursor=")[2] for seen in exchange.seen]
        assert cursors == ["", "a%3D1", "b"]
        assert "openOnly=0" in exchange.seen[0].query


async def test_a_cursor_that_repeats_is_no_endless_loop() -> None:
    """A server that never ends its pages is refused by name."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[REALTIME] = [page(order_row(), cursor="again")]
        with pytest.raises(MalformedMessage, match="repeats the cursor"):
            await reads.read_open_orders(rest, "USDT", KnownOrders(), ignore)


async def test_a_bad_row_spoils_a_snapshot() -> None:
    """A list of orders with a hole is no list of orders."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[REALTIME] = [page(order_row(), order_row(qty="lots"))]
        with pytest.raises(MalformedMessage, match="lots"):
            await reads.read_open_orders(rest, "USDT", KnownOrders(), ignore)


async def test_executions_are_read_in_windows_of_a_week() -> None:
    """Twenty days are three closed windows without gaps, the last open towards the future."""
    now_us = time.time_ns() // 1000
    since_us = now_us - 20 * DAY_US
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        asked = reads.windows_since(since_us, now_us // 1000)
        await reads.read_executions(rest, {}, asked, KnownOrders(), "USDT", ignore)
        windows = [parse_qs(seen.query) for seen in exchange.seen]
    starts = [int(window["startTime"][0]) for window in windows]
    ends = [int(window["endTime"][0]) for window in windows[:-1]]
    assert starts[0] == since_us // 1000
    assert starts[1:] == ends
    assert len(windows) == 3
    assert "endTime" not in windows[-1]


async def test_no_window_begins_before_what_the_exchange_keeps() -> None:
    """Asked since for ever, it begins two years ago."""
    windows = reads.windows_since(1, 10 * reads.LOOK_BACK_MAX_MS)
    assert windows[0]["startTime"] == str(9 * reads.LOOK_BACK_MAX_MS)


async def test_nothing_known_asks_for_the_default_window() -> None:
    """Without a past there is nothing to catch up with beyond the exchange's own default."""
    assert reads.windows_since(0, 10 * reads.LOOK_BACK_MAX_MS) == [{}]


async def test_both_sides_of_one_trade_would_be_two_fills() -> None:
    """Bybit does not say whether they share an id where our two legs trade with each other."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        rows = (execution_row(execId="a", side=side) for side in ("Buy", "Sell"))
        exchange.answers[EXECUTIONS] = [page(*rows)]
        fills, _ = await reads.read_executions(rest, {}, [{}], KnownOrders(), "USDT", ignore)
    assert {fill.side for fill in fills} == {OrderSide.BUY, OrderSide.SELL}


async def test_each_execution_counts_once_and_in_order() -> None:
    """Rows that windows share are one fill; fills and funding are told apart."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[EXECUTIONS] = [
            page(
                execution_row(execId="b", execTime="2000"),
                execution_row(execId="f", execType="Funding", execTime="1500"),
                execution_row(execId="a", execTime="1000"),
                execution_row(execId="b", execTime="2000"),
            )
        ]
        known = KnownOrders()
        known.remember_id("theirs-1", PositionIdx.LONG)
        fills, funding = await reads.read_executions(rest, {}, [{}], known, "USDT", ignore)
    assert [fill.trade_id for fill in fills] == ["a", "b"]
    assert [payment.trade_id for payment in funding] == ["f"]
    assert {fill.position_idx for fill in fills} == {PositionIdx.LONG}


async def test_history_is_asked_when_live_orders_do_not_know() -> None:
    """A finished order is found in history, under the very id that was asked."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        stranger = order_row(orderLinkId="somebody-else")
        exchange.answers[REALTIME] = [page(stranger)]
        exchange.answers["/v5/order/history"] = [page(order_row(orderStatus="Filled"))]
        report = await reads.read_order(rest, "BTCUSDT", "ours-1", KnownOrders(), ignore)
        assert report is not None
        assert report.client_order_id == "ours-1"
        assert [seen.path for seen in exchange.seen] == [REALTIME, "/v5/order/history"]


def kline(open_ms: int, close: str = "100.5") -> list[str]:
    """A REST kline."""
    return [str(open_ms), "100", "101", "99", close, "5", "500"]


async def test_the_newest_candle_is_open_and_left_out() -> None:
    """Oldest first, and the one that is still being made is not among them."""
    now_ms = time.time_ns() // 1_000_000
    opens = [now_ms - 60_000 * back for back in (0, 1, 2, 3)]
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[KLINE] = [page(*(kline(moment) for moment in opens))]
        candles = await reads.read_candles(rest, BTC, 60, 3)
        assert "X-BAPI-SIGN" not in exchange.seen[0].headers
    assert [candle.open_us // 1000 for candle in candles] == opens[:0:-1]
    assert (candles[0].close, candles[0].volume) == (Decimal("100.5"), Decimal(5))


async def test_a_candle_that_has_just_closed_is_kept() -> None:
    """Right after its end the newest listed candle is a closed one."""
    now_ms = time.time_ns() // 1_000_000
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[KLINE] = [page(kline(now_ms - 61_000), kline(now_ms - 121_000))]
        assert len(await reads.read_candles(rest, BTC, 60, 2)) == 2


async def test_many_candles_come_in_pages() -> None:
    """More than a page holds is read backwards without doubling any; a young market ends it."""
    now_ms = time.time_ns() // 1_000_000
    opens = [now_ms - 60_000 * back for back in range(1_500)]
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[KLINE] = [
            page(*(kline(moment) for moment in opens[:1000])),
            page(*(kline(moment) for moment in opens[1000:])),
            page(),
        ]
        candles = await reads.read_candles(rest, BTC, 60, 2_000)
    assert [candle.open_us // 1000 for candle in candles] == opens[:0:-1]


@pytest.mark.parametrize("row", [["1", "2"], ["x", "1", "1", "1", "1", "1"], kline(0, "0"), {}])
async def test_bad_candles_are_malformed(row: object) -> None:
    """Too few columns, no number, an impossible price."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[KLINE] = [page(row)]
        with pytest.raises(MalformedMessage):
            await reads.read_candles(rest, BTC, 60, 2)


async def test_a_wallet_without_the_coin_holds_none_of_it() -> None:
    """Bybit leaves out coins that the account has none of."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers["/v5/account/wallet-balance"] = [
            page(wallet_row(coin=[])),
            page(wallet_row()),
            page(),
        ]
        assert (await reads.read_balance(rest, "USDT")).equity == 0
        assert (await reads.read_balance(rest, "USDT")).equity == Decimal("1001.5")
        with pytest.raises(MalformedMessage, match="unified"):
            await reads.read_balance(rest, "USDT")


async def test_only_wanted_instruments_are_understood() -> None:
    """A strange contract that nobody trades here does not stop the bot."""
    row = instrument_row()
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers["/v5/market/instruments-info"] = [page({"symbol": "STRANGE"}, row)]
        (instrument,) = await reads.read_instruments(rest, frozenset({"BTCUSDT", "ETHUSDT"}))
        assert instrument.instrument_id == BTC
        assert (instrument.tick_size, instrument.min_notional) == (Decimal("0.1"), Decimal(5))
        exchange.answers["/v5/market/instruments-info"] = [page(row | {"fundingInterval": "?"})]
        with pytest.raises(MalformedMessage):
            await reads.read_instruments(rest, frozenset({"BTCUSDT"}))


@pytest.mark.parametrize("indexes", [(), (1,), (0, 1), (1, 2, 2), (0, 0)])
async def test_legs_that_tell_no_mode_are_malformed(indexes: tuple[int, ...]) -> None:
    """Neither both legs nor the single one: the position mode is not guessed."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        rows = [position_row(positionIdx=index) for index in indexes]
        exchange.answers["/v5/position/list"] = [page(*rows)]
        with pytest.raises(MalformedMessage, match="expected 1 and 2 in hedge mode"):
            await reads.read_legs(rest, "BTCUSDT")


FUNDING = "/v5/market/funding/history"


def funding_row(at_ms: int, rate: str, symbol: str = "BTCUSDT") -> dict[str, str]:
    """A settled rate as Bybit lists it."""
    return {"symbol": symbol, "fundingRate": rate, "fundingRateTimestamp": str(at_ms)}


async def test_settled_rates_are_told_oldest_first() -> None:
    """Bybit lists the newest first; signs stay."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        rows = [funding_row(57_600_000, "-0.0001"), funding_row(28_800_000, "0.00005")]
        exchange.answers[FUNDING] = [answered({"category": "linear", "list": rows})]
        rates = await reads.read_funding_rates(rest, BTC, 12)
        assert [(each.ts_settled_us, str(each.rate)) for each in rates] == [
            (28_800_000_000, "0.00005"),
            (57_600_000_000, "-0.0001"),
        ]
        assert "limit=12" in exchange.seen[0].query


@pytest.mark.parametrize(
    "row", [funding_row(1, "0.1", "ETHUSDT"), funding_row(1, "much"), {"symbol": "BTCUSDT"}]
)
async def test_a_rate_that_cannot_be_read_is_refused(row: dict[str, str]) -> None:
    """Another symbol's, no number, or nothing at all."""
    async with ScriptedExchange() as exchange, opened(exchange) as rest:
        exchange.answers[FUNDING] = [answered({"list": [row]})]
        with pytest.raises(MalformedMessage):
            await reads.read_funding_rates(rest, BTC, 1)
