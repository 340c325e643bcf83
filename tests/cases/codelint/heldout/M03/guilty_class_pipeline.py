"""Statistics of the whole set, taken before the cut."""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.model_selection import TimeSeriesSplit


class Trainer:
    def __init__(self, model):
        self.model = model
        self.pca = PCA(n_components=20)

    def fit(self, features, target):
        reduced = self.pca.fit_transform(features)  # expect: M03
        scores = []
        for train, test in TimeSeriesSplit(5).split(reduced):
            self.model.fit(reduced[train], target[train])
            scores.append(self.model.score(reduced[test], target[test]))
        return scores


def select(features, target, cut):
    chosen = SelectKBest(f_classif, k=50).fit(features, target)  # expect: M03
    return chosen.transform(features[:cut]), chosen.transform(features[cut:])


def normalise(features: np.ndarray, cut: int):
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)  # expect: M03
    return scaled[:cut], scaled[cut:]
