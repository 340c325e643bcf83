"""A served model over candles that it has never seen: the same examination as the test's.

The model is loaded as the bot loads it and answers through the same compiled walk. Candles of a
shorter interval are joined to the model's own; a longer interval is refused, since features and
barriers would mean something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.ml.candles import CandleSeries, Funding, read_folder, read_funding, resample
from bot_trading.ml.dataset import Dataset, Sources, build
from bot_trading.ml.drift import psi
from bot_trading.ml.examine import Ratios, earnings, probabilities_report
from bot_trading.ml.folds import Span, rows_within
from bot_trading.ml.labels import Costs
from bot_trading.ml.quality import inspect
from bot_trading.ml.refusals import ArtifactRefused, CandlesRefused
from bot_trading.ml.registry import read_slots
from bot_trading.ml.served import Model, load_model

__all__ = ["Question", "evaluate", "load_current", "read_sources"]

_FUNDING_BESIDE = "funding"
_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to evaluate on. Without a funding folder the one beside the candles is looked for.

    `assumed_funding_rate`, per eight hours, stands for symbols that no folder knows.
    """

    candles: Path
    span: Span
    funding: Path | None = None
    symbols: tuple[str, ...] = ()
    assumed_funding_rate: float | None = 0.0001


def load_current(models: Path, version: str | None = None) -> Model:
    """The current model of a folder, or the version named; raises `ArtifactRefused`."""
    version = version or read_slots(models).current
    if version is None:
        raise ArtifactRefused(f"{models} has no current model; train one and promote it")
    return load_model(models / version, SCHEMA_HASH, len(feature_names()))


def evaluate(model: Model, question: Question) -> dict[str, Any]:
    """Probabilities, calibration, skill, earnings, drift and uniqueness over the asked rows."""
    manifest = model.manifest
    sources, notes = read_sources(question, manifest.interval_s)
    barrier = BarrierSpec(
        stop_ratio=Decimal(manifest.stop_ratio),
        target_ratio=Decimal(manifest.target_ratio),
        horizon_s=manifest.horizon_s,
    )
    costs = Costs()
    data = build(sources, barrier, costs, symbols=question.symbols)
    data = data.take(rows_within(question.span, data.decided_us, data.label_end_us))
    if len(data) < 100:
        raise CandlesRefused(
            f"{question.candles} has {len(data)} rows between the dates with a whole look-back and "
            "a known outcome; at least 100 are needed"
        )
    ratios = _ratios(model, data)
    minimum = manifest.entry_min_ratio
    tried = manifest.metrics.get("best_ratio") if minimum is None else float(minimum)
    return {
        "model_version": manifest.version,
        "model_sha256": manifest.sha256,
        "candles": str(question.candles),
        "from_us": question.span.from_us,
        "until_us": question.span.until_us,
        "seen_in_training": _seen(model, data),
        "rows": len(data),
        "funding": notes,
        "quality": {name: inspect(s).as_json() for name, s in sources.candles.items()},
        **probabilities_report(data, ratios),
        "pnl": {
            **earnings(data, ratios, 0.5 if tried is None else tried, costs),
            "entry_min_ratio": None if minimum is None else float(minimum),
            "follows_signals": minimum is not None,
        },
        "drifted_features_share": _drift(model, data),
        "symbols_with_equal_answers": _equal_answers(data, ratios),
        "verdict": _verdict(minimum),
    }


def read_sources(question: Question, interval_s: int) -> tuple[Sources, str]:
    """Candles at the wanted interval with their funding, and how the funding is known."""
    found = read_folder(question.candles)
    unknown = sorted(set(question.symbols) - set(found))
    if unknown:
        raise CandlesRefused(f"{question.candles} has no candles of {', '.join(unknown)}")
    wanted = {*question.symbols, "BTCUSDT", "ETHUSDT"} if question.symbols else set(found)
    candles = {name: resample(s, interval_s) for name, s in found.items() if name in wanted}
    funding = _funding(question, candles)
    unknown = sorted(set(candles) - set(funding))
    rate = question.assumed_funding_rate
    notes = f"settled rates of {len(funding)} symbols"
    if unknown and rate is not None:
        notes += f"; ASSUMED {rate:g} per 8 h, not measured, for {', '.join(unknown)}"
    return Sources(candles=candles, funding=funding, assumed_funding_rate=rate), notes


def _funding(question: Question, candles: Mapping[str, CandleSeries]) -> dict[str, Funding]:
    folder = question.funding
    if folder is None:
        beside = question.candles.resolve().parent / _FUNDING_BESIDE
        folder = beside if beside.is_dir() else None
    if folder is None:
        return {}
    found = read_funding(folder, list(candles))
    return {name: rates for name, rates in found.items() if _covers(rates, candles[name])}


def _covers(rates: Funding, series: CandleSeries) -> bool:
    """Whether rates were settled from before the end of the first day to the last one."""
    if not len(rates.ts_us):
        return False
    begins = rates.ts_us[0] <= series.ts_open_us[0] + _DAY_US
    return bool(begins and rates.ts_us[-1] >= series.ts_open_us[-1] - _DAY_US)


def _ratios(model: Model, data: Dataset) -> Ratios:
    answers = model.probabilities(data.rows)
    return {"long": answers[:, 0].copy(), "short": answers[:, 1].copy()}


def _seen(model: Model, data: Dataset) -> int:
    """Rows whose instants the model, its calibration or its threshold had seen."""
    seen = np.zeros(len(data), dtype=np.bool_)
    for part in model.manifest.parts.values():
        seen |= (data.decided_us >= part.from_us) & (data.decided_us < part.until_us)
    return int(seen.sum())


def _drift(model: Model, data: Dataset) -> float | None:
    if model.reference is None:
        return None
    return float((psi(model.reference, data.rows) > model.reference.limits).mean())


def _equal_answers(data: Dataset, ratios: Ratios) -> float:
    """Share of instants at which two symbols of one instant got exactly the same answers."""
    order = np.lexsort((ratios["short"], ratios["long"], data.decided_us))
    same = np.diff(data.decided_us[order]) == 0
    if not same.any():
        return 0.0
    equal = same & (np.diff(ratios["long"][order]) == 0) & (np.diff(ratios["short"][order]) == 0)
    return float(equal.sum() / same.sum())


def _verdict(minimum: str | None) -> str:
    if minimum is None:
        return (
            "This model found no threshold that earns money after costs on validation: by default "
            "no entry follows it. What its best threshold would have earned here stands under pnl."
        )
    return f"Entries follow from a probability of {minimum} on; what they earned stands under pnl."
