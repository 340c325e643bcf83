"""Filters that see both sides of a row."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import filtfilt, savgol_filter


def smooth(closes: np.ndarray) -> np.ndarray:
    return savgol_filter(closes, 11, 3)  # expect: M02


def trend(closes, b, a):
    return filtfilt(b, a, closes)  # expect: M02


def level(closes):
    return gaussian_filter1d(closes, sigma=3)  # expect: M02
