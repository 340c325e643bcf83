"""Code-bearing formats by other doors."""

import dill
import numpy as np
import pandas as pd
from joblib import load as load_model


class Loader:
    def model(self, path):
        return load_model(path)  # expect: M07

    def strategy(self, handle):
        return dill.load(handle)  # expect: M07

    def arrays(self, path):
        return np.load(path, allow_pickle=True)  # expect: M07

    def frame(self, path):
        return pd.read_pickle(path)  # expect: M07
