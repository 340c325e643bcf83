"""Everything is scaled and reduced before the split in time."""

from sklearn.decomposition import PCA
from sklearn.preprocessing import RobustScaler


def prepare(frame, columns):
    scaler = RobustScaler().fit(frame[columns])  # expect: M03
    values = PCA(n_components=8).fit_transform(scaler.transform(frame[columns]))  # expect: M03
    cut = int(0.8 * len(values))
    return values[:cut], values[cut:]


def standardised(features):
    scaled = (features - features.mean()) / features.std()  # expect: M03
    cut = len(scaled) * 4 // 5
    return scaled.iloc[:cut], scaled.iloc[cut:]
