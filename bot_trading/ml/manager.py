"""Predictions that are always there: the current model, else the previous one, else a rule.

Each answer says who gave it and why a better one could not. Tree models answer inline, since a hop
to a thread costs more than they do; an ONNX model answers in a thread, within a deadline.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from pathlib import Path

import numpy as np

from bot_trading import clock
from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.signal import BarrierSpec
from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.features.engineer import FeatureVector
from bot_trading.log import get_logger
from bot_trading.ml.arrays import Floats
from bot_trading.ml.drift import DriftWatch
from bot_trading.ml.memory import ready_kernels
from bot_trading.ml.refusals import ArtifactRefused
from bot_trading.ml.registry import read_slots
from bot_trading.ml.rule import Rule, rule_ratios
from bot_trading.ml.served import Model, load_model
from bot_trading.ml.uniqueness import UniquenessWatch

__all__ = ["MLManager", "Serving", "Slot", "default_serving"]

_log = get_logger(__name__)
Features = Mapping[str, Floats | Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How models are served. `model_age_max_s` counts from the end of what a model has seen."""

    schema_hash: str
    feature_names: tuple[str, ...]
    barrier: BarrierSpec
    rule: Rule = field(default_factory=Rule)
    model_age_max_s: int = 365 * 86_400
    feature_age_max_s: int = 900
    deadline_ms: int = 50


@dataclass(slots=True)
class Slot:
    """One place of the fallback chain: a model with its watch, or the reason why there is none.

    `seen_us` is the end of what the model has seen.
    """

    source: PredictionSource
    model: Model | None
    why_not: str
    drift: DriftWatch | None = None
    seen_us: int = 0

    def refusal(self, ts_event_us: int, age_max_s: int) -> str:
        """Why this place may not answer for features of this instant; empty when it may."""
        if self.model is None:
            return self.why_not
        seen_us = self.seen_us
        if ts_event_us - seen_us > age_max_s * 1_000_000:
            days = (ts_event_us - seen_us) // 86_400_000_000
            return f"model {self.model.manifest.version} is stale: it saw nothing for {days} days"
        if self.drift is not None and self.drift.is_drifting:
            share = self.drift.drifted_share
            return f"inputs drifted from model {self.model.manifest.version}: {share:.0%} of them"
        return ""


