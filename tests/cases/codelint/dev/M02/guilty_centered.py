"""Windows that reach to both sides of now."""

import pandas as pd


def smooth(frame: pd.DataFrame) -> pd.DataFrame:
    frame["ma_20"] = frame["close"].rolling(20, center=True).mean()  # expect: M02
    frame["vol_50"] = (
        frame["close"].pct_change().rolling(window=50, center=True, min_periods=5).std()  # expect: M02
    )
    return frame
