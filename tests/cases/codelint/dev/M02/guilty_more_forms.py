"""Two-sided filters of other libraries."""

import polars as pl
from scipy.signal import medfilt
from scipy.ndimage import uniform_filter1d

WINDOW = dict(window_size=21, center=True)


def smooth(closes):
    return medfilt(closes, 5)  # expect: M02


def level(closes):
    return uniform_filter1d(closes, size=9)  # expect: M02


def trend(frame: pl.DataFrame):
    return frame.with_columns(pl.col("close").rolling_std(**WINDOW))  # expect: M02
