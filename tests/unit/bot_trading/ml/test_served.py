"""A loaded model answers as it was trained to, and a damaged or foreign one is never loaded."""

from __future__ import annotations

from pathlib import Path

import lightgbm as lgb
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bot_trading.ml.artifact import read_manifest, seal, write_manifest
from bot_trading.ml.refusals import ArtifactRefused
from bot_trading.ml.served import load_model
from tests.builders.small_models import HASH, NAMES, manifest, rows, write_model

COUNT = len(NAMES)


def test_answers_are_lightgbm_calibrated(tmp_path: Path) -> None:
    """Probabilities are the sigmoid of LightGBM's own raw score, side by side, one row or many."""
    write_model(tmp_path, calibration={"long": (0.8, -0.3), "short": (1.1, 0.2)})
    model = load_model(tmp_path / "small", HASH, COUNT)
    sample = rows(200)
    found = model.probabilities(sample)
    assert found.shape == (200, 2)
    for at, (side, slope, offset) in enumerate((("long", 0.8, -0.3), ("short", 1.1, 0.2))):
        booster = lgb.Booster(model_file=str(tmp_path / "small" / f"{side}.txt"))
        raw = np.asarray(booster.predict(sample, raw_score=True))
        np.testing.assert_allclose(found[:, at], 1 / (1 + np.exp(-(slope * raw + offset))))
    np.testing.assert_array_equal(model.probabilities(sample[7:8])[0], found[7])
    assert model.reference is not None


def test_another_schema_is_refused(tmp_path: Path) -> None:
    """A model of other features, or of another number of them, is refused with both hashes."""
    write_model(tmp_path)
    with pytest.raises(ArtifactRefused, match="was trained on feature schema abababababab"):
        load_model(tmp_path / "small", "cd" * 32, COUNT)
    with pytest.raises(ArtifactRefused, match="6 features; this version computes"):
        load_model(tmp_path / "small", HASH, COUNT + 1)


@pytest.mark.parametrize("name", ["long.txt", "short.txt", "reference.json"])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str) -> None:
    """A byte changed in any file keeps the whole model from being loaded."""
    write_model(tmp_path)
    path = tmp_path / "small" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ArtifactRefused, match="was altered"):
        load_model(tmp_path / "small", HASH, COUNT)


def test_a_model_without_calibration_is_refused(tmp_path: Path) -> None:
    """Raw scores of trees are no probabilities, so a side without calibration is refused."""
    write_model(tmp_path, calibration={"long": (1.0, 0.0)})
    with pytest.raises(ArtifactRefused, match="calibration"):
        load_model(tmp_path / "small", HASH, COUNT)


def write_onnx(folder: Path, outputs: int = 2, **changes: object) -> np.ndarray:
    """A foreign network: one linear layer and a sigmoid; returns its weights."""
    weights = np.random.default_rng(1).normal(size=(COUNT, outputs)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["z"]),
            helper.make_node("Sigmoid", ["z"], ["y"]),
        ],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", COUNT])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", outputs])],
        [numpy_helper.from_array(weights, "w")],
    )
    opset = helper.make_opsetid("", 17)
    net = helper.make_model(graph, opset_imports=[opset], ir_version=9)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(net.SerializeToString())
    parts: dict[str, object] = {
        "kind": "onnx",
        "calibration": {},
        "files": {"model": seal(folder, "model.onnx")},
    }
    write_manifest(folder, manifest(**(parts | changes)))
    return weights


def test_an_onnx_model_plugs_in(tmp_path: Path) -> None:
    """A network that somebody brings answers through the same manifest, calibrated or not."""
    weights = write_onnx(tmp_path)
    sample = rows(50)
    expected = 1 / (1 + np.exp(-(sample.astype(np.float32) @ weights)))
    found = load_model(tmp_path, HASH, COUNT).probabilities(sample)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    write_onnx(tmp_path, calibration={"long": (0.5, 0.0), "short": (1.0, 1.0)})
    tuned = load_model(tmp_path, HASH, COUNT).probabilities(sample)
    odds = np.log(expected / (1 - expected)) * [0.5, 1.0] + [0.0, 1.0]
    np.testing.assert_allclose(tuned, 1 / (1 + np.exp(-odds)), rtol=1e-3)


def test_an_onnx_model_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A graph that answers one number, or is no graph, is refused before it serves."""
    write_onnx(tmp_path, outputs=1)
    with pytest.raises(ArtifactRefused, match=r"expected \(2, 2\)"):
        load_model(tmp_path, HASH, COUNT)
    (tmp_path / "model.onnx").write_bytes(b"no graph at all")
    sealed = {"model": seal(tmp_path, "model.onnx")}
    write_manifest(tmp_path, manifest(kind="onnx", calibration={}, files=sealed))
    with pytest.raises(ArtifactRefused, match="no ONNX graph"):
        load_model(tmp_path, HASH, COUNT)
    assert onnx.__version__
    assert read_manifest(tmp_path).kind == "onnx"
