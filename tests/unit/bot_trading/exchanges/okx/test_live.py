"""The running streams of an account: up, down, funding, and stops that outlived their leg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import Event, StreamDown, StreamUp
from bot_trading.domain.reports import FundingReport, LegReport
from bot_trading.exchanges.okx import live
from bot_trading.exchanges.okx.client import OkxClient
from tests.builders.okx_frames import TS_MS, algo_row, frame, position_row
from tests.builders.scripted_okx import ScriptedOkx, answered
from tests.builders.waiting import wait_until

LEGS = "/api/v5/account/positions"
STOPS = "/api/v5/trade/orders-algo-pending"
PLACE = "/api/v5/trade/order-algo"
CANCEL = "/api/v5/trade/cancel-algos"
SWAP = "BTC-USDT-SWAP"
LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grace periods of an instant."""
    monkeypatch.setattr(live, "ORPHAN_GRACE_S", 0.05)
    monkeypatch.setattr(live, "FUNDING_LAG_S", 0.01)


@asynccontextmanager
async def running(
    exchange: ScriptedOkx, **changes: Any
) -> AsyncIterator[tuple[OkxClient, list[Event]]]:
    """A client whose streams run, and what they say."""
    events: list[Event] = []
    async with exchange.opened(**changes) as client:
        task = asyncio.create_task(client.run_streams(["BTCUSDT"], 300, events.append))
        try:
            yield client, events
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def of(events: list[Event], kind: type[Any]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


async def test_up_is_told_when_all_three_streams_listen() -> None:
    """Prices, candles and stops, orders and legs and money: each where OKX serves it."""
    async with ScriptedOkx() as exchange, running(exchange) as (_, events):
        await wait_until(lambda: of(events, StreamUp))
        channels = {(name, arg["channel"]) for name, arg in exchange.subscribed}
    assert channels == {
        ("public", "tickers"),
        ("public", "mark-price"),
        ("public", "funding-rate"),
        ("business", "candle5m"),
        ("business", "orders-algo"),
        ("business", "algo-advance"),
        ("private", "orders"),
        ("private", "positions"),
        ("private", "account"),
    }
    assert len(of(events, StreamUp)) == 1


async def test_a_refused_login_is_down_with_its_reason() -> None:
    """Again and again, and never up."""
    async with ScriptedOkx() as exchange:
        exchange.refuses_login = "Login failed."
        async with running(exchange) as (_, events):
            await wait_until(lambda: len(of(events, StreamDown)) >= 2)
    assert not of(events, StreamUp)
    assert any("60009: Login failed." in down.reason for down in of(events, StreamDown))


async def test_a_silent_market_is_down() -> None:
    """A socket that answers pings but carries no data is dead."""
    async with (
        ScriptedOkx() as exchange,
        running(exchange, data_age_max_ms=200, ping_interval_ms=50) as (_, events),
    ):
        await wait_until(lambda: of(events, StreamDown))
    assert "carried no data" in of(events, StreamDown)[0].reason


async def test_a_candle_length_that_okx_does_not_have_ends_the_run() -> None:
    """A programmer's mistake is told at once."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        with pytest.raises(ValueError, match="no candles of 42 s"):
            await client.run_streams(["BTCUSDT"], 42, print)


async def test_a_stop_that_outlived_its_leg_is_canceled() -> None:
    """Also one that a bot before this one left; a stop of an open leg is not touched."""
    async with ScriptedOkx() as exchange:
        orphan = algo_row(algoId="9", closeFraction="", sz="1", side="buy", posSide="short")
        exchange.answers[LEGS] = [answered(position_row())]
        exchange.answers[STOPS] = [answered(algo_row(), orphan), answered(), answered()] * 2 + [
            answered(algo_row())
        ]
        async with running(exchange):
            await wait_until(lambda: exchange.bodies(CANCEL))
            assert exchange.bodies(CANCEL) == [[{"instId": SWAP, "algoId": "9"}]]


async def test_a_stop_whose_leg_opens_meanwhile_is_kept() -> None:
    """What looked like an orphan for a moment was an entry's stop that was heard of first."""
    async with ScriptedOkx() as exchange:
        exchange.answers[STOPS] = [answered(algo_row()), answered(), answered()] * 2
        exchange.answers[LEGS] = [answered(), answered(position_row())]
        async with running(exchange):
            await wait_until(lambda: sum(seen.path == LEGS for seen in exchange.seen) >= 2)
            await asyncio.sleep(0.1)
            assert not exchange.bodies(CANCEL)


async def test_sized_stops_are_fitted_to_a_leg_that_shrank() -> None:
    """One order for the whole leg replaces what is larger than the leg."""
    async with ScriptedOkx() as exchange:
        sized = algo_row(closeFraction="", sz="1")
        half = position_row(pos="0.5", uTime=str(TS_MS + 1))
        exchange.answers |= {LEGS: [answered(position_row())], STOPS: [answered(sized)]}
        async with running(exchange) as (_, events):
            await wait_until(lambda: of(events, StreamUp))
            await exchange.say("private", frame("positions", position_row()))
            await exchange.say("business", frame("orders-algo", sized))
            await wait_until(lambda: of(events, LegReport) and of(events, LegReport)[-1].stop_loss)
            exchange.answers[LEGS] = [answered(half)]
            await exchange.say("private", frame("positions", half))
            await wait_until(lambda: exchange.bodies(CANCEL))
            (placed,) = exchange.bodies(PLACE)
            assert placed["closeFraction"] == "1"
            assert (placed["slTriggerPx"], placed["tpTriggerPx"]) == ("59000", "62000")
            assert exchange.bodies(CANCEL) == [[{"instId": SWAP, "algoId": "7001"}]]


async def test_funding_is_read_at_each_hour_of_the_market() -> None:
    """No stream tells of it; a failure waits for the next hour."""
    name = {"instId": SWAP}
    bill = {**name, "billId": "1", "type": "8", "ccy": "USDT", "balChg": "-1", "ts": str(TS_MS)}
    rate = {**name, "fundingTime": str(TS_MS), "fundingRate": "0.1"}
    async with ScriptedOkx() as exchange:
        exchange.answers |= {
            "/api/v5/market/ticker": [answered({**name, "ts": str(TS_MS)})],
            "/api/v5/account/bills": [answered(code="50001"), answered(bill)],
            "/api/v5/public/funding-rate-history": [answered(rate)],
        }
        async with running(exchange) as (_, events):
            await wait_until(lambda: of(events, StreamUp))
            for hour in range(2):
                stamp = str(TS_MS + hour * 3_600_000)
                arg = {"channel": "mark-price", **name}
                row = {**name, "markPx": "1", "ts": stamp}
                calls = len(exchange.seen)
                await exchange.say("public", frame("mark-price", row, arg=arg))
                await wait_until(lambda: len(exchange.seen) > calls + 1)  # noqa: B023
            await wait_until(lambda: of(events, FundingReport))
    assert [report.trade_id for report in of(events, FundingReport)] == ["1"]


async def test_an_ended_lifes_stop_gives_the_next_life_no_price() -> None:
    """When sized stops become one, only the prices of the leg's own life count."""
    old = algo_row(algoId="1", closeFraction="", sz="1", slTriggerPx="50000")
    own = algo_row(algoId="2", closeFraction="", sz="1")
    held, empty = answered(position_row()), answered()
    gone = [{"algoId": number, "sCode": "0", "sMsg": ""} for number in "12"]
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        exchange.answers = {
            STOPS: [answered(old), empty, empty, answered(old, own)],
            LEGS: [empty, held],
            PLACE: [answered({"algoId": "3", "sCode": "0", "sMsg": ""})],
            CANCEL: [answered(*gone)],
        }
        await client._protector.listed_orphans()
        await client._protector.make_whole(LONG)
        (placed,) = exchange.bodies(PLACE)
        assert placed["slTriggerPx"] == "59000"
