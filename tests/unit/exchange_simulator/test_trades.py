"""Recorded trades are served as they were, in candles of any length, and bad files are refused."""

import gzip
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exchange_simulator.errors import BadInput
from exchange_simulator.market.candles import candles
from exchange_simulator.market.replay import holds_trades
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.trades import POINTS, load_trades
from exchange_simulator.world import WorldOptions, build_world
from tests.unit.exchange_simulator.builders import START_MS, Client, frames

RAW = Path(__file__).parents[4] / "shared" / "data" / "market" / "raw_feeds"
TRADES: dict[str, list[Any]] = {
    "ts": [START_MS + 30, START_MS + 40, START_MS + 950, START_MS + 3_200, START_MS + 3_900],
    "price": [100.5, 100.7, 100.2, 101.0, 100.9],
    "qty": [1.0, 0.5, 2.0, 0.25, 1.25],
    "side": ["Buy", "Buy", "Sell", "Buy", "Sell"],
}


def table(folder: Path, **columns: list[Any]) -> Path:
    """Write a table of trades."""
    file = folder / "BTCUSDT.parquet"
    pl.DataFrame({**TRADES, **columns}).write_parquet(file)
    return file


def test_trades_become_candles_and_their_volumes_add_up(tmp_path: Path) -> None:
    """Seconds without trades stand still; longer candles join the seconds."""
    instrument, tape = load_trades("BTCUSDT", table(tmp_path))
    market = SymbolMarket(instrument=instrument, tape=tape, seed=1, points=POINTS)
    now = START_MS + 5_000
    rows = candles(market, interval_ms=1000, start_ms=START_MS, end_ms=now, now_ms=now)
    price = instrument.price_of
    shown = [[str(price(t)) for t in (row.open, row.high, row.low, row.close)] for row in rows]
    assert shown == [
        ["100.70", "100.70", "100.20", "100.20"],
        ["100.20"] * 4,
        ["100.20"] * 4,
        ["100.20", "101.00", "100.20", "100.90"],
    ]
    assert [str(market.volume(row.volume)) for row in rows] == ["3.50", "0.00", "0.00", "1.50"]
    assert tape.end_ms() == START_MS + 4_000


def test_without_a_side_rises_were_bought_and_falls_sold(tmp_path: Path) -> None:
    """The first trade, and one at an unchanged price, count as bought."""
    file = tmp_path / "BTCUSDT.parquet"
    columns = {
        "ts": [START_MS + 200 * number for number in range(5)],
        "price": [100.5, 100.5, 100.4, 100.6, 100.1],
        "qty": [1.0] * 5,
    }
    pl.DataFrame(columns).write_parquet(file)
    assert load_trades("BTCUSDT", file)[1].buyers == [True, True, False, True, False]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("side", ["Buy", "Sell", "BUY", "sell", "Buy"]),
        ("buyer_maker", ["false", "true", "False", "TRUE", "false"]),
    ],
)
def test_who_took_a_trade_is_read_from_either_column(
    tmp_path: Path, column: str, values: list[str]
) -> None:
    """A side names the taker; a buyer who was the maker means that a seller took."""
    file = tmp_path / "BTCUSDT.parquet"
    columns = {
        "ts": [START_MS + 200 * number for number in range(5)],
        "price": [100.0] * 5,
        "qty": [1.0] * 5,
        column: values,
    }
    pl.DataFrame(columns).write_parquet(file)
    assert load_trades("BTCUSDT", file)[1].buyers == [True, False, True, False, True]


def test_the_stream_prints_the_recorded_trades(tmp_path: Path) -> None:
    """Each recorded trade goes out at its time, with its taker."""
    options = WorldOptions(replay=(table(tmp_path),), speed=Fraction(1), warmup_candles=0)
    bybit = build_world(options, 0)["bybit"]
    client = Client(bybit)  # type: ignore[arg-type]
    public = client.socket("/v5/public/linear", "publicTrade.BTCUSDT")
    bybit.advance(10_000_000)
    rows = [row for message in frames(public)[1:] for row in message["data"]]
    assert [(row["T"] - START_MS, row["p"], row["v"], row["S"]) for row in rows] == [
        (900, "100.20", "2", "Sell"),
        (3200, "101.00", "0.25", "Buy"),
        (3900, "100.90", "1.25", "Sell"),
    ]


def test_a_recorders_file_gives_its_trade_frames(tmp_path: Path) -> None:
    """Other frames are passed over; a buyer-maker trade was taken by a seller."""
    file = tmp_path / "binance_usdm_ethusdt_20240808.gz"
    lines = ['1 {"stream":"x@depth","data":{"e":"depthUpdate"}}']
    for number, price in enumerate(("2500.10", "2500.20")):
        data = {"e": "trade", "T": START_MS + number * 400, "p": price, "q": "0.5", "m": True}
        lines.append(f"2 {json.dumps({'stream': 'x@trade', 'data': data}, separators=(',', ':'))}")
    with gzip.open(file, "wt") as sink:
        sink.write("\n".join(lines))
    assert holds_trades(file)
    _, tape = load_trades("ETHUSDT", file)
    assert (tape.prices, tape.volumes, tape.buyers) == ([250_010, 250_020], [5, 5], [False] * 2)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"price": [100.5, float("nan"), 1.0, 1.0, 1.0]}, "trade 2"),
        ({"qty": [1.0, 0.0, 1.0, 1.0, 1.0]}, "trade 2"),
        ({"ts": [START_MS + n for n in (5, 4, 3, 2, 1)]}, "goes backwards"),
    ],
)
def test_impossible_trades_are_named(
    tmp_path: Path, columns: dict[str, list[Any]], text: str
) -> None:
    """Which trade, and what is wrong with it."""
    with pytest.raises(BadInput, match=text):
        load_trades("BTCUSDT", table(tmp_path, **columns))


def test_a_damaged_recording_is_refused(tmp_path: Path) -> None:
    """A file that is no gzip is one sentence."""
    file = tmp_path / "btcusdt.gz"
    file.write_bytes(b"nothing")
    with pytest.raises(BadInput, match="cannot be read"):
        load_trades("BTCUSDT", file)


@pytest.mark.real_market
@pytest.mark.skipif(not RAW.is_dir(), reason="recorded trades are not on this machine")
@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("binance_spot_btcusdt_trades_20210108.parquet", "BTCUSDT"),
        ("binance_usdm_ethusdt_20240808.gz", "ETHUSDT"),
    ],
)
def test_real_recordings_can_be_traded(name: str, symbol: str) -> None:
    """The market opens on them, moves, and an order fills near the last trade."""
    options = WorldOptions(replay=(RAW / name,), speed=Fraction(1), warmup_candles=5)
    bybit = build_world(options, 0)["bybit"]
    client = Client(bybit, options.api_key, options.api_secret)  # type: ignore[arg-type]
    pair = {"category": "linear", "symbol": symbol}
    before = client.get("market/tickers", **pair)["result"]["list"][0]["lastPrice"]
    bybit.advance(20_000_000)
    after = client.get("market/tickers", **pair)["result"]["list"][0]["lastPrice"]
    assert before != after
    fields = {"side": "Buy", "orderType": "Market", "qty": "0.01", "positionIdx": 1}
    assert client.post("order/create", **pair, **fields)["retCode"] == 0
    rows = client.get("market/kline", **pair, interval="1")["result"]["list"]
    assert rows
