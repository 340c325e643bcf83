"""How long features take: streaming, in a batch, and from nothing; beside TA-Lib and pandas.

Run: `python -m tests.benchmarks.bench_features`. One thread; candles are made beforehand. The time
to compile is that of a process with an empty cache, the cached start that of the process after it,
each from the interpreter's first line to its first feature. All but streams and starts are told in
processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import talib
from rich.console import Console
from rich.table import Table

from bot_trading.features.catalog import FEATURES
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import CandleTable
from tests.builders.feature_tables import a_table

ROUNDS = 2_000
START = (
    "from tests.builders.feature_tables import a_table\n"
    "from bot_trading.features.kernel import batch_features\n"
    "batch_features(a_table(200))\n"
)


def stream_us(symbols: int, rounds: int, table: CandleTable) -> str:
    """Percentiles of one call that takes a row of every symbol in, and its own processor time.

    Waiting for a processor counts in the former only, so on a busy machine the latter is the cost.
    """
    names = [f"S{number}USDT" for number in range(symbols)]
    stream = FeatureStream(names)
    for name in names:
        stream.load(name, table.cut(0, 300))
    rows = [tuple(row) for row in table.matrix().T[300 : 300 + rounds].tolist()]
    taken, worked = [], []
    for row in rows:
        given = dict.fromkeys(names, row)
        begun, started = time.thread_time_ns(), time.perf_counter_ns()
        stream.update(given)
        ended = time.perf_counter_ns()  # Reading the thread's clock is no part of the call.
        worked.append(time.thread_time_ns() - begun)
        taken.append(ended - started)
    p50, p90, p99 = np.percentile(taken, (50, 90, 99)) / 1e3
    cpu = float(np.median(worked)) / 1e3
    return f"{p50:.1f} / {p90:.1f} / {p99:.1f} µs, processor {cpu:.1f} µs, n {len(taken)}"


def seconds(
    call: Callable[[], object], rounds: int, clock: Callable[[], float] = time.thread_time
) -> float:
    """Median of what a call costs, by default in processor time of this thread."""
    taken = []
    for _ in range(rounds):
        started = clock()
        call()
        taken.append(clock() - started)
    return float(np.median(taken))


def starts_s() -> list[float]:
    """Duration of two processes that compute one row: with an empty cache, and with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"NUMBA_CACHE_DIR": folder}
        command = [sys.executable, "-c", START]
        return [
            seconds(
                lambda: subprocess.run(command, env=environment, check=True),  # noqa: S603
                1,
                time.perf_counter,
            )
            for _ in range(2)
        ]


def _talib_14(frame: pd.DataFrame) -> None:
    """Fourteen of our features by TA-Lib over 200 rows."""
    o, h, l, c, v = (frame[x].to_numpy() for x in ("open", "high", "low", "close", "volume"))  # noqa: E741
    for n in (10, 20, 50, 100, 200):
        talib.SMA(c, n)
    for n in (7, 14, 28, 48):
        talib.RSI(c, n)
    talib.ADX(h, l, c, 14)
    talib.MFI(h, l, c, v, 14)
    talib.CCI(h, l, c, 14)
    talib.MACD(c, 12, 26, 9)
    talib.BOP(o, h, l, c)


def _pandas_14(frame: pd.DataFrame) -> None:
    """As many rolling numbers by pandas over 200 rows."""
    r = np.log(frame.close).diff()
    for n in (10, 20, 50, 100, 200):
        frame.close.rolling(n).mean()
        r.rolling(n).std()
    for n in (12, 48):
        frame.volume.rolling(n).mean()
    for n in (14, 56):
        frame.high.rolling(n).max()


def main() -> None:
    """Measure and print."""
    long = a_table(300 + ROUNDS)
    last = long.cut(0, 200)
    names = ("open", "high", "low", "close", "volume")
    frame = pd.DataFrame({name: getattr(last, name) for name in names})
    compiled_s, cached_s = starts_s()
    batch = a_table(20_000)
    batch_s = seconds(lambda: batch_features(batch), 3)
    one, fifty = stream_us(1, ROUNDS, long), stream_us(50, 300, long)
    of_200 = seconds(lambda: batch_features(last), 50)
    by_talib, by_pandas = (
        seconds(lambda: _talib_14(frame), 50),
        seconds(lambda: _pandas_14(frame), 20),
    )
    shown = Table("what", "measured", "bar", title=f"{len(FEATURES)} features, one thread")
    shown.add_row("one symbol, one call, p50 / p90 / p99", one, "20 µs")
    shown.add_row("50 symbols, one call, p50 / p90 / p99", fifty, "1 ms")
    shown.add_row("batch, per row", f"{batch_s / 20_000 * 1e6:.1f} µs", "104 µs")
    shown.add_row("batch of 576,000 rows, from that", f"{batch_s / 20_000 * 576_000:.1f} s", "60 s")
    shown.add_row("process with an empty cache", f"{compiled_s:.1f} s", "")
    shown.add_row("process with a full cache", f"{cached_s:.1f} s", "")
    shown.add_row("all features of 200 rows", f"{of_200 * 1e6:.0f} µs", "")
    shown.add_row("14 of them by TA-Lib", f"{by_talib * 1e6:.0f} µs", "")
    shown.add_row("14 rolling numbers by pandas", f"{by_pandas * 1e6:.0f} µs", "")
    per_feature = float(one.split()[0]) / len(FEATURES) * 1e-6
    shown.add_row("a feature, TA-Lib : streamed", f"{by_talib / 14 / per_feature:.0f} : 1", "")
    shown.add_row("a feature, pandas : streamed", f"{by_pandas / 14 / per_feature:.0f} : 1", "")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    console = Console()
    console.print(shown)
    console.print(f"{os.cpu_count()} processors, load average {load}")


if __name__ == "__main__":
    main()
