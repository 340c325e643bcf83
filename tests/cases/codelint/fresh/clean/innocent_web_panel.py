"""Operators' panel: FastAPI, a bounded event feed, and commands that are written to a journal."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import asyncpg
from fastapi import Depends, FastAPI, Header, HTTPException, Request, WebSocket
from pydantic import BaseModel, Field
from pydantic_settings import BaseSettings

log = logging.getLogger(__name__)
FEED_SIZE = 500


class Settings(BaseSettings):
    database_url: str
    operator_token: str = Field(min_length=32)


class Command(BaseModel):
    kind: Literal["pause", "resume", "flatten"]
    symbol: str = Field(pattern=r"^[A-Z0-9]{5,20}$")
    reason: str = Field(min_length=5, max_length=200)


class Event(BaseModel):
    name: str
    body: dict[str, str]


class Feed:
    """Events to every listener; a listener that does not keep up loses its oldest ones."""

    def __init__(self) -> None:
        self._inboxes: set[asyncio.Queue[Event]] = set()

    def publish(self, event: Event) -> None:
        for inbox in self._inboxes:
            if inbox.full():
                inbox.get_nowait()
            inbox.put_nowait(event)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[Event]]:
        inbox: asyncio.Queue[Event] = asyncio.Queue(maxsize=FEED_SIZE)
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)


class Journal:
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def write(self, command: Command) -> int:
        return await self._pool.fetchval(
            "INSERT INTO commands (kind, symbol, reason) VALUES ($1, $2, $3) RETURNING command_id",
            command.kind,
            command.symbol,
            command.reason,
            timeout=3,
        )

    async def recent(self, limit: int) -> list[dict]:
        rows = await self._pool.fetch(
            "SELECT command_id, kind, symbol FROM commands ORDER BY command_id DESC LIMIT $1",
            limit,
            timeout=3,
        )
        return [dict(row) for row in rows]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings = Settings()
    async with asyncpg.create_pool(
        settings.database_url, min_size=1, max_size=4, timeout=5, command_timeout=5
    ) as pool:
        app.state.settings = settings
        app.state.journal = Journal(pool)
        app.state.feed = Feed()
        yield


app = FastAPI(lifespan=lifespan)


def operator(request: Request, authorization: Annotated[str, Header()]) -> str:
    expected = f"Bearer {request.app.state.settings.operator_token}"
    if not secrets.compare_digest(authorization.encode(), expected.encode()):
        raise HTTPException(status_code=401, detail="the token is not known")
    return "operator"


@app.post("/commands")
async def give(request: Request, command: Command, who: Annotated[str, Depends(operator)]) -> dict:
    number = await request.app.state.journal.write(command)
    body = {"kind": command.kind, "symbol": command.symbol, "by": who}
    request.app.state.feed.publish(Event(name="command", body=body))
    log.info("command %s: %s %s", number, command.kind, command.symbol)
    return {"command_id": number}


@app.get("/commands")
async def recent(request: Request, limit: int = 50) -> list[dict]:
    if not 1 <= limit <= 500:
        raise HTTPException(status_code=422, detail=f"limit {limit}: expected 1 to 500")
    return await request.app.state.journal.recent(limit)


@app.websocket("/events")
async def events(socket: WebSocket) -> None:
    await socket.accept()
    async with socket.app.state.feed.listen() as inbox:
        while True:
            event = await inbox.get()
            await socket.send_text(event.model_dump_json())
