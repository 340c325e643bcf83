"""The future by index arithmetic, by a named constant and by a reversed cumulative maximum."""

import pandas as pd

AHEAD = 5


def features(frame: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(index=frame.index)
    out["high_ahead"] = frame["high"].shift(-AHEAD)  # expect: M01
    out["drawup"] = frame["high"][::-1].cummax()[::-1] / frame["close"]  # expect: M01
    return out


def feature_row(frame, i):
    return [frame["close"].iloc[i], frame["close"].iloc[i + 1]]  # expect: M01


def returns_feature(closes):
    return closes[1:] / closes[:-1] - 1


def momentum_feature(closes, i):
    return closes[i : i + 5].mean() - closes[i]  # expect: M01
