"""[0] takes the first row; argmax goes through classes_."""


def direction(model, matrix):
    row = model.predict_proba(matrix)[0]
    return model.classes_[row.argmax()]


def batch(model, matrix):
    return model.classes_[model.predict_proba(matrix).argmax(axis=1)]
