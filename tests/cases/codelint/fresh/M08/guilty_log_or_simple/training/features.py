import numpy as np


def make_features(closes, volumes):  # expect: M08@ret
    ret = np.log(closes[-1] / closes[-2])  # expect: M08@ret
    volume_z = (volumes[-1] - volumes.mean()) / volumes.std()
    return np.array([ret, volume_z])
