"""Binance's history: trades by number and time, premiums, open interest, status."""

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.unit.exchange_simulator.builders import START_MS, go
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker, make_binance

PRICES = [str(60_000 + 10 * number) for number in range(30)]


@pytest.fixture
def client() -> Speaker:
    """A client after twenty minutes of market."""
    binance, speaker = make_binance(PRICES)
    speaker.user_stream()
    binance.exchange.watched["BTCUSDT"] = 1
    go(binance.exchange, 20)
    return speaker


def public(client: Speaker, path: str, **fields: object) -> Any:
    """Ask without a signature."""
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    return json.loads(client.raw("GET", f"{path}?{query}").body)


def _meet_oneself(prevention: str) -> tuple[list[Any], str]:
    """The fills, and the status of the order that rests, where a client's long meets its short."""
    binance, speaker = make_binance(PRICES)
    market = binance.exchange.market("BTCUSDT")
    price = str(market.instrument.price_of(market.best_ticks[1] + 5))
    for ticks, steps in list(market.levels(bids=False)):
        market.eat(ticks, steps)
    rests = speaker.order("SELL", "SHORT", "0.1", price=price)
    speaker.order("BUY", "LONG", "0.1", selfTradePreventionMode=prevention)
    found = speaker.call("GET", "v1/order", symbol="BTCUSDT", orderId=rests["orderId"])
    return speaker.call("GET", "v1/userTrades", symbol="BTCUSDT"), found["status"]


def test_both_sides_of_a_trade_have_its_number() -> None:
    """A trade has one number, which a client that was on both sides of it sees twice."""
    rows, status = _meet_oneself("NONE")
    assert status == "FILLED"
    assert {(row["side"], row["positionSide"], row["maker"]) for row in rows} == {
        ("SELL", "SHORT", True),
        ("BUY", "LONG", False),
    }
    assert len({row["id"] for row in rows}) == 1
    assert len({row["orderId"] for row in rows}) == len(rows) == 2


def test_what_rests_expires_where_the_taker_asks_for_it() -> None:
    """With EXPIRE_MAKER a client's legs do not trade with each other."""
    rows, status = _meet_oneself("EXPIRE_MAKER")
    assert (rows, status) == ([], "EXPIRED_IN_MATCH")


@pytest.mark.parametrize("path", ["trades", "aggTrades"])
def test_the_last_trades_come_oldest_first(client: Speaker, path: str) -> None:
    """Their numbers rise by one, their times never fall."""
    rows = public(client, f"/fapi/v1/{path}", symbol="BTCUSDT", limit=20)
    number, time = ("id", "time") if path == "trades" else ("a", "T")
    assert len(rows) == 20
    assert all(b[number] == a[number] + 1 and b[time] >= a[time] for a, b in pairwise(rows))


def test_trades_are_read_on_from_a_number(client: Speaker) -> None:
    """Page by page without a hole or a repetition."""
    seen: list[int] = []
    first = 1
    for _ in range(5):
        fields = {"symbol": "BTCUSDT", "fromId": first, "limit": 7}
        rows = public(client, "/fapi/v1/historicalTrades", **fields)
        seen += [row["id"] for row in rows]
        first = seen[-1] + 1
    assert seen == list(range(1, 36))


def test_aggregated_trades_are_those_of_a_time(client: Speaker) -> None:
    """Both ends are included."""
    start, end = START_MS + 300_000, START_MS + 420_000
    fields = {"symbol": "BTCUSDT", "startTime": start, "endTime": end}
    rows = public(client, "/fapi/v1/aggTrades", **fields)
    assert rows[0]["T"] == start
    assert rows[-1]["T"] == end
    assert len(rows) == 9


def test_the_quote_of_a_trade_is_price_times_quantity(client: Speaker) -> None:
    """Exactly."""
    for row in public(client, "/fapi/v1/trades", symbol="BTCUSDT", limit=5):
        assert Decimal(row["quoteQty"]) == Decimal(row["price"]) * Decimal(row["qty"])


def test_premiums_are_rows_of_twelve_columns(client: Speaker) -> None:
    """One per interval, at the rate of the coming settlement."""
    fields = {"symbol": "BTCUSDT", "interval": "5m", "limit": 3}
    rows = public(client, "/fapi/v1/premiumIndexKlines", **fields)
    assert [len(row) for row in rows] == [12] * len(rows)
    assert all(b[0] - a[0] == 300_000 for a, b in pairwise(rows))
    rate = public(client, "/fapi/v1/premiumIndex", symbol="BTCUSDT")["lastFundingRate"]
    assert {row[4] for row in rows} == {rate}


def test_open_interest_has_a_history_of_what_it_is(client: Speaker) -> None:
    """As many rows as asked for, none later than now, the last like the present."""
    fields = {"symbol": "BTCUSDT", "period": "5m", "limit": 3}
    rows = public(client, "/futures/data/openInterestHist", **fields)
    now = public(client, "/fapi/v1/openInterest", symbol="BTCUSDT")["openInterest"]
    assert [row["timestamp"] for row in rows] == [START_MS + 300_000 * n for n in (2, 3, 4)]
    assert {Decimal(row["sumOpenInterest"]) for row in rows} == {Decimal(now)}
    wrong = public(client, "/futures/data/openInterestHist", symbol="BTCUSDT", period="7m")
    assert wrong["code"] == -1130


def test_the_system_is_normal(client: Speaker) -> None:
    """As clients ask before they begin."""
    assert public(client, "/sapi/v1/system/status") == {"status": 0, "msg": "normal"}


def test_months_are_an_interval(client: Speaker) -> None:
    """Their candles open on the first."""
    rows = public(client, "/fapi/v1/klines", symbol="BTCUSDT", interval="1M")
    assert [row[0] for row in rows] == [1_767_225_600_000]
