"""Windows that end now; a centred title of a chart."""

import pandas as pd
import polars as pl
from scipy.signal import lfilter


def levels(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("close").rolling_mean(window_size=21))


def slope(frame: pd.DataFrame) -> pd.Series:
    return frame["close"].rolling(9, center=False).median().diff()


def trend(closes, b, a):
    return lfilter(b, a, closes)


def title(axes, text: str) -> None:
    axes.set_title(text, loc="center")
