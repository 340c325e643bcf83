"""Rows of the warm-up are dropped; a NaN after it is refused."""

import numpy as np


def after_warm_up(features, warm_up: int):
    ready = features.iloc[warm_up:]
    if ready.isna().any().any():
        bad = ready.columns[ready.isna().any()].tolist()
        raise ValueError(f"features {bad} are NaN after {warm_up} rows")
    return ready


def complete_rows(features):
    return features.dropna()


def last_known_funding(funding):
    return funding.ffill()


def finite(row: np.ndarray) -> bool:
    return bool(np.isfinite(row).all())
