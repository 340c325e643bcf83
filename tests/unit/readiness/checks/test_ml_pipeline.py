"""A damaged, foreign, slow or mismatched model turns the check; the shipped one passes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import yaml

from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.ml.artifact import read_manifest, seal, write_manifest
from bot_trading.ml.registry import read_slots
from bot_trading.ml.served import load_model
from bot_trading.settings import Settings as BotSettings
from bot_trading.settings import load
from readiness.check import FindingKind, Outcome
from readiness.checks import ml_pipeline
from readiness.checks.ml_pipeline import (
    judge_ages,
    judge_fallback,
    judge_model,
    judge_speed,
    run,
)
from readiness.context import Check, Context, Scope
from readiness.settings import read_settings
from tests.builders.small_models import write_full_model

pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).resolve().parents[4]
CHECK = Check(name="ML Pipeline", is_critical=True, run=run)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the shipped models that a test may damage."""
    return Path(shutil.copytree(ROOT / "models", tmp_path / "models"))


@pytest.fixture(scope="module")
def settings() -> BotSettings:
    """The shipped configuration."""
    return load(ROOT / "config/bot.yaml")


def _current(models: Path) -> Path:
    version = read_slots(models).current
    assert version is not None
    return models / version


def _rules(models: Path, settings: BotSettings) -> list[str]:
    found, _ = judge_model(models, settings)
    return [finding.rule_id for finding in found if finding.kind is FindingKind.FAIL]


def _context(root: Path, folder: Path | None = None) -> Context:
    return Context(
        root=root,
        settings=read_settings(ROOT / "config/readiness.yaml"),
        scope=Scope.QUICK,
        dry_run_duration_s=1,
        database_url="",
        folder=folder or root,
    )


async def test_the_shipped_pipeline_passes(tmp_path: Path) -> None:
    """Features, seals, gates, seven losses, speed and examples, on the checkout itself."""
    result = await run(CHECK, _context(ROOT, tmp_path))
    assert result.outcome is Outcome.PASSED, result.findings
    told = {evidence.what: evidence.measured for evidence in result.evidence}
    assert told["losses survived"].count(":") == 7
    assert told["test.long.ece"] < "0.03"
    assert "stream against batch" in told
    assert "passed" in told["features and serving, computed a second time"]


async def test_without_a_model_the_check_fails(tmp_path: Path) -> None:
    """An empty folder of models is a finding, not a pass."""
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config/bot.yaml", tmp_path / "config")
    result = await run(CHECK, _context(tmp_path))
    assert result.outcome is Outcome.FAILED
    found = {finding.rule_id for finding in result.findings}
    assert found == {"ml-artifact", "ml-fallback", "ml-age", "ml-examples"}


async def test_without_a_configuration_it_is_blocked(tmp_path: Path) -> None:
    """What cannot be measured is not passed."""
    result = await run(CHECK, _context(tmp_path))
    assert result.outcome is Outcome.BLOCKED
    assert "configuration" in result.reason


@pytest.mark.parametrize("kind", list(ml_pipeline._DAMAGES))
def test_a_damaged_model_is_found(models: Path, settings: BotSettings, kind: str) -> None:
    """Gone, truncated, altered, pickled, or of another schema: the artifact is refused."""
    ml_pipeline._DAMAGES[kind](_current(models))
    findings, _ = judge_model(models, settings)
    assert [finding.rule_id for finding in findings] == ["ml-artifact"]
    assert findings[0].fix.startswith("Restore")


def _sealed_anew(folder: Path, side: str, change: Callable[[str], str]) -> None:
    """Damage that whoever made it sealed properly."""
    path = folder / f"{side}.txt"
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    manifest = read_manifest(folder)
    files = manifest.files | {side: seal(folder, path.name)}
    write_manifest(folder, msgspec.structs.replace(manifest, files=files))


def test_features_in_another_order_are_found(models: Path, settings: BotSettings) -> None:
    """Trees ask by place: two exchanged names make every answer wrong, and the report foreign."""
    first, second = feature_names()[:2]

    def exchanged(text: str) -> str:
        return text.replace(f"={first} {second} ", f"={second} {first} ", 1)

    _sealed_anew(_current(models), "long", exchanged)
    assert _rules(models, settings) == ["ml-feature-order", "ml-report"]


