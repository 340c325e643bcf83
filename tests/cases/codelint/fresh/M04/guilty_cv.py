"""Bars of one series, split at random."""

import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedKFold, train_test_split


def holdout(bars, target):
    return train_test_split(bars, target, test_size=0.25, stratify=target)  # expect: M04


def folds(bars, target):
    return StratifiedKFold(5, shuffle=True, random_state=1).split(bars, target)  # expect: M04


def splits(bars):
    return ShuffleSplit(n_splits=3, test_size=0.2).split(bars)  # expect: M04


def by_hand(candles):
    order = np.random.default_rng(1).permutation(len(candles))  # expect: M04@hand
    cut = int(0.8 * len(candles))
    return candles.iloc[order[:cut]], candles.iloc[order[cut:]]  # expect: M04@hand
