"""Hot reload of models in a bot command."""

import joblib
import xgboost as xgb
from catboost import CatBoostClassifier


class Models:
    def __init__(self) -> None:
        self.by_symbol = {}

    async def reload(self, symbol: str) -> None:
        scaler = joblib.load(f"models/{symbol}.scaler")  # expect: D15
        self.by_symbol[symbol] = scaler

    async def reload_cat(self, symbol: str) -> None:
        model = CatBoostClassifier()
        model.load_model(f"models/{symbol}.cbm")  # expect: D15
        self.by_symbol[symbol] = model

    async def reload_xgb(self, symbol: str) -> None:
        booster = xgb.Booster()
        booster.load_model(f"models/{symbol}.json")  # expect: D15
        self.by_symbol[symbol] = booster
