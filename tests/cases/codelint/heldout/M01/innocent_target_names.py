"""Targets under other names; lags with positive shifts; reversed display."""

import polars as pl

HORIZON = 4


def with_target(frame: pl.DataFrame) -> pl.DataFrame:
    future_return = pl.col("close").shift(-HORIZON) / pl.col("close") - 1
    return frame.with_columns(future_return.alias("label"))


def lags(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        [pl.col("close").shift(step).alias(f"lag_{step}") for step in (1, 2, 3)]
    )


def newest_first(frame: pl.DataFrame) -> pl.DataFrame:
    return frame[::-1]
