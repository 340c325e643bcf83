"""Random folds over candles, in forms of three libraries."""

import lightgbm as lgb
import numpy as np
from sklearn.model_selection import ShuffleSplit, StratifiedKFold


def folds(features, target):
    return list(ShuffleSplit(n_splits=4, test_size=0.2).split(features, target))  # expect: M04


def stratified(features, target, seed):
    cv = StratifiedKFold(5, shuffle=True, random_state=seed)  # expect: M04
    return [train for train, _ in cv.split(features, target)]


def by_permutation(rows: np.ndarray, seed: int):
    order = np.random.default_rng(seed).permutation(len(rows))  # expect: M04
    cut = int(len(rows) * 0.8)
    return rows[order[:cut]], rows[order[cut:]]


def booster_cv(params, data):
    return lgb.cv(params, data, nfold=5, shuffle=True)  # expect: M04
