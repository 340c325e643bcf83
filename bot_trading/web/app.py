"""The api mode: /health, /status and /metrics, read from what the cores wrote about themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from fastapi import FastAPI, Response

from bot_trading.domain.status import CoreStatus
from bot_trading.errors import StoreError
from bot_trading.ops.metrics import render_metrics

__all__ = ["HEARTBEAT_AGE_MAX_S", "ReadCores", "make_app"]

HEARTBEAT_AGE_MAX_S = 10.0
ReadCores = Callable[[], Awaitable[list[tuple[CoreStatus, float]]]]


def make_app(read_cores: ReadCores) -> FastAPI:
    """The application over a reader of (status, age in seconds) of every core."""
    app = FastAPI(title="BOT Trading v3", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    async def health() -> Response:
        """200 when a core lives, may trade and can write; else 503 with what is wrong."""
        try:
            cores = await read_cores()
        except StoreError as error:
            return _json({"healthy": False, "problems": [str(error)]}, 503)
        problems = _problems(cores)
        return _json({"healthy": not problems, "problems": problems}, 503 if problems else 200)

    @app.get("/status")
    async def status() -> Response:
        """Every core's own words, with their age."""
        try:
            cores = await read_cores()
        except StoreError as error:
            return _json({"error": str(error)}, 503)
        return _json([{"age_s": age_s, "core": core} for core, age_s in cores], 200)

    @app.get("/metrics")
    async def metrics() -> Response:
        """The same for Prometheus."""
        try:
            cores = await read_cores()
        except StoreError as error:
            return Response(f"# {error}\n", 503, media_type="text/plain")
        return Response(render_metrics(cores), media_type="text/plain; version=0.0.4")

    return app


def _problems(cores: list[tuple[CoreStatus, float]]) -> list[str]:
    if not cores:
        return ["no core has written a status: start one with --mode=core or --mode=all"]
    problems = []
    for core, age_s in cores:
        if age_s > HEARTBEAT_AGE_MAX_S:
            problems.append(f"{core.account}: the last status is {age_s:.0f} s old")
        problems += [
            f"{core.account}: {name}: {why}" for name, why in core.not_ready.items() if why
        ]
        if not core.is_store_up:
            problems.append(f"{core.account}: the database takes no writes")
    return problems


def _json(value: object, code: int) -> Response:
    return Response(msgspec.json.encode(value), code, media_type="application/json")
