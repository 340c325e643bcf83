"""Recorded trades as a tape: candles of one second, whose paths are the trades themselves.

Two kinds of file: a table (Parquet, CSV) with `ts` in ms or a timestamp, `price`, `qty`, and
optionally `side`; or a recorder's `.gz`, each line `<receive time> <combined-stream frame>`, of
which the `trade` frames are taken. Trades within a tenth of a second are joined at their last
price.
"""

from __future__ import annotations

import gzip
import zlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path as File
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from exchange_simulator.errors import BadInput
from exchange_simulator.instruments import Instrument, instrument_of
from exchange_simulator.market.path import Path
from exchange_simulator.market.tape import TapeCandle

if TYPE_CHECKING:
    from exchange_simulator.market.depth import RecordedBook

__all__ = ["POINTS", "SLOT_MS", "TradeTape", "load_trades"]

POINTS = 10
_INTERVAL_MS = 1000
SLOT_MS = _INTERVAL_MS // POINTS
_MAX_DECIMALS = 8
_NAMES = {"timestamp": "ts", "quantity": "qty", "time": "ts", "size": "qty"}


@dataclass(slots=True, kw_only=True)
class TradeTape:
    """Trades in slots of a tenth of a second: times, prices in ticks, volumes, who took."""

    first_ms: int
    volume_decimals: int
    slots: list[int]
    prices: list[int]
    volumes: list[int]
    buyers: list[bool]
    interval_ms: int = _INTERVAL_MS

    def candle(self, index: int) -> TapeCandle | None:
        """Return the second at an index; without trades it stands at the last price."""
        path = self.path(index)
        if path is None:
            return None
        return TapeCandle(
            open_ms=self.first_ms + index * _INTERVAL_MS,
            open=path.prices[0],
            high=max(path.prices),
            low=min(path.prices),
            close=path.prices[-1],
            volume=sum(path.volumes),
        )

    def path(self, index: int) -> Path | None:
        """Return the ten points of a second, or None outside the recording."""
        start = index * POINTS
        if index < 0 or start > self.slots[-1]:
            return None
        at = bisect_left(self.slots, start)
        last = self.prices[max(0, at - 1)]
        taker = self.buyers[max(0, at - 1)]
        path = Path([], [], [])
        for slot in range(start, start + POINTS):
            volume = 0
            if at < len(self.slots) and self.slots[at] == slot:
                last, volume, taker = self.prices[at], self.volumes[at], self.buyers[at]
                at += 1
            path.prices.append(last)
            path.volumes.append(volume)
            path.buyers.append(taker)
        return path

    def end_ms(self) -> int | None:
        """Return the end of the last second with a trade."""
        return self.first_ms + (self.slots[-1] // POINTS + 1) * _INTERVAL_MS

    def funding_rates(self) -> Mapping[int, float]:
        """Return nothing: trades tell no rates."""
        return {}

    def volume_typical(self) -> int:
        """Return the mean volume of a second."""
        seconds = self.slots[-1] // POINTS + 1
        return max(1, sum(self.volumes) // seconds)

    def recorded_book(self) -> RecordedBook | None:
        """Return None: trades tell nothing of the book."""
        return None


def load_trades(symbol: str, file: File) -> tuple[Instrument, TradeTape]:
    """Read recorded trades.

    Raises:
        BadInput: the file is unreadable, holds no trades, or values that no trade can have.
    """
    rows = _recorded(file) if file.suffix == ".gz" else _table(file)
    if len(rows) < 2:
        raise BadInput(f"Replay file {file} holds {len(rows)} trades, expected at least 2.")
    _check(rows, file)
    decimals = min(_MAX_DECIMALS, max(_decimals(price) for _, price, _, _ in rows))
    instrument = instrument_of(symbol, tick_size=Decimal(1).scaleb(-decimals))
    units = min(_MAX_DECIMALS, max(_decimals(qty) for _, _, qty, _ in rows))
    first_ms = rows[0][0] // _INTERVAL_MS * _INTERVAL_MS
    tape = TradeTape(
        first_ms=first_ms, volume_decimals=units, slots=[], prices=[], volumes=[], buyers=[]
    )
    for stamp, price, qty, buyer in rows:
        slot = (stamp - first_ms) // SLOT_MS
        if not tape.slots or tape.slots[-1] != slot:
            tape.slots.append(slot)
            tape.prices.append(0)
            tape.volumes.append(0)
            tape.buyers.append(buyer)
        tape.prices[-1] = int(price / instrument.tick_size)
        tape.volumes[-1] += int(qty.scaleb(units))
        tape.buyers[-1] = buyer
    return instrument, tape


_Row = tuple[int, Decimal, Decimal, bool]


def _check(rows: list[_Row], file: File) -> None:
    before = 0
    for number, (stamp, price, qty, _) in enumerate(rows, 1):
        if stamp < before:
            raise BadInput(f"Replay file {file}, trade {number}: time {stamp} goes backwards.")
        if not (price.is_finite() and qty.is_finite() and price > 0 and qty > 0):
            raise BadInput(
                f"Replay file {file}, trade {number} (ts {stamp}): price {price} or quantity {qty}"
                " is not a number above zero."
            )
        before = stamp


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _table(file: File) -> list[_Row]:
    try:
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file)
        else:
            # Prices may be whole numbers for long and decimals later: every row decides the types.
            frame = pl.read_csv(file, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadInput(f"Replay file {file} cannot be read: {error}.") from error
    frame = frame.rename({old: new for old, new in _NAMES.items() if old in frame.columns})
    for name in ("ts", "price", "qty"):
        if name not in frame.columns:
            raise BadInput(f"Replay file {file} lacks column {name}; trades need ts, price, qty.")
    stamps = frame["ts"].cast(pl.Int64).to_list()
    prices = [Decimal(str(value)) for value in frame["price"].to_list()]
    quantities = [Decimal(str(value)) for value in frame["qty"].to_list()]
    return list(zip(stamps, prices, quantities, _buyers(frame), strict=True))


def _buyers(frame: pl.DataFrame) -> list[bool]:
    """Read who took each trade; without a column a rise was bought and a fall sold."""
    if "side" in frame.columns:
        return [str(side).lower() == "buy" for side in frame["side"].to_list()]
    if "buyer_maker" in frame.columns:
        return [str(maker).lower() != "true" for maker in frame["buyer_maker"].to_list()]
    rises = [later >= earlier for earlier, later in pairwise(frame["price"].to_list())]
    # Nothing precedes the first trade; it is called a purchase, like one at an unchanged price.
    return [True, *rises]


class _Trade(msgspec.Struct):
    """The fields of a trade frame that are needed; `m` says that the buyer was the maker."""

    T: int
    p: str
    q: str
    m: bool


class _Frame(msgspec.Struct):
    data: _Trade


def _recorded(file: File) -> list[_Row]:
    decoder = msgspec.json.Decoder(_Frame)
    rows: list[_Row] = []
    try:
        with gzip.open(file, "rb") as source:
            for line in source:
                if b'"e":"trade"' in line:
                    trade = decoder.decode(line.partition(b" ")[2]).data
                    rows.append((trade.T, Decimal(trade.p), Decimal(trade.q), not trade.m))
    except (OSError, EOFError, zlib.error, msgspec.MsgspecError) as error:
        raise BadInput(f"Replay file {file} cannot be read: {error}.") from error
    return sorted(rows, key=lambda row: row[0])
