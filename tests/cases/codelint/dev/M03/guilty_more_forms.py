"""Statistics of everything: by hand, by an imputer, by a quantile clip, before a loop of folds."""

from sklearn.impute import SimpleImputer
from sklearn.model_selection import TimeSeriesSplit
from sklearn.preprocessing import QuantileTransformer


def fold_scores(model, features, target):
    filled = SimpleImputer(strategy="median").fit_transform(features)  # expect: M03
    flat = QuantileTransformer().fit_transform(filled)  # expect: M03
    for train, test in TimeSeriesSplit(4).split(flat):
        model.fit(flat[train], target[train])
        yield model.score(flat[test], target[test])


def scaled_halves(frame, cut):
    low, high = frame.min(), frame.max()  # expect: M03@minmax
    scaled = (frame - low) / (high - low)  # expect: M03@minmax
    return scaled.iloc[:cut], scaled.iloc[cut:]
