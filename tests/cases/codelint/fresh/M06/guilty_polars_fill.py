"""What is missing becomes a number."""

import numpy as np
import pandas as pd
import polars as pl


def clean(features: pl.DataFrame) -> pl.DataFrame:
    return features.fill_null(0).fill_nan(0.0)  # expect: M06


def backwards(features: pl.DataFrame) -> pl.DataFrame:
    return features.with_columns(pl.col("funding").fill_null(strategy="backward"))  # expect: M06


def replaced(features: pd.DataFrame) -> pd.DataFrame:
    return features.replace([np.inf, -np.inf], np.nan).fillna(-999)  # expect: M06


def row(features: dict, names: list[str]) -> list[float]:
    return [features.get(name, 0.0) for name in names]  # expect: M06