class MLManager:
    """Loads the models of a folder, verifies them, and answers for one or many symbols."""

    def __init__(self, folder: Path, serving: Serving) -> None:
        self._folder = folder
        self._serving = serving
        self._chain: tuple[Slot, ...] = ()
        self._late: asyncio.Future[Floats] | None = None
        self._uniqueness = UniquenessWatch()
        self.counts: Counter[str] = Counter()
        self.load()
        ready_kernels()

    def load(self) -> tuple[str, ...]:
        """Read the registry and its models again; returns what could not be used, in words."""
        try:
            slots = read_slots(self._folder)
            versions = [slots.current, slots.previous]
            reason = f"{self._folder} holds no model of that role; train and promote one"
        except ArtifactRefused as error:
            versions, reason = [None, None], str(error)
        sources = (PredictionSource.CURRENT, PredictionSource.PREVIOUS)
        self._chain = tuple(
            self._slot(source, version, reason)
            for source, version in zip(sources, versions, strict=True)
        )
        problems = tuple(slot.why_not for slot in self._chain if slot.why_not)
        for slot, version in zip(self._chain, versions, strict=True):
            if slot.why_not and version is not None:
                _log.warning("model not used", source=slot.source.value, reason=slot.why_not)
        return problems

    def describe(self) -> tuple[str, ...]:
        """One line for each place of the chain: what it holds, or why it holds nothing."""
        lines = []
        for slot in self._chain:
            what = slot.why_not
            if slot.model is not None:
                manifest = slot.model.manifest
                follows = manifest.entry_min_ratio or "never: no edge after costs on validation"
                what = f"{manifest.version} ({manifest.kind}); entries from {follows}"
            lines.append(f"{slot.source.value}: {what}")
        return (*lines, "RULE: always there, and never followed by default")

    def get_model(self) -> Model | None:
        """The model that is first asked, or None when only the rule is left."""
        return next((slot.model for slot in self._chain if slot.model is not None), None)

    def predict(
        self, features: Features, ts_event_us: int, now_us: int | None = None
    ) -> dict[str, Prediction]:
        """A prediction per symbol from its newest features (in catalogue order, or by name).

        `ts_event_us` is the close of the candle behind them. Never raises for bad features: such a
        symbol gets the rule's answer with the reason.
        """
        symbols, rows, notes = self._gather(features, ts_event_us, now_us)
        slot, why = self._first_usable(ts_event_us)
        if slot is None or slot.model is None:
            return self._answers(symbols, rows, notes, ts_event_us, None, None, why)
        probabilities = slot.model.probabilities(rows) if len(rows) else np.empty((0, 2))
        return self._answers(symbols, rows, notes, ts_event_us, slot, probabilities, why)

    async def predict_async(
        self, features: Features, ts_event_us: int, now_us: int | None = None
    ) -> dict[str, Prediction]:
        """The same within the deadline; an answer that comes later is dropped and counted."""
        slot, why = self._first_usable(ts_event_us)
        if slot is None or slot.model is None or slot.model.manifest.kind == "lightgbm":
            return self.predict(features, ts_event_us, now_us)
        symbols, rows, notes = self._gather(features, ts_event_us, now_us)
        if self._late is not None and not self._late.done():
            self.counts["late"] += 1
            why = "the model still works on an earlier question"
            return self._answers(symbols, rows, notes, ts_event_us, None, None, why)
        loop = asyncio.get_running_loop()
        self._late = loop.run_in_executor(None, slot.model.probabilities, rows)
        try:
            waiting = asyncio.shield(self._late)
            found = await asyncio.wait_for(waiting, self._serving.deadline_ms / 1000)
        except TimeoutError:
            self.counts["late"] += 1
            why = f"the model did not answer within {self._serving.deadline_ms} ms"
            return self._answers(symbols, rows, notes, ts_event_us, None, None, why)
        return self._answers(symbols, rows, notes, ts_event_us, slot, found, why)

    @property
    def repeated_symbols(self) -> tuple[str, ...]:
        """Symbols whose predictions have kept equalling another one's: inputs are mixed up."""
        return self._uniqueness.suspects

    def _slot(self, source: PredictionSource, version: str | None, reason: str) -> Slot:
        if version is None:
            return Slot(source=source, model=None, why_not=reason)
        serving = self._serving
        try:
            model = load_model(
                self._folder / version, serving.schema_hash, len(serving.feature_names)
            )
        except ArtifactRefused as error:
            return Slot(source=source, model=None, why_not=str(error))
        watch = DriftWatch(model.reference) if model.reference is not None else None
        seen_us = max((part.until_us for part in model.manifest.parts.values()), default=0)
        return Slot(source=source, model=model, why_not="", drift=watch, seen_us=seen_us)

    def _first_usable(self, ts_event_us: int) -> tuple[Slot | None, str]:
        """The first place of the chain that may answer, and why the ones before it may not."""
        reasons: list[str] = []
        for slot in self._chain:
            refusal = slot.refusal(ts_event_us, self._serving.model_age_max_s)
            if not refusal:
                return slot, "; ".join(reasons)
            reasons.append(refusal)
        return None, "; ".join(reasons)

    def _gather(
        self, features: Features, ts_event_us: int, now_us: int | None
    ) -> tuple[list[str], Floats, dict[str, str]]:
        """Symbols with rows that a model may see, stacked; and why the others have none."""
        names = self._serving.feature_names
        age_us = (clock.now_us() if now_us is None else now_us) - ts_event_us
        if age_us > self._serving.feature_age_max_s * 1_000_000:
            old = f"its newest candle is {age_us // 1_000_000} s old"
            notes = {symbol: f"{symbol}: {old}" for symbol in features}
            return [], np.empty((0, len(names))), notes
        symbols: list[str] = []
        rows: list[Floats] = []
        notes = {}
        for symbol, given in features.items():
            row = _row(given, names)
            if row is None or row.shape != (len(names),):
                notes[symbol] = f"{symbol}: expected {len(names)} features of the catalogue"
            elif not isfinite(row.sum()) and not np.isfinite(row).all():
                bad = names[int(np.argmin(np.isfinite(row)))]
                notes[symbol] = f"{symbol}: feature {bad} is not a finite number"
            else:
                symbols.append(symbol)
                rows.append(row)
        return symbols, np.array(rows).reshape(len(rows), len(names)), notes

    def _answers(
        self,
        symbols: Sequence[str],
        rows: Floats,
        notes: Mapping[str, str],
        ts_event_us: int,
        slot: Slot | None,
        probabilities: Floats | None,
        why: str,
    ) -> dict[str, Prediction]:
        answers: dict[str, Prediction] = {}
        if probabilities is not None and not isfinite(probabilities.sum()):
            why, probabilities = "the model answered what is not a number", None
        for at, symbol in enumerate(symbols):
            if slot is None or slot.model is None or probabilities is None:
                answers[symbol] = self._by_rule(symbol, rows[at], ts_event_us, why)
                continue
            if slot.drift is not None:
                slot.drift.add(symbol, rows[at], ts_event_us)
            answers[symbol] = _by_model(slot, symbol, probabilities[at], ts_event_us, why)
        for symbol, note in notes.items():
            answers[symbol] = self._by_rule(symbol, np.empty(0), ts_event_us, note)
        for answer in answers.values():
            self.counts[answer.source.value] += 1
        if probabilities is not None and len(symbols) > 1:
            self._uniqueness.look(symbols, probabilities)
        return answers

    def _by_rule(self, symbol: str, row: Floats, ts_event_us: int, why: str) -> Prediction:
        serving = self._serving
        long_ratio, short_ratio = rule_ratios(serving.rule, serving.feature_names, row)
        return Prediction(
            symbol=symbol,
            win_long_ratio=long_ratio,
            win_short_ratio=short_ratio,
            entry_min_ratio=None,
            stop_ratio=serving.barrier.stop_ratio,
            horizon_s=serving.barrier.horizon_s,
            source=PredictionSource.RULE,
            model_version="rule",
            ts_event_us=ts_event_us,
            note=why,
        )


