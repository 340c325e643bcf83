"""The frame is brought into the model's order before it is used."""

import numpy as np
import pandas as pd


def serve(model, features: dict):
    frame = pd.DataFrame([features])[list(model.feature_name_)]
    return model.predict(frame.to_numpy())


def common(train: pd.DataFrame, live: pd.DataFrame):
    shared = set(train.columns) & set(live.columns)
    names = [name for name in train.columns if name in shared]
    return train[names], live[names]


def vector(features: dict, names: tuple[str, ...]) -> np.ndarray:
    return np.fromiter((features[name] for name in names), dtype="float64")
