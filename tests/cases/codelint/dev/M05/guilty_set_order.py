"""Columns in the order of a hash."""

import numpy as np

CANDIDATES = ["ret_1", "rsi_14", "atr_14", "volume_z"]
DROPPED = {"volume_z"}


def feature_names(frame) -> list[str]:
    return list(set(CANDIDATES) - DROPPED)  # expect: M05


def matrix(frame) -> np.ndarray:
    names = {name for name in frame.columns if name != "target"}  # expect: M05@matrix
    return frame[list(names)].to_numpy()  # expect: M05@matrix
