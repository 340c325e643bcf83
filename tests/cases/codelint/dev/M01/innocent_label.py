"""The label looks ahead: that is what a label is. Features look back."""

import pandas as pd

HORIZON = 4


def make_label(frame: pd.DataFrame) -> pd.Series:
    future = frame["close"].shift(-HORIZON)
    label = (future > frame["close"]).astype("int8")
    return label.iloc[:-HORIZON]


def build_features(frame: pd.DataFrame) -> pd.DataFrame:
    out = pd.DataFrame(index=frame.index)
    out["ret_1"] = frame["close"].pct_change(1)
    out["lag_1"] = frame["close"].shift(1)
    return out


def training_set(frame: pd.DataFrame) -> pd.DataFrame:
    out = build_features(frame)
    out["target"] = frame["close"].shift(-HORIZON) / frame["close"] - 1
    return out.iloc[:-HORIZON]
