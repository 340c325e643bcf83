"""The commands, as a user types them: files to a judged, promoted, evaluated, withdrawn model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from bot_trading.ml.cli import app
from bot_trading.ml.registry import nominate, read_slots
from tests.builders.small_market import write_market
from tests.builders.small_models import write_full_model

DATES = ("--from", "2025-09-24", "--calibrate-from", "2025-10-14", "--validate-from", "2025-10-20")
LATER = ("--test-from", "2025-10-27", "--to", "2025-11-08")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a market and a model trained on it by the command."""
    folder = tmp_path_factory.mktemp("learning")
    candles = write_market(folder)
    models = folder / "models"
    sizes = ("--trials", "1", "--folds", "2", "--thin", "3")
    done = run("train", "--candles", candles, "--models", models, *DATES, *LATER, *sizes)
    assert done.exit_code == 0, done.output
    return folder


def test_training_leaves_a_candidate_with_its_report(place: Path) -> None:
    """The folder of the version holds text, JSON and one page, below three megabytes, no pickle."""
    slots = read_slots(place / "models")
    assert slots.candidate is not None
    home = place / "models" / slots.candidate
    names = {path.name for path in home.iterdir()}
    assert names == {
        "long.txt",
        "short.txt",
        "reference.json",
        "manifest.json",
        "report.json",
        "report.html",
    }
    assert sum(path.stat().st_size for path in home.iterdir()) < 3_000_000
    report = json.loads((home / "report.json").read_bytes())
    assert report["quality"]["BTCUSDT"]["is_clean"]
    assert report["rows"]["test"] > 1_000


def test_a_candidate_that_misses_a_gate_is_refused(place: Path) -> None:
    """Two coins over some weeks cannot convince: one sentence names the gate, nothing moves."""
    done = run("promote", "--models", place / "models")
    assert done.exit_code == 2
    assert "stays a candidate" in done.stderr
    assert read_slots(place / "models").current is None


def test_an_evaluation_is_the_tests_own(place: Path, tmp_path: Path) -> None:
    """Over the dates of the test, the walk from disk gives the very numbers of the report."""
    models = place / "models"
    version = read_slots(models).candidate
    assert version is not None
    out = tmp_path / "result.json"
    done = run(
        *("evaluate", "--candles", place / "5m", "--models", models, "--model", version),
        *("--from", "2025-10-27", "--to", "2025-11-08", "--json", out),
    )
    assert done.exit_code == 0, done.output
    result = json.loads(out.read_bytes())
    report = json.loads((models / version / "report.json").read_bytes())
    for side in ("long", "short"):
        for name in ("rows", "auc", "brier", "ece", "base_rate"):
            assert result[side][name] == pytest.approx(report["test"][side][name], rel=1e-9)
    assert result["pnl"]["model"]["trades"] == report["pnl"]["model"]["trades"]
    assert result["seen_in_training"] == 0
    assert result["funding"] == "settled rates of 2 symbols"
    assert result["symbols_with_equal_answers"] < 0.1
    assert "by default no entry follows it" in done.stdout
    assert result["pnl"]["follows_signals"] is False


def damaged(place: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "5m"
    shutil.copytree(place / "5m", copy)
    return copy


def test_funding_that_is_not_there_is_said_to_be_assumed(place: Path, tmp_path: Path) -> None:
    """Candles without a folder of funding beside them are scored with a stated assumption."""
    models, candles = place / "models", damaged(place, tmp_path)
    version = read_slots(models).candidate or ""
    asked = ("evaluate", "--candles", candles, "--models", models, "--model", version)
    done = run(*asked, "--from", "2025-10-27", "--to", "2025-11-08")
    assert done.exit_code == 0, done.output
    assert "ASSUMED 0.0001 per 8 h" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "2025-10-27", "--to", "soon"), "'soon' is no date"),
        (("--from", "2025-10-27", "--to", "2025-10-27"), "after the one before it"),
        (("--from", "2030-01-01", "--to", "2030-02-01"), "at least 100 are needed"),
        (("--from", "2025-10-27", "--to", "2025-11-08", "--symbols", "XYZ"), "XYZ"),
    ],
)
def test_questions_that_cannot_be_asked(
    place: Path, arguments: tuple[str, ...], words: str
) -> None:
    """A wrong date, an empty range and an unknown symbol end in one sentence and exit code 2."""
    models = place / "models"
    version = read_slots(models).candidate or ""
    asked = ("evaluate", "--candles", place / "5m", "--models", models, "--model", version)
    done = run(*asked, *arguments)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_candles_that_cannot_be_used(place: Path, tmp_path: Path) -> None:
    """A longer interval, a torn file and a market without BTC are refused in one sentence each."""
    models, candles = place / "models", damaged(place, tmp_path)
    version = read_slots(models).candidate or ""
    asked = ("evaluate", "--candles", candles, "--models", models, "--model", version)
    dates = ("--from", "2025-10-27", "--to", "2025-11-08")
    eth = candles / "ETHUSDT.parquet"
    pl.read_parquet(eth).gather_every(3).write_parquet(eth)
    assert "cannot be made into 300 s" in run(*asked, *dates).stderr
    eth.write_bytes(b"torn")
    assert "cannot be read" in run(*asked, *dates).stderr
    eth.unlink()
    (candles / "BTCUSDT.parquet").rename(candles / "SOLUSDT.parquet")
    done = run(*asked, *dates)
    assert (done.exit_code, "BTCUSDT and ETHUSDT are missing" in done.stderr) == (2, True)


def test_promotion_status_and_rollback(tmp_path: Path) -> None:
    """Two models pass, the second serves, and one command brings the first back."""
    side = {"ece": 0.01, "brier_skill": {"value": 0.03, "low": 0.01, "high": 0.05}}
    for version in ("first", "second"):
        slots = read_slots(tmp_path)
        made = write_full_model(tmp_path, version)
        (tmp_path / "registry.json").write_bytes(msgspec.json.encode(slots))
        report = {
            "model_sha256": made.sha256,
            "leaks": [{"name": "overlap", "passed": True, "measured": "0", "limit": "0"}],
            "test": {"long": side, "short": side},
            "shuffled": {"long": {"auc": 0.5}, "short": {"auc": 0.5}},
        }
        (tmp_path / version / "report.json").write_bytes(msgspec.json.encode(report))
        nominate(tmp_path, version)
        done = run("promote", "--models", tmp_path)
        assert done.exit_code == 0, done.output
        assert f"current: {version}" in done.stdout
    assert read_slots(tmp_path).previous == "first"
    assert "CURRENT: second (lightgbm)" in run("status", "--models", tmp_path).stdout
    done = run("rollback", "--models", tmp_path)
    assert "current: first, withdrawn: second" in done.stdout
    assert run("rollback", "--models", tmp_path).exit_code == 2
    (tmp_path / "first" / "long.txt").write_bytes(b"\x80pickled")
    assert "is a pickle" in run("status", "--models", tmp_path).stdout
