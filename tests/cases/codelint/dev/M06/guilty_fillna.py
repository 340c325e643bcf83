"""Absent values become plausible ones."""

import numpy as np


def clean(features):
    features = features.fillna(0)  # expect: M06
    return features


def clean_prices(candles):
    candles["close"] = candles["close"].bfill()  # expect: M06
    candles["rsi_14"] = candles["rsi_14"].fillna(50)  # expect: M06
    return candles


def to_matrix(features) -> np.ndarray:
    return np.nan_to_num(features.to_numpy(), nan=0.0)  # expect: M06
