"""Recorded depth is served as it was: book, trades and candles; broken recordings are refused."""

import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange_simulator.engine import advance
from exchange_simulator.errors import BadInput
from exchange_simulator.market.depth import BookChange, RecordedBook
from exchange_simulator.market.depth_files import holds_depth, load_depth
from exchange_simulator.market.symbol import SymbolMarket
from exchange_simulator.market.trades import POINTS
from exchange_simulator.model import Status
from exchange_simulator.orders import place
from exchange_simulator.protocols.book_view import book_levels
from exchange_simulator.state import Exchange
from exchange_simulator.world import WorldOptions, build_world
from tests.unit.exchange_simulator.builders import START_MS, START_US, order

RAW = Path(__file__).parents[4] / "shared" / "data" / "market" / "raw_feeds"
shared = pytest.mark.skipif(not RAW.is_dir(), reason="the recorded feeds are not beside this tree")
D = Decimal


def depth(number: int, at_ms: int, bids: Any, asks: Any, **more: int) -> dict[str, Any]:
    """A change of Binance's book that continues the one before."""
    stamps = {"E": START_MS + at_ms, "T": START_MS + at_ms, "s": "BTCUSDT"}
    numbers = {"U": number * 10 + 1, "u": number * 10 + 10, "pu": number * 10, **more}
    return {"e": "depthUpdate", **stamps, **numbers, "b": bids, "a": asks}


def trade(at_ms: int, price: str, quantity: str, *, sold: bool) -> dict[str, Any]:
    """A trade frame."""
    stamp = START_MS + at_ms
    return {"e": "trade", "E": stamp, "T": stamp, "s": "BTCUSDT", "p": price, "q": quantity} | {
        "t": at_ms,
        "m": sold,
    }


def snapshot(last: int = 5, at_ms: int = 10) -> dict[str, Any]:
    """The REST answer that the changes continue."""
    bids = [["59999.90", "1.500"], ["59999.80", "2.000"], ["59990.00", "9.000"]]
    asks = [["60000.00", "0.500"], ["60000.10", "1.000"], ["60010.00", "9.000"]]
    stamp = START_MS + at_ms
    return {"lastUpdateId": last, "E": stamp, "T": stamp, "bids": bids, "asks": asks}


FRAMES = [
    depth(-1, 0, [["1.00", "1.000"]], []),
    trade(20, "60000.00", "0.100", sold=False),
    depth(0, 200, [["59999.90", "0.000"]], [["60000.00", "0.400"]]),
    trade(900, "59999.80", "0.300", sold=True),
    depth(1, 1_200, [["60000.10", "3.000"]], [["60000.00", "0.000"], ["60000.10", "0.000"]]),
    trade(2_500, "60010.00", "0.200", sold=False),
]


