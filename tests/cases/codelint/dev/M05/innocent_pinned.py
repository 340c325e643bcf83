"""The order is a constant, or comes from the model's manifest, or is sorted."""

import numpy as np

FEATURES = ("ret_1", "rsi_14", "atr_14")


def row(features: dict) -> np.ndarray:
    return np.array([features[name] for name in FEATURES])


def matrix(frame, manifest: dict) -> np.ndarray:
    missing = set(manifest["features"]) - set(frame.columns)
    if missing:
        raise ValueError(f"frame lacks features {sorted(missing)}")
    return frame[manifest["features"]].to_numpy()


def names(frame) -> list[str]:
    return sorted(set(frame.columns) - {"target"})
