"""shuffle=False, and folds in the order of time."""

from sklearn import model_selection as ms


def split(candles, target):
    return ms.train_test_split(candles, target, test_size=0.2, shuffle=False)


def blocks(features):
    return ms.TimeSeriesSplit(n_splits=5, gap=16).split(features)
