import pandas as pd


def serve(model, features: dict):
    frame = pd.DataFrame([features])
    return model.predict(frame.to_numpy())  # expect: M05


def vector(features: dict):
    return [value for _, value in features.items()]  # expect: M05
