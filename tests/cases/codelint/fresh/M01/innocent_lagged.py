"""Features look back; only the target looks ahead, and its tail is cut."""

import polars as pl


def with_features(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        (pl.col("close") / pl.col("close").shift(1) - 1).alias("ret_1"),
        (pl.col("close") / pl.col("close").shift(12) - 1).alias("ret_12"),
    )


def with_target(frame: pl.DataFrame, horizon: int) -> pl.DataFrame:
    target = (pl.col("close").shift(-horizon) > pl.col("close")).alias("target")
    return frame.with_columns(target).head(-horizon)
