"""Artifacts that run code when they are read."""

import cloudpickle
import dill
import numpy as np
import pandas as pd
from joblib import load


def model(path: str):
    with open(path, "rb") as handle:
        return cloudpickle.load(handle)  # expect: M07


def encoder(blob: bytes):
    return dill.loads(blob)  # expect: M07


def scaler(path: str):
    return load(path)  # expect: M07


def frame(path: str):
    return pd.read_pickle(path)  # expect: M07


def arrays(path: str):
    return np.load(path, allow_pickle=True)  # expect: M07