def binance_file(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Write frames as the recorder does."""
    lines = []
    for row in rows:
        kind = row.get("e", "")
        frame = row if not kind else {"stream": f"btcusdt@{kind}", "data": row}
        lines.append(b"1723161255000000000 " + json.dumps(frame, separators=(",", ":")).encode())
    file = folder / "binance_usdm_btcusdt_20260105.gz"
    file.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    return file


def bybit_file(folder: Path, rows: list[tuple[str, int, Any, Any]]) -> Path:
    """Write frames of a 500-level file."""
    lines = [
        json.dumps(
            {
                "topic": "orderbook.500.XRPUSDT",
                "type": kind,
                "ts": START_MS + at_ms,
                "data": {"s": "XRPUSDT", "b": bids, "a": asks, "u": at_ms, "seq": at_ms},
            }
        )
        for kind, at_ms, bids, asks in rows
    ]
    file = folder / "2026-01-05_XRPUSDT_ob500.data.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("2026-01-05_XRPUSDT_ob500.data", "\n".join(lines) + "\n")
    return file


BYBIT = [
    ("snapshot", 0, [["1.9531", "6203"], ["1.9530", "2409"]], [["1.9532", "1000"]]),
    ("delta", 300, [["1.9531", "0"]], [["1.9532", "900"], ["1.9533", "50"]]),
    ("delta", 1_100, [["1.9532", "700"]], [["1.9532", "0"]]),
]


def market_of(file: Path, symbol: str) -> SymbolMarket:
    """The market of a recording, at its first moment."""
    instrument, tape = load_depth(symbol, file)
    return SymbolMarket(instrument=instrument, tape=tape, seed=1, points=POINTS)


def tops(market: SymbolMarket) -> tuple[str, str]:
    """Best bid and ask as text."""
    bid, ask = (market.instrument.price_of(ticks) for ticks in market.best_ticks)
    return format(bid, "f"), format(ask, "f")


def test_a_recorded_book_is_served_level_by_level(tmp_path: Path) -> None:
    """Snapshot, then changes at their tenth of a second; older changes are left out."""
    file = binance_file(tmp_path, [FRAMES[0], snapshot(), *FRAMES[1:]])
    assert holds_depth(file)
    market = market_of(file, "BTCUSDT")
    assert tops(market) == ("59999.90", "60000.00")
    market.goto_step(2)
    assert tops(market) == ("59999.80", "60000.00")
    assert [steps for _, steps in market.levels(bids=False)] == [400, 1000, 9000]
    market.goto_step(12)
    assert tops(market) == ("60000.10", "60010.00")
    market.goto_step(0)
    assert tops(market) == ("59999.90", "60000.00")


def test_recorded_trades_go_with_the_recorded_book(tmp_path: Path) -> None:
    """Their prices, volumes and takers are those of the file."""
    market = market_of(binance_file(tmp_path, [snapshot(), *FRAMES[2:], FRAMES[1]]), "BTCUSDT")
    seen = []
    for step in range(30):
        market.goto_step(step)
        made = market.trade()
        if made.units:
            price = market.instrument.price_of(made.ticks)
            seen.append((step, str(price), str(market.volume(made.units)), made.buyer))
    assert seen == [
        (0, "60000.00", "0.1", True),
        (9, "59999.80", "0.3", False),
        (25, "60010.00", "0.2", True),
    ]


def exchange_of(folder: Path, **more: Any) -> Exchange:
    """An exchange over the recording of Binance's form."""
    options = WorldOptions(
        markets=("binance",),
        replay=(binance_file(folder, [snapshot(), *FRAMES[1:]]),),
        warmup_candles=0,
        **more,
    )
    return build_world(options, START_US)["binance"].exchange


def test_takers_trade_with_the_recorded_levels(tmp_path: Path) -> None:
    """The first level is half a bitcoin; the rest comes from the next, and stays eaten."""
    exchange = exchange_of(tmp_path)
    (account,) = exchange.accounts.values()
    taker = place(exchange, account, order("Buy", "0.7", 1))
    assert taker.status is Status.FILLED
    assert taker.filled_value == D("0.5") * 60000 + D("0.2") * D("60000.10")
    assert book_levels(exchange, "BTCUSDT", bids=False, depth=1) == [(600_001, 800)]


def test_a_resting_order_waits_behind_the_recorded_quantity(tmp_path: Path) -> None:
    """And it is filled when the recorded book crosses it, so that no book is ever crossed."""
    exchange = exchange_of(tmp_path)
    (account,) = exchange.accounts.values()
    bid = place(exchange, account, order("Buy", "0.1", 1, "59999.90"))
    ask = place(exchange, account, order("Sell", "0.1", 2, "60000.10"))
    assert (bid.queue_ahead, ask.queue_ahead) == (D("1.5"), 1)

    for tenths in range(1, 16):
        advance(exchange, START_US + tenths * 100_000)
        bids, asks = (
            book_levels(exchange, "BTCUSDT", bids=side, depth=1) for side in (True, False)
        )
        assert bids[0] < asks[0]
    assert ask.status is Status.FILLED
    assert ask.filled_value == D("0.1") * D("60000.10")
    assert bid.status is Status.FILLED


def test_a_file_of_levels_without_trades_has_a_touch_price_and_no_volume(tmp_path: Path) -> None:
    """The last price follows the book; nothing is printed."""
    market = market_of(bybit_file(tmp_path, BYBIT), "XRPUSDT")
    assert str(market.instrument.tick_size) == "0.0001"
    seen = []
    for step in (0, 3, 11):
        market.goto_step(step)
        seen.append((tops(market), format(market.last, "f"), market.trade().units))
    assert seen == [
        (("1.9531", "1.9532"), "1.9532", 0),
        (("1.9530", "1.9532"), "1.9530", 0),
        (("1.9532", "1.9533"), "1.9533", 0),
    ]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (FRAMES, "holds no snapshot"),
        ([snapshot(), FRAMES[1], FRAMES[2], depth(2, 1_300, [], []), FRAMES[3]], "does not follow"),
        ([snapshot(last=11), FRAMES[1], FRAMES[4], FRAMES[5]], None),
        ([snapshot(last=5), FRAMES[1], depth(1, 300, [], []), FRAMES[5]], "does not follow"),
    ],
)
def test_a_gap_between_changes_is_refused(
    tmp_path: Path, rows: list[dict[str, Any]], text: str | None
) -> None:
    """By the exchange's own rule for joining a snapshot and its stream."""
    file = binance_file(tmp_path, rows)
    if text is None:
        load_depth("BTCUSDT", file)
        return
    with pytest.raises(BadInput, match=text):
        load_depth("BTCUSDT", file)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (BYBIT[1:], "holds no snapshot"),
        ([BYBIT[0], BYBIT[2], BYBIT[1]], "goes back"),
        ([("snapshot", 0, [["x"]], [])], "cannot be read"),
    ],
)
def test_a_broken_file_of_levels_is_refused(tmp_path: Path, rows: Any, text: str) -> None:
    """One sentence that names the file."""
    with pytest.raises(BadInput, match=text):
        load_depth("XRPUSDT", bybit_file(tmp_path, rows))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """Cut short, or with two files inside."""
    whole = bybit_file(tmp_path, BYBIT)
    whole.write_bytes(whole.read_bytes()[:60])
    with pytest.raises(BadInput, match="cannot be read"):
        load_depth("XRPUSDT", whole)
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a", "")
        archive.writestr("b", "")
    with pytest.raises(BadInput, match="exactly one file"):
        load_depth("XRPUSDT", whole)


