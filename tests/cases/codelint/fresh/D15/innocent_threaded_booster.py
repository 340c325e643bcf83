"""The booster is read in a thread, or at import."""

import asyncio

import xgboost as xgb


def booster_of(path: str) -> xgb.Booster:
    booster = xgb.Booster()
    booster.load_model(path)
    return booster


DEFAULT = booster_of("models/default.json")


async def swap(models: dict, symbol: str, path: str) -> None:
    models[symbol] = await asyncio.to_thread(booster_of, path)
