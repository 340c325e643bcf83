def fill(features):
    return features.fillna(features.mean())  # expect: M06


def row(features: dict, names):
    return [features.get(name, 0.0) for name in names]  # expect: M06
