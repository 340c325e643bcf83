def fill(features):
    return features.fillna(features.mean())  # expect: M06


def fill_by_column(features):
    return features.fillna({"rsi_14": 50, "funding": 0})  # expect: M06