def default_serving() -> Serving:
    """This version's features with the barriers of the default configuration."""
    return Serving(
        schema_hash=SCHEMA_HASH,
        feature_names=feature_names(),
        barrier=BarrierSpec(
            stop_ratio=Decimal("0.006"), target_ratio=Decimal("0.009"), horizon_s=900
        ),
    )


def _row(given: Floats | Mapping[str, float], names: Sequence[str]) -> Floats | None:
    if isinstance(given, FeatureVector):
        return given.values_row[0] if given.shape[1] == len(names) else None
    if isinstance(given, Mapping):
        if set(given) != set(names):
            return None
        return np.array([given[name] for name in names], dtype=np.float64)
    return np.asarray(given, dtype=np.float64)


def _by_model(
    slot: Slot, symbol: str, probability: Floats, ts_event_us: int, why: str
) -> Prediction:
    assert slot.model is not None  # noqa: S101 (for the type checker; the caller looked)
    manifest = slot.model.manifest
    minimum = manifest.entry_min_ratio
    return Prediction(
        symbol=symbol,
        win_long_ratio=Decimal(f"{probability[0]:.6f}"),
        win_short_ratio=Decimal(f"{probability[1]:.6f}"),
        entry_min_ratio=None if minimum is None else Decimal(minimum),
        stop_ratio=Decimal(manifest.stop_ratio),
        horizon_s=manifest.horizon_s,
        source=slot.source,
        model_version=manifest.version,
        ts_event_us=ts_event_us,
        note=why,
        model_seen_us=slot.seen_us,
    )
