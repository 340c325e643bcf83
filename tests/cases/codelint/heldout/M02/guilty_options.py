import polars as pl

OPTIONS = {"window": 30, "center": True}


def band(frame):
    return frame["close"].rolling(**OPTIONS).mean()  # expect: M02


def mean(frame: pl.DataFrame):
    return frame.with_columns(pl.col("close").rolling_mean(20, center=True))  # expect: M02
