from sklearn.impute import SimpleImputer


def prepare(features):
    features = features.fillna(method="bfill")  # expect: M06
    imputer = SimpleImputer(strategy="constant", fill_value=-1)  # expect: M06
    return imputer.fit_transform(features.iloc[:1000])
