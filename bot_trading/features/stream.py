"""Features candle by candle: a mirrored ring of the last 200 rows per symbol, and one call for all.

Each row is written twice, 200 places apart, so that the last 200 rows always lie next to each other
and the kernel reads them as it reads a batch.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bot_trading.features.catalog import FEATURES
from bot_trading.features.compiled import entry
from bot_trading.features.kernel import Places, advance
from bot_trading.features.series import SERIES, TS
from bot_trading.features.window import (
    BASE_INTERVAL_S,
    COLUMNS,
    WARMUP_ROWS,
    WINDOW_ROWS,
    CandleTable,
    Floats,
    MalformedCandles,
    check_values,
    instant,
    is_possible,
)

__all__ = ["FeatureStream"]

TakeIn = Callable[[Floats, Floats, Places, Floats], int]

# A row of Python's own numbers as the bytes of an array, in a third of numpy's time.
_ROW = struct.Struct(f"{len(COLUMNS)}d")
_WIDTH = len(FEATURES)


def _make_take_in(fingerprint: int) -> TakeIn:
    def take_in(state: Floats, fresh: Floats, places: Places, out: Floats) -> int:
        """Write fresh[j] into the ring of places[0, j], and its features into out[j]: all or none.

        Where it was written and how many rows are before it goes to places[1, j] and places[2, j];
        places[3] counts the rows that each ring has seen, and places[4] holds their interval in
        microseconds. One array costs less to hand over than several values.
        Returns -1, or the first j that does not continue its symbol or that no market makes.
        """
        _ = fingerprint
        count, seen = out.shape[0], places[3]
        for j in range(count):
            slot, step_us = places[0, j], float(places[4, j])
            row = seen[slot] % WINDOW_ROWS + WINDOW_ROWS
            places[1, j] = row
            places[2, j] = min(seen[slot], WARMUP_ROWS)
            last_us = state[slot, TS, row - 1] if seen[slot] else fresh[j, TS] - step_us
            if fresh[j, TS] != last_us + step_us or not is_possible(fresh[j], step_us):
                return j
        for j in range(count):
            slot = places[0, j]
            for k in range(fresh.shape[1]):
                state[slot, k, places[1, j]] = fresh[j, k]
            seen[slot] += 1
        advance(state, places, WINDOW_ROWS, out)
        return -1

    return take_in


_take_in = entry(_make_take_in, advance)


class FeatureStream:
    """The last 200 rows of each symbol, and the features of the newest.

    About 220 kB a symbol. After a gap a symbol is started anew with `load`. One thread at a time:
    what a call works on is kept from call to call.
    """

    def __init__(self, symbols: Sequence[str], interval_s: int = BASE_INTERVAL_S) -> None:
        self._slots = {symbol: slot for slot, symbol in enumerate(symbols)}
        self._interval_s = interval_s
        self._state = np.zeros((len(self._slots), SERIES, 2 * WINDOW_ROWS))
        self._fresh = np.zeros((len(self._slots), len(COLUMNS)))
        self._bytes = self._fresh.data
        self._places = np.zeros((5, len(self._slots)), dtype=np.int64)
        self._given = memoryview(self._places[0])
        self._seen = self._places[3]
        self._places[4] = interval_s * 1_000_000

    def rows_missing(self, symbol: str) -> int:
        """How many rows the symbol still needs before it has features; 0 when it is warm."""
        return max(WINDOW_ROWS - int(self._seen[self._slot(symbol)]), 0)

    def load(self, symbol: str, table: CandleTable) -> Floats:
        """Start the symbol anew with the table's last 200 rows; returns its features, (features,).

        They are NaN while the table is shorter. Raises MalformedCandles, and changes nothing then.
        """
        if table.interval_s != self._interval_s:
            raise MalformedCandles(
                f"{symbol}: the history has candles of {table.interval_s} s, the stream of"
                f" {self._interval_s} s; load the same interval"
            )
        matrix = table.matrix()
        self._seen[self._slot(symbol)] = 0
        features = np.full(len(FEATURES), np.nan)
        for row in matrix.T[-WINDOW_ROWS:]:
            features = self.update({symbol: row})[0]
        return features

    def update(self, symbol_rows: Mapping[str, Sequence[float] | Floats]) -> Floats:
        """Take one new row per symbol in, its values in the order of COLUMNS.

        Returns the features, shape (symbols given, features), in the order given; a symbol that
        is not warm yet has NaN. Raises MalformedCandles, and then no row was taken in.
        """
        given, pack, size = self._given, _ROW.pack_into, _ROW.size
        for at, (symbol, row) in enumerate(symbol_rows.items()):
            try:
                given[at] = self._slots[symbol]
                pack(self._bytes, at * size, *row)
            except (KeyError, struct.error, OverflowError) as error:
                raise self._misfit(symbol, row) from error
        out = np.empty((len(symbol_rows), _WIDTH))
        wrong = _take_in(self._state, self._fresh, self._places, out)
        if wrong >= 0:
            self._refuse(list(symbol_rows)[wrong], self._fresh[wrong])
        return out

    def _slot(self, symbol: str) -> int:
        try:
            return self._slots[symbol]
        except KeyError:
            raise MalformedCandles(
                f"{symbol} is not a symbol of this stream; it was made for {', '.join(self._slots)}"
            ) from None

    def _misfit(self, symbol: str, row: Sequence[float] | Floats) -> MalformedCandles:
        """What to say of a row that is none, or of a symbol that is not ours."""
        self._slot(symbol)
        numbers = sum(hasattr(value, "__float__") for value in row)
        return MalformedCandles(
            f"{symbol}: a row of {len(row)} values with {numbers} numbers, expected {len(COLUMNS)}:"
            " one number per name in COLUMNS"
        )

    def _refuse(self, symbol: str, row: Floats) -> None:
        """Raise the sentence for a row that was not taken in."""
        try:
            check_values(row.reshape(-1, 1), self._interval_s)
        except MalformedCandles as error:
            raise MalformedCandles(f"{symbol}: {error}") from error
        slot = self._slots[symbol]
        last_us = self._state[slot, TS, (self._seen[slot] - 1) % WINDOW_ROWS]
        raise MalformedCandles(
            f"{symbol}: the candle of {instant(row[TS])} does not follow the one of"
            f" {instant(last_us)} by {self._interval_s} s; load its history anew"
        )
