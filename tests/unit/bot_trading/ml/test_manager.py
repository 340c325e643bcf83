"""A prediction is always there, and says who gave it and why nobody better did."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from bot_trading.domain.prediction import Prediction, PredictionSource
from bot_trading.domain.signal import BarrierSpec
from bot_trading.ml.arrays import Floats
from bot_trading.ml.manager import MLManager, Serving, default_serving
from bot_trading.ml.registry import Slots
from bot_trading.ml.rule import Rule
from tests.builders.small_models import HASH, NAMES, START_US, rows, write_model

NOW_US = START_US + 20 * 3_600_000_000
SERVING = Serving(
    schema_hash=HASH,
    feature_names=NAMES,
    barrier=BarrierSpec(stop_ratio=Decimal("0.006"), target_ratio=Decimal("0.009"), horizon_s=900),
    rule=Rule(feature="f0"),
)


def folder_with(tmp_path: Path, **slots: Any) -> Path:
    """A folder of models, one for each slot."""
    for seed, version in enumerate(slots.values(), start=3):
        write_model(tmp_path, version, seed=seed, entry_min_ratio="0.6")
    (tmp_path / "registry.json").write_bytes(msgspec.json.encode(Slots(**slots)))
    return tmp_path


def asked(manager: MLManager, row: Any = None, **times: int) -> Prediction:
    sample = rows(1)[0] if row is None else row
    ts_event_us = times.get("ts_event_us", NOW_US)
    now_us = times.get("now_us", ts_event_us)
    return manager.predict({"BTCUSDT": sample}, ts_event_us, now_us)["BTCUSDT"]


def test_the_current_model_answers_first(tmp_path: Path) -> None:
    """Probabilities, threshold, barrier, version and source are those of the current model."""
    manager = MLManager(folder_with(tmp_path, current="a", previous="b"), SERVING)
    found = asked(manager)
    model = manager.get_model()
    assert model is not None
    exact = model.probabilities(rows(1))[0]
    assert float(found.win_long_ratio) == pytest.approx(exact[0], abs=1e-6)
    assert float(found.win_short_ratio) == pytest.approx(exact[1], abs=1e-6)
    assert (found.source, found.model_version, found.note) == (PredictionSource.CURRENT, "a", "")
    assert found.entry_min_ratio == Decimal("0.6")
    assert (found.stop_ratio, found.horizon_s) == (Decimal("0.006"), 900)
    assert found.ts_event_us == NOW_US


def test_many_symbols_get_answers_of_their_own(tmp_path: Path) -> None:
    """Unlike inputs give unlike predictions, equal to asking one by one, by name or by order."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    features = {f"S{at}": row for at, row in enumerate(rows(20))}
    found = manager.predict(features, NOW_US, NOW_US)
    assert len({answer.win_long_ratio for answer in found.values()}) > 10
    named = dict(reversed(list(zip(NAMES, features["S7"].tolist(), strict=True))))
    assert replace(asked(manager, named), symbol="S7") == found["S7"]
    assert manager.counts["CURRENT"] == 21
    assert manager.repeated_symbols == ()


def test_equal_inputs_are_noticed(tmp_path: Path) -> None:
    """Two symbols that are always fed the same features are pointed out."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    for row in rows(6):
        manager.predict({"A": row, "B": row}, NOW_US, NOW_US)
    assert manager.repeated_symbols == ("A", "B")


def damage(folder: Path, version: str) -> None:
    path = folder / version / "long.txt"
    path.write_bytes(path.read_bytes()[:-100])


def test_a_damaged_current_falls_back_to_the_previous(tmp_path: Path) -> None:
    """The previous model answers, marked, with the reason why the current one does not."""
    folder = folder_with(tmp_path, current="a", previous="b")
    damage(folder, "a")
    found = asked(MLManager(folder, SERVING))
    assert (found.source, found.model_version) == (PredictionSource.PREVIOUS, "b")
    assert "truncated" in found.note


def test_without_models_the_rule_answers(tmp_path: Path) -> None:
    """With both damaged, with an empty folder and with a torn registry a rule still answers."""
    folder = folder_with(tmp_path, current="a", previous="b")
    damage(folder, "a")
    damage(folder, "b")
    for place in (folder, tmp_path / "empty"):
        found = asked(MLManager(place, SERVING))
        assert found.source is PredictionSource.RULE
        assert found.entry_min_ratio is None
        assert found.note
        assert 0 < found.win_long_ratio < 1
    (folder / "registry.json").write_bytes(b"{")
    manager = MLManager(folder, SERVING)
    assert "registry" in asked(manager).note
    assert manager.get_model() is None


def test_a_model_of_other_features_is_not_served(tmp_path: Path) -> None:
    """A foreign schema gives the rule's answer and says which schema was expected."""
    folder = folder_with(tmp_path, current="a")
    found = asked(MLManager(folder, replace(SERVING, schema_hash="cd" * 32)))
    assert found.source is PredictionSource.RULE
    assert "feature schema" in found.note


def test_a_loss_at_run_time_and_a_repair_are_seen(tmp_path: Path) -> None:
    """A model taken away in memory is answered for; loading again brings it back."""
    folder = folder_with(tmp_path, current="a")
    manager = MLManager(folder, SERVING)
    manager._chain[0].model = None
    assert asked(manager).source is PredictionSource.RULE
    assert manager.load() != ()
    assert asked(manager).source is PredictionSource.CURRENT


