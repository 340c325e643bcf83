"""Trailing windows; `center` of other things."""

import pandas as pd


def smooth(frame: pd.DataFrame) -> pd.DataFrame:
    frame["ma_20"] = frame["close"].rolling(20, center=False).mean()
    frame["vol_50"] = frame["close"].pct_change().rolling(50, min_periods=50).std()
    frame["ewm"] = frame["close"].ewm(span=20, adjust=False).mean()
    return frame


def title(plot, text: str) -> None:
    plot.text(0.5, 0.9, text, center=True)
