"""Smoothing that reaches into the future."""

import pandas as pd
import polars as pl
from scipy.signal import filtfilt, savgol_filter


def levels(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("close").rolling_mean(window_size=21, center=True))  # expect: M02


def slope(frame: pd.DataFrame) -> pd.Series:
    middle = frame["close"].rolling(9, center=True)  # expect: M02
    return middle.median().diff()


def smooth(closes):
    return savgol_filter(closes, 21, 2)  # expect: M02


def trend(closes, b, a):
    return filtfilt(b, a, closes)  # expect: M02
