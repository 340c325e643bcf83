"""NaN turned into numbers, in pandas, polars and numpy."""

import numpy as np
import pandas as pd
import polars as pl


def pandas_features(features: pd.DataFrame) -> pd.DataFrame:
    features = features.replace([np.inf, -np.inf], np.nan).fillna(value=0.0)  # expect: M06
    return features


def polars_features(features: pl.DataFrame) -> pl.DataFrame:
    return features.fill_nan(0).fill_null(strategy="backward")  # expect: M06


def numpy_features(matrix: np.ndarray) -> np.ndarray:
    matrix[np.isnan(matrix)] = 0  # expect: M06
    return np.where(np.isnan(matrix), 0.5, matrix)  # expect: M06
