"""The future in the training set."""

from lightgbm import LGBMClassifier
from sklearn.model_selection import KFold, cross_val_score, train_test_split


def split(features, target):
    return train_test_split(features, target, test_size=0.2, random_state=7)  # expect: M04


def validate(features, target):
    folds = KFold(n_splits=5, shuffle=True, random_state=7)  # expect: M04
    return cross_val_score(LGBMClassifier(n_jobs=1), features, target, cv=folds)
