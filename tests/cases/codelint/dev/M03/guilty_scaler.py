"""The scaler has seen the test set."""

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler


def train(features, target):
    scaler = StandardScaler()
    scaled = scaler.fit_transform(features)  # expect: M03
    x_train, x_test, y_train, y_test = train_test_split(
        scaled, target, test_size=0.2, shuffle=False
    )
    model = LogisticRegression(max_iter=500).fit(x_train, y_train)
    return model, model.score(x_test, y_test)
