"""A model in memory that answers: LightGBM text through our own walk, or ONNX through onnxruntime.

Both take rows of features (n, features) float64 and give (n, 2) probabilities: that a long entry
earns money after costs, and that a short one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot_trading.ml.arrays import Floats
from bot_trading.ml.artifact import Manifest, read_file, read_manifest
from bot_trading.ml.calibration import Calibration
from bot_trading.ml.drift import Reference, read_reference
from bot_trading.ml.refusals import ArtifactRefused
from bot_trading.ml.trees import Forest, calibrated_scores, join, parse_forest

__all__ = ["SIDES", "Model", "load_model"]

SIDES = ("long", "short")
_MARGIN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A verified model: what it is, how its inputs were distributed, and how it answers."""

    manifest: Manifest
    reference: Reference | None
    probabilities: Callable[[Floats], Floats]


def load_model(folder: Path, schema_hash: str, feature_count: int) -> Model:
    """Read, verify and warm up a model; raises `ArtifactRefused` naming what is wrong with it.

    `schema_hash` is the hash of the features that will be fed: a model of any other is refused.
    """
    manifest = read_manifest(folder)
    if manifest.feature_schema_hash != schema_hash or manifest.feature_count != feature_count:
        raise ArtifactRefused(
            f"model {manifest.version} was trained on feature schema "
            f"{manifest.feature_schema_hash[:12]} with {manifest.feature_count} features; this "
            f"version computes {schema_hash[:12]} with {feature_count}: train again or roll back"
        )
    load = _load_lightgbm if manifest.kind == "lightgbm" else _load_onnx
    probabilities = load(folder, manifest)
    reference = None
    if "reference" in manifest.files:
        reference = read_reference(read_file(folder, manifest, "reference"), feature_count)
    _prove(manifest, probabilities(np.zeros((2, feature_count))))
    return Model(manifest=manifest, reference=reference, probabilities=probabilities)


def _load_lightgbm(folder: Path, manifest: Manifest) -> Callable[[Floats], Floats]:
    forests: list[Forest] = []
    for side in SIDES:
        forest = parse_forest(read_file(folder, manifest, side).decode("utf-8", "replace"))
        if forest.feature_count != manifest.feature_count or side not in manifest.calibration:
            raise ArtifactRefused(
                f"model {manifest.version}: {side} has {forest.feature_count} features and "
                f"calibration {sorted(manifest.calibration)}; expected {manifest.feature_count} "
                f"and {', '.join(SIDES)}"
            )
        forests.append(forest)
    joined = join(forests)
    slope = np.array([manifest.calibration[side][0] for side in SIDES])
    offset = np.array([manifest.calibration[side][1] for side in SIDES])

    def probabilities(rows: Floats) -> Floats:
        return calibrated_scores(joined, slope, offset, rows)

    return probabilities


def _load_onnx(folder: Path, manifest: Manifest) -> Callable[[Floats], Floats]:
    """The graph takes one float32 input (n, features) and gives one output (n, 2)."""
    import onnxruntime as ort  # type: ignore[import-untyped]  # Loaded only for those who bring such a model.

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    data = read_file(folder, manifest, "model")
    try:
        session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except ort.capi.onnxruntime_pybind11_state.InvalidProtobuf as error:
        raise ArtifactRefused(f"model {manifest.version} is no ONNX graph: {error}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(outputs) != 1:
        raise ArtifactRefused(
            f"model {manifest.version} has {len(inputs)} inputs and {len(outputs)} outputs; "
            "expected one of each: float32 (n, features) to (n, 2) probabilities"
        )
    name = inputs[0].name

    def probabilities(rows: Floats) -> Floats:
        answer = session.run(None, {name: rows.astype(np.float32)})[0]
        result: Floats = np.asarray(answer, dtype=np.float64)
        if manifest.calibration and result.shape == (len(rows), 2):
            for at, side in enumerate(SIDES):
                slope, offset = manifest.calibration[side]
                share = np.clip(result[:, at], _MARGIN, 1 - _MARGIN)
                raw = np.log(share / (1 - share))
                result[:, at] = Calibration(slope=slope, offset=offset).probabilities(raw)
        return np.clip(result, _MARGIN, 1 - _MARGIN)

    return probabilities


def _prove(manifest: Manifest, answer: Floats) -> None:
    if answer.shape != (2, 2) or not np.isfinite(answer).all():
        raise ArtifactRefused(
            f"model {manifest.version} answers two rows with shape {answer.shape}; expected (2, 2) "
            "probabilities, long and short"
        )
