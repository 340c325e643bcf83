"""Features of polars and pandas that know the next bar."""

import pandas as pd
import polars as pl


def lead_features(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col("close").shift(-1) / pl.col("close") - 1).alias("ret_next"),  # expect: M01
    )


def make_features(candles: pd.DataFrame) -> pd.DataFrame:
    features = pd.DataFrame(index=candles.index)
    features["range"] = candles["high"] - candles["low"]
    features["open_gap"] = candles["open"].shift(-1) / candles["close"]  # expect: M01
    features["slope"] = candles["close"].diff(-3)  # expect: M01
    return features
