"""Rows with gaps are dropped or refused; what was known last is carried forward."""

import polars as pl


def clean(features: pl.DataFrame) -> pl.DataFrame:
    return features.drop_nulls()


def carried(features: pl.DataFrame) -> pl.DataFrame:
    return features.with_columns(pl.col("funding").fill_null(strategy="forward"))


def row(features: dict, names: list[str]) -> list[float]:
    missing = [name for name in names if name not in features]
    if missing:
        raise ValueError(f"features {missing} are missing: the row is not scored")
    return [features[name] for name in names]
