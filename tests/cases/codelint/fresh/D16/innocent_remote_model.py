"""predict() of a client that asks a server."""

import httpx


class RemoteModel:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def predict(self, rows: list[list[float]]) -> list[int]:
        reply = await self.http.post("/predict", json=rows, timeout=2)
        return reply.json()["labels"]


class Box:
    def __init__(self, size: int) -> None:
        self.size = size

    def fit(self, size: int) -> bool:
        return size <= self.size


async def decide(model: RemoteModel, box: Box, rows: list[list[float]]) -> int | None:
    labels = await model.predict(rows)
    return labels[0] if box.fit(len(labels)) else None
