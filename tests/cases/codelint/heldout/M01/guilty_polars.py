"""Look-ahead in polars, by iloc and by a reversed index."""

import numpy as np
import polars as pl


def features(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col("close").shift(-1) / pl.col("close") - 1).alias("ret_next_bar"),  # expect: M01
        pl.col("close").pct_change().alias("ret_1"),
    )


def upside_feature(frame, row):
    window = frame["high"].iloc[row + 1 : row + 10]  # expect: M01
    return window.max() - frame["low"].iloc[row]


def gap_feature(closes: np.ndarray) -> np.ndarray:
    out = np.zeros_like(closes)
    out[:-1] = closes[1:] - closes[:-1]  # expect: M01
    return out
