import pandas as pd

FEATURES = ["ret_1", "rsi_14", "ret_5"]  # expect: M08@columns


def make_features(candles: pd.DataFrame) -> pd.DataFrame:  # expect: M08@columns
    out = pd.DataFrame(index=candles.index)
    out["ret_1"] = candles["close"].pct_change(1)
    out["ret_5"] = candles["close"].pct_change(5)
    out["rsi_14"] = rsi(candles["close"], 14)
    return out[FEATURES]  # expect: M08@columns


def rsi(close: pd.Series, window: int) -> pd.Series:
    change = close.diff(1)
    gain = change.clip(lower=0).rolling(window).mean()
    loss = -change.clip(upper=0).rolling(window).mean()
    return 100 - 100 / (1 + gain / loss)
