"""Order by accident: keys of JSON, a frozenset, a set operator, glob of columns."""

import json

import numpy as np

BASE = frozenset({"ret_1", "ret_5", "rsi_14"})


def matrix(frame):
    columns = [name for name in BASE]  # expect: M05@matrix
    return frame[columns].to_numpy()  # expect: M05@matrix


def live_row(text):
    payload = json.loads(text)["features"]
    return np.array([payload[name] for name in payload])  # expect: M05


def shared(left, right):
    return frame_of(left, tuple(set(left.columns).intersection(right.columns)))  # expect: M05


def frame_of(frame, names):
    return frame[list(names)]
