"""Recordings made by hand: what is a sample of a bot, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from readiness.speed.samples import read_series

MINUTE_MS = 60_000


def told(
    at_us: int, candle: int, symbol: str = "BTCUSDT", *, closed: bool = True
) -> dict[str, Any]:
    """A frame of the candle with this number."""
    said = "true" if closed else "false"
    end_ms = (candle + 1) * MINUTE_MS - 1
    text = f'{{"topic":"kline.1.BTCUSDT","data":[{{"end":{end_ms},"confirm":{said}}}]}}'
    return {"exchange": "bybit", "kind": "out", "wall_us": at_us, "frame": {"text": text}}


def sent(at_us: int, stamp: str = "", **fields: Any) -> dict[str, Any]:
    """An order by the socket, of the long leg."""
    order = {"symbol": "BTCUSDT", "side": "Buy", "qty": "0.001", "positionIdx": 1, **fields}
    frame = {"op": "order.create", "header": {"X-BAPI-TIMESTAMP": stamp}, "args": [order]}
    text = json.dumps(frame)
    return {"exchange": "bybit", "kind": "in", "wall_us": at_us, "frame": {"text": text}}


def request(at_us: int, method: str, target: str, body: str, answer: object) -> dict[str, Any]:
    """A request and its answer."""
    return {
        "exchange": "bybit",
        "kind": "request",
        "wall_us": at_us,
        "market_ms": 0,
        "method": method,
        "target": target,
        "headers": {"x-bapi-timestamp": str(at_us // 1000 - 3)},
        "body": {"text": body},
        "reply": {"lost": False, "status": 200, "body": {"text": json.dumps(answer)}},
    }


def asked(at_us: int, candle: int, market_ms: int = 0) -> dict[str, Any]:
    """The candles, of which this one is still open."""
    rows = [[str((candle - back) * MINUTE_MS)] for back in range(3)]
    target = "/v5/market/kline?symbol=BTCUSDT&limit=201"
    found = request(at_us, "GET", target, "", {"retCode": 0, "result": {"list": rows}})
    return {**found, "market_ms": market_ms}


def posted(at_us: int, side: str, code: int = 0, leg: int = 0) -> dict[str, Any]:
    """An order by REST."""
    order = {"symbol": "BTCUSDT", "side": side, "qty": "0.001", "positionIdx": leg}
    body = json.dumps(order)
    return request(at_us, "POST", "/v5/order/create", body, {"retCode": code})


def test_a_told_candle_counts_until_the_symbols_first_opening_order() -> None:
    """An open candle, another symbol's order, an order that closes and a second one are none."""
    rows = [
        told(1_000, 5, closed=False),
        sent(2_000),
        told(10_000, 5),
        sent(11_000, symbol="ETHUSDT"),
        sent(12_000, reduceOnly=True),
        sent(15_500),
        sent(16_000),
    ]
    series = read_series(rows, 60)
    assert [sample.took_ms for sample in series.samples] == [5.5]
    assert series.candles == 1


def test_an_order_by_rest_counts_as_one_by_the_socket() -> None:
    """The trade socket may be down."""
    series = read_series([told(10_000, 5), posted(17_000, "Buy", leg=1)], 60)
    assert [sample.took_ms for sample in series.samples] == [7.0]


def test_a_candle_that_nobody_followed_is_forgotten() -> None:
    """The next candle's order is not late by a whole candle."""
    series = read_series([told(10_000, 5), told(1_010_000, 6), sent(1_012_000)], 60)
    assert [sample.took_ms for sample in series.samples] == [2.0]
    assert series.candles == 2


def test_a_polled_candle_counts_from_the_request_that_first_shows_it() -> None:
    """The first answer and one without a new candle begin nothing; the wait is told apart."""
    rows = [
        asked(1_000, 5),
        asked(201_000, 5),
        asked(401_000, 6, market_ms=6 * MINUTE_MS + 9_000),
        posted(421_000, "Buy"),
        asked(601_000, 6),
    ]
    series = read_series(rows, 60)
    assert [sample.took_ms for sample in series.samples] == [20.0]
    assert series.waits_ms == (150.0,)
    assert series.candles == 1


def test_an_order_that_closes_is_no_sample_of_a_one_way_account() -> None:
    """Nor is the order that opens after it for the same candle: it waited for the closing one."""
    rows = [
        asked(0, 5),
        asked(1_000_000, 6),
        posted(1_010_000, "Buy"),
        asked(2_000_000, 7),
        posted(2_010_000, "Sell"),
        posted(2_090_000, "Sell"),
        asked(3_000_000, 8),
        posted(3_030_000, "Sell"),
    ]
    assert [sample.took_ms for sample in read_series(rows, 60).samples] == [10.0, 30.0]


def test_a_refused_order_opens_nothing() -> None:
    """The next order of the other side still opens."""
    rows = [
        asked(0, 5),
        asked(1_000_000, 6),
        posted(1_010_000, "Buy", code=110007),
        asked(2_000_000, 7),
        posted(2_040_000, "Sell"),
    ]
    assert [sample.took_ms for sample in read_series(rows, 60).samples] == [10.0, 40.0]


def test_a_lost_answer_shows_no_candle() -> None:
    """The bot could not have held it."""
    lost = asked(1_000_000, 6)
    lost["reply"]["lost"] = True
    rows = [asked(0, 5), lost, posted(1_010_000, "Buy")]
    assert not read_series(rows, 60).samples


def test_what_came_before_both_bots_were_there_is_not_counted() -> None:
    """It is read all the same, since positions and candles known come from it."""
    rows = [asked(0, 5), asked(1_000_000, 6), posted(1_010_000, "Buy"), asked(2_000_000, 7)]
    series = read_series([*rows, posted(2_030_000, "Buy")], 60, since_us=1_500_000)
    assert [sample.took_ms for sample in series.samples] == [30.0]
    assert (series.candles, len(series.waits_ms)) == (1, 1)
    told_rows = [told(10_000, 5), sent(11_000), told(1_010_000, 6), sent(1_012_000)]
    assert len(read_series(told_rows, 60, since_us=20_000).samples) == 1
    assert len(read_series(told_rows, 60, until_us=20_000).samples) == 1


def test_a_candle_that_was_told_is_not_held_again_when_it_is_asked_for() -> None:
    """Its time would be taken for shorter than it was."""
    rows = [asked(0, 5), told(1_000_000, 5), asked(1_004_000, 6), sent(1_009_000)]
    series = read_series(rows, 60)
    assert [sample.took_ms for sample in series.samples] == [9.0]
    assert series.waits_ms == ()


def test_the_way_of_an_order_begins_at_the_time_written_on_it() -> None:
    """By a socket, by a request, and nothing where no time is written; no order, no way."""
    rows = [
        sent(20_500, stamp="18"),
        posted(30_000, "Buy"),
        sent(40_000),
        sent(50_000, stamp="soon"),
        asked(60_000, 5),
    ]
    assert read_series(rows, 60).sends_ms == (2.5, 3.0)


@pytest.mark.parametrize("stamp", ["1970-01-01T00:00:00.018Z", "18"])
def test_a_time_is_read_in_either_form(stamp: str) -> None:
    """OKX writes ISO 8601, others milliseconds."""
    assert read_series([sent(20_500, stamp=stamp)], 60).sends_ms == (pytest.approx(2.5),)
