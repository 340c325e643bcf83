"""Reads recorded depth: combined-stream frames of Binance, and 500-level files of Bybit.

Binance: `.gz`, each line `<receive time> <frame>` with `depthUpdate` and `trade` frames and one
REST snapshot; the changes that continue the snapshot are taken by the exchange's own rule, U <=
lastUpdateId <= u for the first and pu = u of the one before for the others. Bybit: `.zip` of lines
with one `snapshot` and `delta` frames of `orderbook.*`; it holds no trades.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path as File

import msgspec

from exchange_simulator.errors import BadInput
from exchange_simulator.instruments import Instrument, instrument_of
from exchange_simulator.market.depth import BookChange, DepthTape, touch_trades
from exchange_simulator.market.trades import SLOT_MS, TradeTape, load_trades

__all__ = ["holds_depth", "load_depth"]

_SECOND_MS = 1000
_Texts = list[tuple[str, str]]


class _Depth(msgspec.Struct):
    """A change of Binance's book."""

    T: int
    U: int
    u: int
    pu: int
    b: _Texts
    a: _Texts


class _DepthFrame(msgspec.Struct):
    data: _Depth


class _Snapshot(msgspec.Struct):
    """Binance's REST answer."""

    lastUpdateId: int
    T: int
    bids: _Texts
    asks: _Texts


class _Levels(msgspec.Struct):
    b: _Texts
    a: _Texts


class _BybitFrame(msgspec.Struct):
    type: str
    ts: int
    data: _Levels


class _Raw(msgspec.Struct, kw_only=True):
    """A change of any exchange's book, prices and quantities as they were written."""

    time_ms: int
    whole: bool
    bids: _Texts
    asks: _Texts


def holds_depth(file: File) -> bool:
    """Tell whether a replay file holds changes of an order book.

    Raises:
        BadInput: the file cannot be read.
    """
    if file.suffix == ".zip":
        return True
    return file.suffix == ".gz" and any(b'"e":"depthUpdate"' in line for line in _lines(file))


def load_depth(symbol: str, file: File) -> tuple[Instrument, DepthTape]:
    """Read recorded depth, with its trades where there are any.

    Raises:
        BadInput: the file is unreadable, has no snapshot, or a gap between its changes.
    """
    try:
        rows = list(_bybit(file) if file.suffix == ".zip" else _binance(file))
    except msgspec.MsgspecError as error:
        raise BadInput(f"Replay file {file} cannot be read: {error}.") from error
    if not rows or not rows[0].whole:
        raise BadInput(f"Replay file {file} holds no snapshot that its changes could continue.")
    if file.suffix != ".zip":
        instrument, trades = load_trades(symbol, file)
        return instrument, DepthTape(
            trades=trades, changes=_changes(rows, instrument, trades.first_ms, file)
        )
    decimals = max(len(text.partition(".")[2]) for row in rows for text, _ in row.bids + row.asks)
    instrument = instrument_of(symbol, tick_size=Decimal(1).scaleb(-decimals))
    first_ms = rows[0].time_ms // _SECOND_MS * _SECOND_MS
    changes = _changes(rows, instrument, first_ms, file)
    return instrument, DepthTape(trades=_still_trades(changes, first_ms), changes=changes)


def _still_trades(changes: list[BookChange], first_ms: int) -> TradeTape:
    """A last price that follows the touch, without volume."""
    slots, prices = touch_trades(changes, slots=changes[-1].slot + 1)
    rises = [later >= before for before, later in zip([0, *prices], prices, strict=False)]
    return TradeTape(
        first_ms=first_ms,
        volume_decimals=0,
        slots=slots,
        prices=prices,
        volumes=[0] * len(slots),
        buyers=rises,
    )


def _changes(
    rows: list[_Raw], instrument: Instrument, first_ms: int, file: File
) -> list[BookChange]:
    tick, step = instrument.tick_size, instrument.qty_step

    def levels(texts: _Texts) -> list[tuple[int, int]]:
        return [(int(Decimal(price) / tick), _steps(qty, step)) for price, qty in texts]

    changes: list[BookChange] = []
    for number, row in enumerate(rows, 1):
        slot = max(0, row.time_ms - first_ms) // SLOT_MS
        if changes and slot < changes[-1].slot:
            raise BadInput(f"Replay file {file}, change {number}: time {row.time_ms} goes back.")
        changes.append(BookChange(slot, row.whole, levels(row.bids), levels(row.asks)))
    return changes


def _steps(text: str, step: Decimal) -> int:
    """Return a quantity in steps; less than one step that is there counts as one."""
    quantity = Decimal(text)
    return max(1, int(quantity / step)) if quantity else 0


def _lines(file: File) -> Iterator[bytes]:
    try:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
                if len(names) != 1:
                    raise BadInput(f"Replay file {file} must hold exactly one file.")
                with archive.open(names[0]) as source:
                    yield from source
        else:
            with gzip.open(file, "rb") as source:
                yield from source
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise BadInput(f"Replay file {file} cannot be read: {error}.") from error


def _bybit(file: File) -> Iterator[_Raw]:
    decoder = msgspec.json.Decoder(_BybitFrame)
    for line in _lines(file):
        frame = decoder.decode(line)
        levels = frame.data
        yield _Raw(time_ms=frame.ts, whole=frame.type == "snapshot", bids=levels.b, asks=levels.a)


def _binance(file: File) -> Iterator[_Raw]:
    changes = msgspec.json.Decoder(_DepthFrame)
    snapshots = msgspec.json.Decoder(_Snapshot)
    lines = [line.partition(b" ")[2] for line in _lines(file)]
    snapshot: _Snapshot | None = None
    depths: list[_Depth] = []
    for line in lines:
        if b'"e":"depthUpdate"' in line:
            depths.append(changes.decode(line).data)
        elif b'"lastUpdateId"' in line and snapshot is None:
            snapshot = snapshots.decode(line)
    if snapshot is None:
        return
    yield _Raw(time_ms=snapshot.T, whole=True, bids=snapshot.bids, asks=snapshot.asks)
    last = 0
    for depth in depths:
        if depth.u < snapshot.lastUpdateId:
            continue
        joined = depth.pu == last if last else snapshot.lastUpdateId >= depth.U
        if not joined:
            raise BadInput(f"Replay file {file}: the change {depth.U} does not follow {last}.")
        last = depth.u
        yield _Raw(time_ms=max(depth.T, snapshot.T), whole=False, bids=depth.b, asks=depth.a)
