"""shuffle=False, and KFold whose default keeps the order."""

from sklearn import model_selection as ms


def split(candles, target):
    return ms.train_test_split(candles, target, test_size=0.2, shuffle=False)


def blocks(features):
    return ms.KFold(n_splits=5).split(features)
