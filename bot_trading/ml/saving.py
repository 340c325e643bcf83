"""A trained model becomes a folder: text files, drift reference, manifest and report."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from bot_trading.features.catalog import SCHEMA_HASH, feature_names
from bot_trading.ml.artifact import (
    FORMAT,
    Manifest,
    Part,
    code_sha256,
    seal,
    write_atomically,
    write_manifest,
)
from bot_trading.ml.drift import encode_reference, make_reference
from bot_trading.ml.report import render_html
from bot_trading.ml.served import load_model
from bot_trading.ml.training import Plan, Trained

__all__ = ["save"]


def save(
    trained: Trained,
    plan: Plan,
    folder: Path,
    *,
    command: str,
    data_sha256: str,
    quality: Mapping[str, object],
    interval_s: int,
) -> Manifest:
    """Write the model below `folder` and prove that it loads; returns its manifest.

    The version is made of what was learned, so the same training writes the same folder.
    """
    texts = {side: booster.model_to_string() for side, booster in trained.boosters.items()}
    version = _version(texts, plan, interval_s)
    home = folder / version
    home.mkdir(parents=True, exist_ok=True)
    for side, text in texts.items():
        write_atomically(home / f"{side}.txt", text.encode())
    learned = trained.parts.learn
    reference = make_reference(learned.rows, learned.decided_us, learned.symbol_at)
    write_atomically(home / "reference.json", encode_reference(reference))
    files = {side: seal(home, f"{side}.txt") for side in texts}
    files["reference"] = seal(home, "reference.json")
    manifest = write_manifest(
        home,
        Manifest(
            format=FORMAT,
            kind="lightgbm",
            version=version,
            feature_schema_hash=SCHEMA_HASH,
            feature_count=len(feature_names()),
            interval_s=interval_s,
            stop_ratio=str(plan.barrier.stop_ratio),
            target_ratio=str(plan.barrier.target_ratio),
            horizon_s=plan.barrier.horizon_s,
            round_trip_cost_ratio=plan.costs.round_trip_ratio,
            entry_min_ratio=_text(trained.choice.entry_min_ratio),
            calibration={
                side: (found.slope, found.offset) for side, found in trained.calibrations.items()
            },
            files=files,
            parts=_parts(trained, plan),
            symbols=trained.parts.learn.symbols,
            data_sha256=data_sha256,
            code_sha256=code_sha256(),
            seed=plan.seed,
            params=trained.params.as_json(),
            metrics=_metrics(trained.report),
            command=command,
        ),
    )
    load_model(home, SCHEMA_HASH, len(feature_names()))
    report = {
        "model_version": version,
        "model_sha256": manifest.sha256,
        "command": command,
        "seed": plan.seed,
        "quality": dict(quality),
        **trained.report,
    }
    write_report(home, report)
    return manifest


def write_report(home: Path, report: Mapping[str, Any]) -> None:
    """The report as JSON, which the gates of promotion read, and as one HTML page."""
    write_atomically(home / "report.json", msgspec.json.format(msgspec.json.encode(report)))
    write_atomically(home / "report.html", render_html(report).encode())


def _version(texts: Mapping[str, str], plan: Plan, interval_s: int) -> str:
    digest = hashlib.sha256("".join(texts[side] for side in sorted(texts)).encode())
    digest.update(repr(replace(plan, threads=1)).encode())
    return f"{interval_s}s-{plan.barrier.horizon_s}s-{digest.hexdigest()[:10]}"


def _parts(trained: Trained, plan: Plan) -> dict[str, Part]:
    rows: dict[str, int] = trained.report["rows"]
    return {
        name: Part(
            from_us=getattr(plan, name).from_us,
            until_us=getattr(plan, name).until_us,
            rows=rows[name],
        )
        for name in ("learn", "calibrate", "validate")
    }


def _metrics(report: Mapping[str, Any]) -> dict[str, float | None]:
    found: dict[str, float | None] = {"best_ratio": report["validation"]["best_ratio"]}
    for side in ("long", "short"):
        test = report["test"][side]
        found[f"test_{side}_auc"] = test["auc"]
        found[f"test_{side}_ece"] = test["ece"]
        found[f"test_{side}_brier_skill"] = test["brier_skill"]["value"]
        found[f"test_{side}_brier_skill_low"] = test["brier_skill"]["low"]
    found["test_net_per_trade_bps"] = report["pnl"]["model"]["net_per_trade_bps"]
    return {
        name: None if value is None or value != value else value for name, value in found.items()
    }


def _text(ratio: float | None) -> str | None:
    return None if ratio is None else f"{ratio:.6f}"