def test_going_back_reads_the_recording_again() -> None:
    """The state at a slot does not depend on the way there."""
    changes = [
        BookChange(0, True, [(10, 5)], [(12, 5)]),
        BookChange(3, False, [(11, 1)], []),
        BookChange(5, True, [(7, 2)], [(9, 1)]),
        BookChange(6, False, [(7, 0)], [(8, 4)]),
    ]
    book = RecordedBook(changes)
    wanted = {}
    for slot in range(8):
        fresh = RecordedBook(changes)
        fresh.goto(slot)
        wanted[slot] = fresh.levels(bids=True), fresh.levels(bids=False)
    for slot in (7, 2, 5, 0, 6, 3, 3, 4, 1):
        book.goto(slot)
        assert (book.levels(bids=True), book.levels(bids=False)) == wanted[slot]
    assert book.at(12) == 5
    assert book.at(99) == 0


@shared
@pytest.mark.parametrize("name", ["btcusdt", "ethusdt"])
def test_the_recorded_feeds_of_binance_are_served(name: str) -> None:
    """Five minutes of real depth: never crossed, and the touch agrees with the trades."""
    file = next(RAW.glob(f"binance_usdm_{name}_*.gz"))
    market = market_of(file, name.upper())
    agreed = compared = 0
    for step in range(20, 3000, 7):
        market.goto_step(step)
        bid, ask = market.best_ticks
        assert bid < ask
        made = market.trade()
        if made.units:
            compared += 1
            agreed += abs(made.ticks - (ask if made.buyer else bid)) * 4000 <= made.ticks
    assert compared > 100
    assert agreed / compared > 0.95


@shared
def test_the_recorded_levels_of_bybit_are_served() -> None:
    """Fifty frames: the first and the last book are those of the file."""
    file = next(RAW.glob("bybit_linear_xrpusdt_ob500_*.zip"))
    market = market_of(file, "XRPUSDT")
    end_ms = market.tape.end_ms()
    assert end_ms is not None
    for step in range(market.step_at(end_ms - 1)):
        market.goto_step(step)
        bid, ask = market.best_ticks
        assert bid < ask
        levels = list(market.levels(bids=True))
        assert len(levels) > 100
        assert all(steps > 0 for _, steps in levels)


def test_a_recorded_book_does_not_wander(tmp_path: Path) -> None:
    """Its levels are where they were: the sentence names the symbol and the option."""
    with pytest.raises(BadInput, match=r"BTCUSDT is recorded; --basis-wander-bps"):
        exchange_of(tmp_path, basis_wander_bps={"binance": D(5)})
