"""ML Pipeline: the shipped model is whole, right, honest and quick, and its loss is survived.

Features are judged on made-up candles and by worked examples, which compute each of them a second
time with TA-Lib and plain numpy; the artifact by its own seals, calibration and leaks by the report
that promoted it, and the fallback chain on damaged copies of the folder of models.
"""

from __future__ import annotations

import asyncio
import pickle
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np

from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.signal import BarrierSpec
from bot_trading.errors import ConfigError
from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.features.kernel import batch_features
from bot_trading.features.stream import FeatureStream
from bot_trading.features.window import Floats
from bot_trading.ml.artifact import read_file, read_manifest, seal, write_manifest
from bot_trading.ml.manager import MLManager, default_serving
from bot_trading.ml.refusals import ArtifactRefused, PromotionRefused
from bot_trading.ml.registry import Gates, check_gates, read_slots
from bot_trading.ml.served import Model, load_model
from bot_trading.settings import Settings as BotSettings
from bot_trading.settings import core_config, load
from bot_trading.strategy.ml_signal import SignalGenerator, SignalSpec
from readiness.check import (
    CheckResult,
    Evidence,
    Finding,
    FindingKind,
    Location,
    Outcome,
    Severity,
)
from readiness.checks.ml_features import SYMBOLS, judge_features, made_table
from readiness.context import Check, Context, Scope, blocked
from readiness.worked_examples import proven

__all__ = [
    *("EXAMPLES", "MODELS", "Judged"),
    *("judge_ages", "judge_fallback", "judge_model", "judge_speed", "run"),
]

CONFIG = "config/bot.yaml"
MODELS = "models"
# Stream and batch share their kernels, so that only a second computation sees a wrong formula.
EXAMPLES = (
    "tests/unit/bot_trading/features/indicators",
    "tests/unit/bot_trading/features/test_neutral_values.py",
    "tests/unit/bot_trading/features/test_columns.py",
    "tests/unit/bot_trading/features/test_catalog.py",
    *(
        f"tests/unit/bot_trading/ml/test_{name}.py"
        for name in ("artifact", "manager", "registry", "served", "trees")
    ),
    "tests/unit/bot_trading/strategy/test_ml_signal.py",
)
SIGNAL_CPU_MAX_US = 1_000.0
ANSWERS_APART_MAX = 1e-9  # Sums of leaves in another order differ in the last digits.
_QUICK_ROWS, _FULL_ROWS = 400, 3_000
_ROUNDS = 300
_STEP_US = 300_000_000
_ASKED_US = 1_758_732_000_000_000

Judged = tuple[list[Finding], list[Evidence]]


async def run(check: Check, context: Context) -> CheckResult:
    """PASSED when features, artifact, report, fallbacks, speed and the examples hold."""
    try:
        settings = await asyncio.to_thread(load, context.root / CONFIG)
    except ConfigError as error:
        return blocked(check, f"the configuration cannot be read: {error}")
    (findings, evidence), proof = await asyncio.gather(
        asyncio.to_thread(_judge, context, settings),
        proven(
            context, "features and serving, computed a second time", EXAMPLES, "ml_examples.log"
        ),
    )
    evidence.append(proof.evidence)
    if proof.failure:
        findings.append(_example_failed(proof.failure))
    failing = any(finding.kind is FindingKind.FAIL for finding in findings)
    return CheckResult(
        name=check.name,
        outcome=Outcome.FAILED if failing else Outcome.PASSED,
        is_critical=check.is_critical,
        coverage_ratio=1.0,
        evidence=tuple(evidence),
        findings=tuple(findings),
    )


def _judge(context: Context, settings: BotSettings) -> Judged:
    rows = _QUICK_ROWS if context.scope is Scope.QUICK else _FULL_ROWS
    models = context.root / MODELS
    findings, evidence = judge_features(rows)
    for judged in (
        *(judge_model(models, settings), judge_fallback(models), judge_ages(models)),
        judge_speed(models),
    ):
        findings += judged[0]
        evidence += judged[1]
    return findings, evidence


def judge_model(models: Path, settings: BotSettings) -> Judged:
    """The current model's seals, schema, order of features, report, and whose exits it learned."""
    try:
        version = read_slots(models).current
        if version is None:
            raise ArtifactRefused(f"{models} has no current model")
        model = load_model(models / version, SCHEMA_HASH, len(feature_names()))
    except ArtifactRefused as error:
        return [_finding("ml-artifact", str(error))], [
            Evidence(what="model", measured="refused", limit="verified")
        ]
    folder = models / version
    evidence = [Evidence(what="model", measured=f"{version} verified", limit="seals and schema")]
    findings = _order(folder) + _answers(model) + _witness(folder, model)
    try:
        gates = check_gates(folder, Gates())
    except PromotionRefused as error:
        return [*findings, _finding("ml-report", str(error))], evidence
    evidence += [Evidence(what=g.name, measured=g.measured, limit=g.limit) for g in gates]
    findings += [
        _finding("ml-report", f"{version}: {gate.name} is {gate.measured}, {gate.limit}")
        for gate in gates
        if not gate.passed
    ]
    return findings + _exits(model, settings), evidence


