"""A FastAPI endpoint that trains and scores in the loop."""

import numpy as np
import xgboost as xgb
from catboost import CatBoostClassifier
from fastapi import FastAPI

app = FastAPI()
model = CatBoostClassifier(iterations=300)


@app.post("/score")
async def score(rows: list[list[float]]) -> list[float]:
    return model.predict_proba(np.array(rows))[:, 1].tolist()  # expect: D16


@app.post("/retrain")
async def retrain(rows: list[list[float]], labels: list[int]) -> dict:
    model.fit(np.array(rows), np.array(labels))  # expect: D16
    return {"status": "trained"}


async def importance(booster: xgb.Booster, rows) -> list:
    return booster.predict(xgb.DMatrix(rows), pred_contribs=True).tolist()  # expect: D16
