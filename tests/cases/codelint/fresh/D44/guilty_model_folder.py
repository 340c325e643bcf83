"""Looking at the disk through os in coroutines."""

import os
import os.path as osp
import shutil

from fastapi import FastAPI

app = FastAPI()


@app.get("/models")
async def models() -> list[str]:
    return [name for name in os.listdir("models") if name.endswith(".cbm")]  # expect: D44


@app.get("/models/{name}")
async def size(name: str) -> int:
    target = osp.join("models", name)
    return osp.getsize(target)  # expect: D44


async def drop(name: str) -> None:
    if os.path.exists(f"models/{name}"):  # expect: D44@drop
        os.remove(f"models/{name}")  # expect: D44@drop


async def clear(folder: str) -> None:
    shutil.rmtree(folder)  # expect: D44|D11|D12
