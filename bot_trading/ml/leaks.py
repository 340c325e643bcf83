"""Whether anything knew its future: tests that run in every training and that others may call.

Each returns what was measured beside its limit. A leak found here keeps a model from promotion.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bot_trading.features.kernel import batch_features
from bot_trading.features.window import WARMUP_ROWS, CandleTable
from bot_trading.ml.arrays import Floats, Ints
from bot_trading.ml.dataset import Dataset, Sources, table_of
from bot_trading.ml.measures import auc

__all__ = [
    "LeakTest",
    "future_cut_off",
    "future_cut_off_of",
    "overlap",
    "shuffled_labels",
    "time_stamps",
    "too_good_features",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakTest:
    """One test: passed or not, what was measured, and what was allowed."""

    name: str
    passed: bool
    measured: str
    limit: str

    def as_json(self) -> dict[str, object]:
        """The fields by name."""
        return asdict(self)


def future_cut_off(
    table: CandleTable,
    cuts: Sequence[int],
    compute: Callable[[CandleTable], Floats] = batch_features,
) -> LeakTest:
    """Features of the rows before a cut do not change when everything after it is taken away."""
    whole = compute(table)
    worst, compared = 0.0, 0
    for cut in cuts:
        first = max(WARMUP_ROWS, cut - 50)
        before = compute(table.cut(0, cut))[first:cut]
        if not len(before):
            continue
        compared += len(before)
        difference = np.abs(before - whole[first:cut])
        worst = max(worst, float(np.max(np.where(np.isfinite(difference), difference, np.inf))))
    return LeakTest(
        name="future cut-off",
        passed=compared > 0 and worst == 0.0,
        measured=f"largest change {worst:g} over {compared} rows at {len(cuts)} cuts",
        limit="must be exactly 0 over at least one row",
    )


def future_cut_off_of(sources: Sources, rows: int = 3_000, cuts: int = 6) -> LeakTest:
    """The same over the last candles of each symbol's sources, at cuts spread over them."""
    found = []
    for symbol in sources.candles:
        table = table_of(sources, symbol)
        table = table.cut(max(0, len(table) - rows), len(table))
        places = np.linspace(WARMUP_ROWS + 1, len(table) - 1, cuts).astype(np.int64)
        found.append(future_cut_off(table, places.tolist()))
    failed = [test for test in found if not test.passed]
    return failed[0] if failed else found[0]


def shuffled_labels(aucs: Sequence[float], distance_max: float = 0.03) -> LeakTest:
    """Models that learned from shuffled labels rank fresh rows, on average, as chance does.

    One such model may lean on volatility by chance, and volatility does rank wins; several lean to
    either side, so their mean is what a leak would move.
    """
    mean = float(np.mean(aucs)) if len(aucs) else float("nan")
    return LeakTest(
        name="shuffled labels",
        passed=abs(mean - 0.5) <= distance_max,
        measured=f"mean AUC {mean:.4f} of {len(aucs)} models",
        limit=f"must be at most {distance_max:g} from one half",
    )


def time_stamps(data: Dataset) -> LeakTest:
    """Labels begin where features end, end later, and no row appears twice."""
    late = int((data.long.exit_us <= data.decided_us).sum())
    late += int((data.short.exit_us <= data.decided_us).sum())
    keys = np.stack([data.symbol_at.astype(np.int64), data.decided_us])
    repeated = len(data) - np.unique(keys, axis=1).shape[1]
    off_grid = int((data.decided_us % (data.interval_s * 1_000_000) != 0).sum())
    return LeakTest(
        name="time stamps",
        passed=not late and not repeated and not off_grid and len(data) > 0,
        measured=f"{late} labels end too early, {repeated} rows repeat, {off_grid} off the grid, "
        f"of {len(data)}",
        limit="must be none of at least one",
    )


def overlap(parts: Sequence[tuple[str, Ints, Ints]], embargo_us: int) -> LeakTest:
    """Each part's labels end `embargo_us` before the next part's first decision.

    Parts are (name, decided_us, label_end_us) in order of time.
    """
    shared, pairs = 0, 0
    for (_, _, ends), (_, decided, _) in itertools.pairwise(parts):
        if len(ends) and len(decided):
            pairs += 1
            shared += int((ends > decided.min() - embargo_us).sum())
    names = " | ".join(name for name, _, _ in parts)
    return LeakTest(
        name="overlap of parts",
        passed=shared == 0 and pairs == len(parts) - 1,
        measured=f"{shared} labels reach into the next part ({names})",
        limit=f"must be 0 with an embargo of {embargo_us // 60_000_000} minutes, over all parts",
    )


def too_good_features(
    data: Dataset, *, win_auc_max: float = 0.75, direction_auc_max: float = 0.58
) -> LeakTest:
    """No single feature ranks wins, or the direction of the next hour, implausibly well.

    Volatility does tell whether an entry will pay its costs at all, so wins have a wider limit than
    the direction, which nobody knows to that degree.
    """
    known = np.isfinite(data.forward) & (data.forward != 0)
    up = (data.forward[known] > 0).astype(np.float64)
    best = {"win": (0.0, "none"), "direction": (0.0, "none")}
    for at, name in enumerate(data.names):
        column = data.rows[:, at]
        found = {
            "win": max(_power(data.long.win, column), _power(data.short.win, column)),
            "direction": _power(up, column[known]),
        }
        for kind, value in found.items():
            best[kind] = max(best[kind], (value, name))
    (win, win_name), (direction, direction_name) = best["win"], best["direction"]
    return LeakTest(
        name="feature too good to be true",
        passed=0 < win <= win_auc_max and 0 < direction <= direction_auc_max,
        measured=f"wins {win:.3f} by {win_name}, direction {direction:.3f} by {direction_name}",
        limit=f"must be at most {win_auc_max:g} and {direction_auc_max:g}",
    )


def _power(outcome: Floats, score: Floats) -> float:
    """AUC in whichever direction it works; 0 where only one outcome was seen."""
    value = auc(outcome, score)
    return 0.0 if np.isnan(value) else max(value, 1 - value)