def judge_fallback(models: Path) -> Judged:
    """Every way to lose the current model ends in the previous one's answer or the rule's."""
    try:
        version = read_slots(models).current
    except ArtifactRefused as error:
        return [_finding("ml-fallback", str(error))], []
    if version is None:
        return [_finding("ml-fallback", f"{models} has no current model to lose")], []
    row = batch_features(made_table(200, 7))[-1]
    findings, survived = [], []
    for kind, damage in _DAMAGES.items():
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch) / "models"
            shutil.copytree(models, copy)
            damage(copy / version)
            answer = _asked(copy, row)
        if answer.source is PredictionSource.CURRENT or not answer.note:
            text = f"the model was {kind}, and {answer.source.value} answered: {answer.note!r}"
            findings.append(_finding("ml-fallback", text))
        else:
            survived.append(f"{kind}: {answer.source.value}")
    answer = _asked(models, np.full(len(row), np.nan))
    if answer.source is not PredictionSource.RULE:
        findings.append(_finding("ml-nan", "features that are not numbers reached the model"))
    told = "; ".join(survived) or "none"
    limit = f"a fallback with its reason in {len(_DAMAGES)} of {len(_DAMAGES)}"
    return findings, [Evidence(what="losses survived", measured=told, limit=limit)]


def judge_ages(models: Path) -> Judged:
    """Features and models answer until they are as old as is allowed, not a microsecond longer."""
    serving = default_serving()
    manager = MLManager(models, serving)
    try:
        parts = read_manifest(models / str(read_slots(models).current)).parts
    except ArtifactRefused as error:
        return [_finding("ml-age", str(error))], []
    row = {SYMBOLS[0]: batch_features(made_table(200, 7))[-1]}
    oldest_us = max(part.until_us for part in parts.values()) + serving.model_age_max_s * 1_000_000
    late_us = _ASKED_US + serving.feature_age_max_s * 1_000_000
    findings = []
    for what, asked in (
        ("features", [(_ASKED_US, late_us), (_ASKED_US, late_us + 1)]),
        ("a model", [(oldest_us, oldest_us), (oldest_us + 1, oldest_us + 1)]),
    ):
        sources = [manager.predict(row, *instants)[SYMBOLS[0]].source for instants in asked]
        if sources[0] is not PredictionSource.CURRENT or sources[1] is PredictionSource.CURRENT:
            text = f"{what} of the largest age, and beyond it: {' and '.join(sources)} answered"
            findings.append(_finding("ml-age", text))
    measured = "kept to the microsecond" if not findings else "not kept"
    return findings, [Evidence(what="largest ages of features and model", measured=measured)]


