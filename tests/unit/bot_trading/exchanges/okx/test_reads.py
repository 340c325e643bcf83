"""What is read from OKX, page by page and row by row, over real sockets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.account import PositionMode
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.okx import reads
from tests.builders.okx_frames import (
    TS_MS,
    account_row,
    algo_row,
    btc_contracts,
    fill_row,
    instrument_row,
    order_row,
    position_row,
)
from tests.builders.scripted_okx import Answer, ScriptedOkx, answered

BTC = InstrumentId("okx", "BTCUSDT")
CANDLES = "/api/v5/market/candles"
OLD_CANDLES = "/api/v5/market/history-candles"
FILLS = "/api/v5/trade/fills"
LEGS = "/api/v5/account/positions"
PENDING = "/api/v5/trade/orders-pending"
STOPS = "/api/v5/trade/orders-algo-pending"
LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)
MINUTE_MS = 60_000
START_MS = TS_MS - TS_MS % MINUTE_MS


def candle(minute: int, confirm: str = "1") -> list[str]:
    """The candle of a minute."""
    return [str(START_MS + minute * MINUTE_MS), "1", "2", "1", "2", "100", "1", "1", confirm]


async def test_a_leg_under_another_margin_mode_is_a_strangers() -> None:
    """OKX keeps cross and isolated legs side by side; only ours is a leg of ours."""
    async with ScriptedOkx() as exchange:
        exchange.answers[LEGS] = [answered(position_row(), position_row(mgnMode="isolated"))]
        async with exchange.opened() as client:
            legs = await client.get_positions(["BTCUSDT"])
            assert sum(client.unsupported.values()) == 1
    assert {leg.leg_id: leg.quantity for leg in legs} == {LONG: Decimal("0.01"), SHORT: 0}


async def test_a_snapshot_is_whole() -> None:
    """Account, balance, legs with their stops as orders, both legs of each symbol."""
    ticker = answered({"instId": "BTC-USDT-SWAP", "ts": "1795000000000", "last": "1"})
    settles = {"fundingTime": "1795017600000", "nextFundingTime": "1795046400000"}
    async with ScriptedOkx() as exchange:
        exchange.answers |= {
            "/api/v5/account/balance": [answered(account_row())],
            "/api/v5/market/ticker": [ticker],
            "/api/v5/public/funding-rate": [answered({"instId": "BTC-USDT-SWAP", **settles})],
            PENDING: [answered(order_row())],
            LEGS: [answered(position_row())],
            STOPS: [answered(algo_row()), answered(), answered()],
            FILLS: [answered(fill_row())],
        }
        async with exchange.opened() as client:
            snapshot = await client.take_snapshot(["BTCUSDT"], 0)
    assert snapshot.account.position_mode is PositionMode.HEDGE
    assert (snapshot.account.account_uid, snapshot.account.can_withdraw) == ("7", False)
    assert snapshot.balance.equity == Decimal("1001.5")
    assert [each.instrument_id for each in snapshot.instruments] == [InstrumentId("okx", "BTCUSDT")]
    assert snapshot.instruments[0].funding_interval_min == 480
    held, flat = snapshot.legs
    assert (held.stop_loss, held.take_profit) == (Decimal(59000), Decimal(62000))
    assert (flat.leg_id, flat.quantity) == (SHORT, 0)
    names = [order.exchange_order_id for order in snapshot.open_orders]
    assert names == ["1001", "7001-sl", "7001-tp"]
    assert [fill.trade_id for fill in snapshot.fills] == ["501"]


@pytest.mark.parametrize(
    ("path", "row"),
    [
        (LEGS, position_row(pos="many")),
        (PENDING, order_row(sz="")),
        (FILLS, fill_row(execType="?")),
        (STOPS, algo_row(posSide="?")),
    ],
)
async def test_a_snapshot_with_a_hole_is_none(path: str, row: dict[str, Any]) -> None:
    """One row that cannot be understood leaves the whole unsaid."""
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/account/balance"] = [answered(account_row())]
        exchange.answers[path] = [answered(row)]
        async with exchange.opened() as client:
            with pytest.raises(MalformedMessage):
                await client.take_snapshot([], 0)


async def test_pages_are_put_together() -> None:
    """A full page asks for what is older than its last row."""
    async with ScriptedOkx() as exchange:
        full = [order_row(ordId=str(1000 - number)) for number in range(100)]
        exchange.answers[PENDING] = [answered(*full), answered(order_row(ordId="5"))]
        exchange.answers["/api/v5/account/balance"] = [answered(account_row())]
        async with exchange.opened() as client:
            snapshot = await client.take_snapshot([], 0)
        queries = [seen.query for seen in exchange.seen if seen.path == PENDING]
    assert len(snapshot.open_orders) == 101
    assert ["after" in query for query in queries] == [False, True]
    assert "after=901" in queries[1]


async def test_a_page_that_repeats_a_row_is_malformed() -> None:
    """Reading for ever, or counting twice, is no reading."""
    async with ScriptedOkx() as exchange:
        full = [fill_row(billId=str(number)) for number in range(100)]
        exchange.answers[FILLS] = [answered(*full)]
        exchange.answers["/api/v5/account/balance"] = [answered(account_row())]
        async with exchange.opened() as client:
            with pytest.raises(MalformedMessage, match="twice"):
                await client.take_snapshot([], 0)


async def test_closed_candles_are_read_oldest_first_from_both_lists() -> None:
    """What market/candles has no more of comes from the history; the open one is left out."""
    async with ScriptedOkx() as exchange:
        newest = answered(candle(3, "0"), candle(2), candle(1))
        exchange.answers[CANDLES] = [newest, answered()]
        exchange.answers[OLD_CANDLES] = [answered(candle(0), candle(-1)), answered()]
        async with exchange.opened() as client:
            found = await client.get_candles(BTC, 60, 4)
            first_query = next(seen.query for seen in exchange.seen if seen.path == OLD_CANDLES)
            fewer = await client.get_candles(BTC, 60, 100)
    opens = [(each.open_us // 1000 - START_MS) // MINUTE_MS for each in found]
    assert opens == [-1, 0, 1, 2]
    assert f"after={START_MS + MINUTE_MS}" in first_query
    assert len(fewer) <= 4


@pytest.mark.parametrize(
    "answer", [answered(candle(0)[:5]), answered("x"), answered(candle(0, "yes")), answered([1])]
)
async def test_a_candle_that_is_none_is_malformed(answer: Answer) -> None:
    """History with a guess in it is none."""
    async with ScriptedOkx() as exchange:
        exchange.answers[CANDLES] = [answer]
        async with exchange.opened() as client:
            with pytest.raises(MalformedMessage):
                await client.get_candles(BTC, 60, 4)


async def test_funding_rates_are_read_oldest_first() -> None:
    """What was really settled counts; a row of another swap is malformed."""
    path = "/api/v5/public/funding-rate-history"
    name = {"instId": "BTC-USDT-SWAP"}
    rows = (
        {**name, "fundingTime": "2000", "fundingRate": "0.1", "realizedRate": "0.2"},
        {**name, "fundingTime": "1000", "fundingRate": "0.3"},
    )
    async with ScriptedOkx() as exchange:
        exchange.answers[path] = [answered(*rows), answered({**rows[0], "instId": "X-USDT-SWAP"})]
        async with exchange.opened() as client:
            rates = await client.get_funding_rates(BTC, 500)
            assert "limit=100" in exchange.seen[-1].query
            with pytest.raises(MalformedMessage, match="not asked for"):
                await client.get_funding_rates(BTC, 2)
    assert [rate.rate for rate in rates] == [Decimal("0.3"), Decimal("0.2")]


@pytest.mark.parametrize(
    "settles",
    [{}, {"nextFundingTime": "1000"}, {"nextFundingTime": ""}, {"nextFundingTime": "9" * 13}],
)
async def test_an_interval_that_is_not_told_is_not_guessed(settles: dict[str, str]) -> None:
    """Eight hours would be plausible, and therefore wrong."""
    async with ScriptedOkx() as exchange:
        row = {"instId": "BTC-USDT-SWAP", "fundingTime": "1000", **settles}
        exchange.answers["/api/v5/public/funding-rate"] = [answered(row)]
        async with exchange.opened() as client:
            with pytest.raises(MalformedMessage):
                await reads.read_instruments(client._rest, btc_contracts(), ["BTCUSDT"], "USDT")


async def test_strangers_contracts_are_passed_over() -> None:
    """Inverse swaps and other coins are neither read nor an obstacle."""
    odd = [
        instrument_row(instId="BTC-USD-SWAP", ctVal="?"),
        instrument_row(instId="ETH-USDT-SWAP", ctType="inverse"),
        instrument_row(),
    ]
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/public/instruments"] = [answered(*odd)]
        exchange.answers[LEGS] = [answered(position_row(instId="BTC-USD-SWAP", pos="?"))]
        async with exchange.opened() as client:
            assert len(await client.get_positions([])) == 0


@pytest.mark.parametrize(("days", "path"), [(2, FILLS), (3, f"{FILLS}-history")])
async def test_fills_older_than_three_days_have_a_list_of_their_own(days: int, path: str) -> None:
    """Each list serves its own span of time, from the moment that is asked for."""
    since_ms = TS_MS - days * 86_400_000
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        await reads.read_fills(
            client._rest,
            btc_contracts(),
            {},
            since_ms=since_ms,
            market_ms=TS_MS,
            coin="USDT",
            complain=print,
        )
        (seen,) = exchange.seen
    assert seen.path == path
    assert f"begin={since_ms}" in seen.query


async def test_an_account_without_the_coin_holds_none_of_it() -> None:
    """Nothing there is zero, which OKX tells by leaving the coin out."""
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/account/balance"] = [answered(account_row(details=[]))]
        async with exchange.opened() as client:
            balance = await client.get_balance()
    assert (balance.equity, balance.available) == (0, 0)
