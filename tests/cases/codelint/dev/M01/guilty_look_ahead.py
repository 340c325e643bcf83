"""Features that know the next candle."""

import pandas as pd


def build_features(frame: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(index=frame.index)
    out["ret_1"] = frame["close"].pct_change()
    out["momentum"] = frame["close"].shift(-3) / frame["close"] - 1  # expect: M01
    out["gap"] = frame["open"].shift(periods=-1) - frame["close"]  # expect: M01
    return out
