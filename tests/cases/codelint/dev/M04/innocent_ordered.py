"""Splits in the order of time; batches of the training part may be shuffled."""

from sklearn.model_selection import TimeSeriesSplit, train_test_split
from torch.utils.data import DataLoader


def split(features, target):
    return train_test_split(features, target, test_size=0.2, shuffle=False)


def folds(features):
    return TimeSeriesSplit(n_splits=5, gap=48).split(features)


def loader(train_set):
    return DataLoader(train_set, batch_size=64, shuffle=True)
