"""Constants for what is absent: by where, by isna masks, by fill_value, by loc."""

import numpy as np


def masked(features):
    features.loc[features["atr_14"].isna(), "atr_14"] = 0.01  # expect: M06
    return features.where(features.notna(), 0)  # expect: M06


def pivoted(frame):
    return frame.pivot_table(index="ts", columns="name", values="value", fill_value=0)  # expect: M06


def row(values):
    values = np.array(values)
    values[~np.isfinite(values)] = -1  # expect: M06
    return values


def unstacked(series):
    return series.unstack(fill_value=0).bfill()  # expect: M06
