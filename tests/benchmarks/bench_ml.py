"""What a signal costs: streamed features, prediction and signal, for one symbol and for fifty.

`python -m tests.benchmarks.bench_ml [--models FOLDER]` serves the current model of the folder as
the bot does and prints one JSON line: microseconds in bursts and after idle gaps, and memory added.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from pathlib import Path

import numpy as np
import psutil

BASE_BYTES = psutil.Process().memory_info().rss

from bot_trading.features.stream import FeatureStream  # noqa: E402 (memory is measured first)
from bot_trading.features.window import COLUMNS  # noqa: E402
from bot_trading.ml.manager import MLManager, default_serving  # noqa: E402
from bot_trading.strategy.ml_signal import SignalGenerator, SignalSpec  # noqa: E402

STEP_US = 300_000_000
START_US = 1_767_225_600_000_000


class Tape:
    """Made-up rows of columns, one a symbol and instant, that continue each other."""

    def __init__(self, symbols: int, seed: int = 1) -> None:
        self._rng = np.random.default_rng(seed)
        self._close = np.full(symbols, 100.0)
        self.ts_us = START_US
        self.names = [f"S{at}USDT" for at in range(symbols)]

    def rows(self) -> dict[str, list[float]]:
        """The next row of every symbol."""
        self.ts_us += STEP_US
        opens = self._close
        self._close = opens * np.exp(self._rng.normal(0, 0.002, len(opens)))
        found = {}
        for name, first, last in zip(self.names, opens, self._close, strict=True):
            high, low = max(first, last) * 1.001, min(first, last) / 1.001
            candle = [float(first), high, low, float(last), 10.0]
            row = [float(self.ts_us), *candle, 60_000.0, 3_000.0, 0.0001, *candle, *candle, *candle]
            assert len(row) == len(COLUMNS)
            found[name] = row
        return found


def measure(manager: MLManager, symbols: int, rounds: int, idle_s: float = 0.0) -> dict[str, float]:
    """Microseconds from rows to signals, of the features alone, and of this thread's own work.

    The last one does not count waiting for a processor, so it holds on a busy machine too.
    """
    tape = Tape(symbols)
    stream = FeatureStream(tape.names)
    generator = SignalGenerator(SignalSpec(exchange="bybit", cool_down_s=0))
    for _ in range(200):
        stream.update(tape.rows())
    whole, features_only, computing = [], [], []
    for at in range(rounds + 20):
        rows = tape.rows()
        if idle_s:
            time.sleep(idle_s)
        begun, begun_cpu = time.perf_counter_ns(), time.thread_time_ns()
        features = stream.update(rows)
        computed = time.perf_counter_ns()
        close_us = tape.ts_us + STEP_US
        answers = manager.predict(dict(zip(tape.names, features, strict=True)), close_us, close_us)
        for answer in answers.values():
            generator.create_from_prediction(answer)
        if at >= 20:
            whole.append(time.perf_counter_ns() - begun)
            features_only.append(computed - begun)
            computing.append(time.thread_time_ns() - begun_cpu)
    assert manager.counts["CURRENT"] > 0, "no model answered, so nothing was measured"
    return {
        "n": len(whole),
        "p50_us": float(np.percentile(whole, 50)) / 1e3,
        "p90_us": float(np.percentile(whole, 90)) / 1e3,
        "p99_us": float(np.percentile(whole, 99)) / 1e3,
        "features_p50_us": float(np.percentile(features_only, 50)) / 1e3,
        "cpu_p50_us": float(np.percentile(computing, 50)) / 1e3,
    }


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--rounds", type=int, default=5_000)
    chosen = parser.parse_args()
    manager = MLManager(chosen.models, default_serving())
    if manager.get_model() is None:
        sys.exit("\n".join(manager.describe()))
    measure(manager, 1, 50)
    gc.collect()
    gc.freeze()
    result: dict[str, object] = {
        "model": manager.describe()[0],
        "one_symbol_burst": measure(manager, 1, chosen.rounds),
        "one_symbol_after_5_ms": measure(manager, 1, min(chosen.rounds, 1_000), 0.005),
        "fifty_symbols": measure(manager, 50, min(chosen.rounds, 500)),
        "serving_adds_mb": (psutil.Process().memory_info().rss - BASE_BYTES) / 1e6,
        "load_average": psutil.getloadavg()[0],
    }
    print(json.dumps(result))  # noqa: T201 (a benchmark speaks to whoever runs it)


if __name__ == "__main__":
    main()
