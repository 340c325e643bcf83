import pandas as pd


def build_features(frame: pd.DataFrame) -> pd.DataFrame:  # expect: M08@window
    out = pd.DataFrame(index=frame.index)
    out["ret_1"] = frame["close"].pct_change(1)
    out["ma_ratio"] = frame["close"] / frame["close"].rolling(20).mean()  # expect: M08@window
    out["vol"] = frame["close"].pct_change().rolling(50).std()
    return out
