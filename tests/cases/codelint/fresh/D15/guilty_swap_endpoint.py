import pickle

import torch
from fastapi import FastAPI

app = FastAPI()


@app.post("/net/{name}")
async def use(name: str) -> dict:
    app.state.net = torch.load(f"{name}.pt", weights_only=True)  # expect: D15
    return {"net": name}


async def swap(app: FastAPI, handle) -> None:
    app.state.model = pickle.load(handle)  # expect: D15
