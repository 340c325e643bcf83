import numpy as np


def next_volume_ratio(volume: np.ndarray) -> np.ndarray:
    ahead = np.roll(volume, -1)  # expect: M01
    return ahead / volume


def feature_matrix(frame):
    frame["ret_fwd"] = frame["close"].pct_change(-1)  # expect: M01
    return frame[["ret_fwd", "volume"]].to_numpy()