def test_a_report_of_bad_calibration_is_found(models: Path, settings: BotSettings) -> None:
    """The gates are asked again, so that a report edited after promotion turns the check."""
    path = _current(models) / "report.json"
    report = msgspec.json.decode(path.read_bytes())
    report["test"]["long"]["ece"] = 0.2
    path.write_bytes(msgspec.json.encode(report))
    findings, _ = judge_model(models, settings)
    assert ["test.long.ece is 0.2" in finding.message for finding in findings][:1] == [True]


def test_a_missing_report_is_found(models: Path, settings: BotSettings) -> None:
    """A model that nobody judged is not ready."""
    (_current(models) / "report.json").unlink()
    assert _rules(models, settings) == ["ml-report"]


def test_a_model_of_other_exits_is_told_and_fails_where_it_is_followed(
    tmp_path: Path,
) -> None:
    """Its probabilities speak of other exits: a remark while unused, a failure when followed."""
    data = yaml.safe_load((ROOT / "config/bot.yaml").read_text("utf-8"))
    data["enhanced_sltp"]["stop_loss_percent"] = 0.7
    data["strategy"]["source"] = "model"
    data["trading"]["candle_interval_s"] = 300
    data["trading"]["symbols"] = ["BTCUSDT", "ETHUSDT"]
    unfollowed = BotSettings.model_validate(data)
    write_full_model(tmp_path)
    kinds = {f.rule_id: f.kind for f in judge_model(tmp_path, unfollowed)[0]}
    assert "ml-exits" not in kinds, "without a report nothing is said of exits"
    findings = ml_pipeline._exits(_loaded(tmp_path, entry=None), unfollowed)
    assert [finding.kind for finding in findings] == [FindingKind.INFORMATIONAL]
    findings = ml_pipeline._exits(_loaded(tmp_path, entry="0.4"), unfollowed)
    assert [finding.kind for finding in findings] == [FindingKind.FAIL]


def _loaded(models: Path, entry: str | None):  # type: ignore[no-untyped-def]
    from bot_trading.features.catalog import SCHEMA_HASH
    from bot_trading.ml.served import load_model

    model = load_model(models / "full", SCHEMA_HASH, len(feature_names()))
    changed = msgspec.structs.replace(model.manifest, entry_min_ratio=entry)
    write_manifest(models / "full", changed)
    return load_model(models / "full", SCHEMA_HASH, len(feature_names()))


def test_a_loss_that_is_not_noticed_is_found(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damage that changes nothing leaves the current model answering, which is the finding."""
    monkeypatch.setattr(ml_pipeline, "_DAMAGES", {"untouched": lambda folder: None})
    findings, _ = judge_fallback(models)
    assert [finding.rule_id for finding in findings] == ["ml-fallback"]
    assert "CURRENT answered" in findings[0].message


def test_a_slow_answer_is_found(models: Path) -> None:
    """The median of the work itself is held against the limit."""
    findings, evidence = judge_speed(models, limit_us=0.001)
    assert [finding.rule_id for finding in findings] == ["ml-latency"]
    assert "median" in evidence[0].measured
    assert Decimal(evidence[0].measured.split()[1]) > 0


def test_a_model_that_answers_for_the_other_side_is_found() -> None:
    """LightGBM's own library is asked for each side, and agrees with what is shipped."""
    folder = _current(ROOT / "models")
    model = load_model(folder, SCHEMA_HASH, len(feature_names()))
    assert ml_pipeline._witness(folder, model) == []
    swapped = replace(model, probabilities=lambda rows: model.probabilities(rows)[:, ::-1])
    assert [each.rule_id for each in ml_pipeline._witness(folder, swapped)] == ["ml-answers"]


def test_ages_are_kept_to_the_microsecond(models: Path) -> None:
    """The shipped model answers at the largest age and not beyond; a damaged one never does."""
    assert judge_ages(models)[0] == []
    ml_pipeline._truncated(_current(models))
    found, [evidence] = judge_ages(models)
    assert [finding.rule_id for finding in found] == ["ml-age", "ml-age"]
    assert evidence.measured == "not kept"
    shutil.rmtree(_current(models))
    assert [finding.rule_id for finding in judge_ages(models)[0]] == ["ml-age"]