def test_a_stale_model_is_not_asked(tmp_path: Path) -> None:
    """A model that has seen nothing for longer than allowed gives way, and says for how long."""
    manager = MLManager(
        folder_with(tmp_path, current="a"), replace(SERVING, model_age_max_s=30 * 86_400)
    )
    later_us = NOW_US + 40 * 86_400_000_000
    assert asked(manager).source is PredictionSource.CURRENT
    found = asked(manager, ts_event_us=later_us)
    assert found.source is PredictionSource.RULE
    assert "saw nothing for 40 days" in found.note


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (np.array([0, 0, np.nan, 0, 0, 0.0]), "feature f2 is not a finite number"),
        (np.array([np.inf, 0, 0, 0, 0, 0.0]), "feature f0 is not a finite number"),
        (np.zeros(5), "expected 6 features"),
        (np.zeros((2, 6)), "expected 6 features"),
        ({"f0": 1.0}, "expected 6 features"),
    ],
)
def test_bad_features_never_reach_a_model(tmp_path: Path, row: Any, words: str) -> None:
    """NaN, infinity and a wrong number of features give the rule's answer with the reason."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    found = asked(manager, row)
    assert found.source is PredictionSource.RULE
    assert words in found.note
    good = manager.predict({"BAD": row, "GOOD": rows(1)[0]}, NOW_US, NOW_US)
    assert good["GOOD"].source is PredictionSource.CURRENT
    assert good["BAD"].source is PredictionSource.RULE


def test_old_features_never_reach_a_model(tmp_path: Path) -> None:
    """Features of a candle that closed too long ago give the rule's answer."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    found = asked(manager, now_us=NOW_US + 901 * 1_000_000)
    assert found.source is PredictionSource.RULE
    assert "901 s old" in found.note


def test_drifting_inputs_end_the_model(tmp_path: Path) -> None:
    """When most inputs leave the training range for long enough, the rule takes over."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    moved = np.full(len(NAMES), 9.0)
    found = None
    for hour in range(600):
        found = asked(manager, moved, ts_event_us=NOW_US + hour * 3_600_000_000)
    assert found is not None
    assert found.source is PredictionSource.RULE
    assert "drifted" in found.note


async def test_asking_without_waiting_gives_the_same(tmp_path: Path) -> None:
    """A tree model answers inline, equal to the synchronous call."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    features = {"BTCUSDT": rows(1)[0]}
    found = await manager.predict_async(features, NOW_US, NOW_US)
    assert found == manager.predict(features, NOW_US, NOW_US)
    empty = MLManager(tmp_path / "empty", SERVING)
    assert (await empty.predict_async(features, NOW_US, NOW_US))["BTCUSDT"].note


async def test_a_late_answer_is_dropped_and_counted(tmp_path: Path) -> None:
    """A foreign model that takes too long gives way to the rule; so does a question meanwhile."""
    manager = MLManager(folder_with(tmp_path, current="a"), replace(SERVING, deadline_ms=30))
    model = manager._chain[0].model
    assert model is not None

    def slow(sample: Floats) -> Floats:
        time.sleep(0.4)
        return np.full((len(sample), 2), 0.5)

    foreign = msgspec.structs.replace(model.manifest, kind="onnx")
    manager._chain[0].model = replace(model, manifest=foreign, probabilities=slow)
    features = {"BTCUSDT": rows(1)[0]}
    first = (await manager.predict_async(features, NOW_US, NOW_US))["BTCUSDT"]
    assert "within 30 ms" in first.note
    second = (await manager.predict_async(features, NOW_US, NOW_US))["BTCUSDT"]
    assert "earlier question" in second.note
    assert manager.counts["late"] == 2
    await asyncio.sleep(0.5)

    def quick(sample: Floats) -> Floats:
        return np.full((len(sample), 2), 0.25)

    manager._chain[0].model = replace(model, manifest=foreign, probabilities=quick)
    third = (await manager.predict_async(features, NOW_US, NOW_US))["BTCUSDT"]
    assert (third.source, third.win_long_ratio) == (PredictionSource.CURRENT, Decimal("0.25"))


def test_an_answer_that_is_no_number_is_dropped(tmp_path: Path) -> None:
    """NaN from a model never leaves as a probability."""
    manager = MLManager(folder_with(tmp_path, current="a"), SERVING)
    model = manager._chain[0].model
    assert model is not None

    def broken(sample: Floats) -> Floats:
        return np.full((len(sample), 2), np.nan)

    manager._chain[0].model = replace(model, probabilities=broken)
    found = asked(manager)
    assert found.source is PredictionSource.RULE
    assert "not a number" in found.note


def test_the_chain_describes_itself(tmp_path: Path) -> None:
    """One line a place: the version, or why there is none; the rule is always last."""
    lines = MLManager(folder_with(tmp_path, current="a"), SERVING).describe()
    assert lines[0].startswith("CURRENT: a (lightgbm)")
    assert "no model of that role" in lines[1]
    assert lines[2].startswith("RULE")
    assert len(default_serving().feature_names) >= 240