def judge_speed(models: Path, limit_us: float = SIGNAL_CPU_MAX_US) -> Judged:
    """Features, prediction and signal of one symbol, by this thread's own work.

    Time spent waiting for a processor is not the pipeline's, so that a busy machine judges alike.
    """
    manager = MLManager(models, default_serving())
    generator = SignalGenerator(SignalSpec(exchange="bybit", cool_down_s=0))
    table = made_table(300 + _ROUNDS, 5)
    stream, symbol = FeatureStream([SYMBOLS[0]]), SYMBOLS[0]
    stream.load(symbol, table.cut(0, 290))
    computing = []
    for row in table.matrix().T[290:]:
        begun_ns = time.thread_time_ns()
        features = stream.update({symbol: row})
        close_us = int(row[0]) + _STEP_US
        generator.create_from_prediction(
            manager.predict({symbol: features[0]}, close_us, close_us)[symbol]
        )
        computing.append((time.thread_time_ns() - begun_ns) / 1e3)
    measured = sorted(computing[10:])
    middle, tail = measured[len(measured) // 2], measured[int(len(measured) * 0.99)]
    limit = f"median at most {limit_us:g} µs"
    text = f"median {middle:.0f} µs, 99 % within {tail:.0f} µs of {len(measured)}"
    findings = [] if middle <= limit_us else [_finding("ml-latency", f"a signal takes {text}")]
    return findings, [Evidence(what="signal, processor time", measured=text, limit=limit)]


def _order(folder: Path) -> list[Finding]:
    """The trees ask for features by place, so their names must stand in the catalogue's order."""
    manifest = read_manifest(folder)
    if manifest.kind != "lightgbm":
        return []
    wanted = "feature_names=" + " ".join(feature_names())
    sides = ("long", "short")
    texts = {side: read_file(folder, manifest, side).decode("utf-8", "replace") for side in sides}
    return [
        _finding("ml-feature-order", f"{side} of {folder.name} names features in another order")
        for side, text in texts.items()
        if wanted not in text.splitlines()
    ]


def _answers(model: Model) -> list[Finding]:
    """Probabilities lie strictly between 0 and 1, and differ where inputs do."""
    rows = np.stack([batch_features(made_table(200, seed))[-1] for seed in range(8)])
    found = model.probabilities(rows)
    if not ((found > 0) & (found < 1)).all():
        return [_finding("ml-probability", f"the model answers {found.min()} to {found.max()}")]
    if len(np.unique(found[:, 0])) < len(rows) // 2:
        return [_finding("ml-uniqueness", "eight markets get less than four different answers")]
    return []


def _witness(folder: Path, model: Model) -> list[Finding]:
    """LightGBM's own library, asked for each side, answers as the model that is served does."""
    if model.manifest.kind != "lightgbm":
        return []
    import lightgbm

    rows = np.stack([batch_features(made_table(200, seed))[-1] for seed in range(8)])
    wanted = []
    for side in ("long", "short"):
        text = read_file(folder, model.manifest, side).decode("utf-8", "replace")
        raw = lightgbm.Booster(model_str=text).predict(rows, raw_score=True)
        slope, offset = model.manifest.calibration[side]
        wanted.append(1 / (1 + np.exp(-(slope * np.asarray(raw) + offset))))
    apart = float(np.max(np.abs(model.probabilities(rows) - np.stack(wanted, axis=1))))
    if apart <= ANSWERS_APART_MAX:
        return []
    return [_finding("ml-answers", f"the model answers {apart:.3g} away from LightGBM's own words")]


def _exits(model: Model, settings: BotSettings) -> list[Finding]:
    """A probability speaks of the exits that the model learned, not of any others."""
    manifest, barrier = model.manifest, core_config(settings, "check").barrier
    learned = BarrierSpec(
        stop_ratio=Decimal(manifest.stop_ratio),
        target_ratio=Decimal(manifest.target_ratio),
        horizon_s=manifest.horizon_s,
    )
    if learned == barrier:
        return []
    is_used = settings.strategy.source == "model" and manifest.entry_min_ratio is not None
    return [
        Finding(
            rule_id="ml-exits",
            severity=Severity.HIGH if is_used else Severity.LOW,
            message=f"{manifest.version} learned {_told(learned)}; the exits are {_told(barrier)}",
            fix="Train with the configured exits (docs/ml.md) before signals of it are followed",
            kind=FindingKind.FAIL if is_used else FindingKind.INFORMATIONAL,
            location=Location(path=CONFIG),
        )
    ]


def _told(barrier: BarrierSpec) -> str:
    stop, target = (f"{ratio * 100:.2f} %" for ratio in (barrier.stop_ratio, barrier.target_ratio))
    return f"stop {stop}, target {target}, horizon {barrier.horizon_s} s"


def _asked(models: Path, row: Floats) -> Prediction:
    """The answer just after the end of made-up candles, which no shipped model calls stale."""
    manager = MLManager(models, default_serving())
    return manager.predict({SYMBOLS[0]: row}, _ASKED_US, _ASKED_US)[SYMBOLS[0]]


def _gone(folder: Path) -> None:
    shutil.rmtree(folder)


def _truncated(folder: Path) -> None:
    path = _first_file(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _altered(folder: Path) -> None:
    path = _first_file(folder)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _pickled(folder: Path) -> None:
    _first_file(folder).write_bytes(pickle.dumps({"trees": []}))


def _relabelled(folder: Path) -> None:
    """Another horizon, under the seal of the old one."""
    path = folder / "manifest.json"
    false = msgspec.structs.replace(read_manifest(folder), horizon_s=1)
    path.write_bytes(msgspec.json.encode(false))


def _sealed_pickle(folder: Path) -> None:
    """A pickle whose seal is honest: nothing is ever unpickled, whoever signs."""
    _pickled(folder)
    manifest = read_manifest(folder)
    role = sorted(manifest.files)[0]
    sealed = {**manifest.files, role: seal(folder, manifest.files[role].name)}
    write_manifest(folder, msgspec.structs.replace(manifest, files=sealed))


def _foreign(folder: Path) -> None:
    """Another version's features, honestly sealed."""
    manifest = read_manifest(folder)
    write_manifest(folder, msgspec.structs.replace(manifest, feature_schema_hash="0" * 64))


def _first_file(folder: Path) -> Path:
    manifest = read_manifest(folder)
    return folder / manifest.files[sorted(manifest.files)[0]].name


_DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "gone": _gone,
    "truncated": _truncated,
    "altered": _altered,
    "a pickle": _pickled,
    "a sealed pickle": _sealed_pickle,
    "relabelled": _relabelled,
    "of another schema": _foreign,
}


def _example_failed(message: str) -> Finding:
    return Finding(
        rule_id="ml-examples",
        severity=Severity.CRITICAL,
        message=message,
        fix="See ml_examples.log, and compare bot_trading/features with docs/features.md",
        location=Location(path=EXAMPLES[0]),
    )


def _finding(rule_id: str, message: str) -> Finding:
    return Finding(
        rule_id=rule_id,
        severity=Severity.CRITICAL,
        message=message,
        fix="Restore models/, or train, promote or roll back as docs/ml.md says",
        location=Location(path=MODELS),
    )
