"""The api answers, over a real socket, from what the cores wrote about themselves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import uvicorn

from bot_trading.domain.status import CoreStatus
from bot_trading.engine.report import report_status
from bot_trading.errors import StoreUnavailable
from bot_trading.web.app import HEARTBEAT_AGE_MAX_S, ReadCores, make_app
from tests.builders.core import a_ready_state
from tests.builders.waiting import wait_until

READY = report_status(a_ready_state())


@contextlib.asynccontextmanager
async def _served(read_cores: ReadCores) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(read_cores), log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


async def _get(cores: list[tuple[CoreStatus, float]], path: str) -> tuple[int, Any, str]:
    async def read() -> list[tuple[CoreStatus, float]]:
        return cores

    return await _ask(read, path)


async def _ask(read: ReadCores, path: str) -> tuple[int, Any, str]:
    async with (
        _served(read) as address,
        aiohttp.ClientSession() as session,
        session.get(address + path) as response,
    ):
        text = await response.text()
        is_json = response.content_type == "application/json"
        return response.status, (await response.json()) if is_json else text, text


@pytest.mark.parametrize(
    ("age_s", "code"), [(HEARTBEAT_AGE_MAX_S, 200), (HEARTBEAT_AGE_MAX_S + 0.1, 503)]
)
async def test_health_needs_a_recent_sign_of_life(age_s: float, code: int) -> None:
    """At the limit is still alive."""
    status, body, _ = await _get([(READY, age_s)], "/health")
    assert status == code
    assert body["healthy"] is (code == 200)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"not_ready": {"bybit": "legs differ"}}, "test: bybit: legs differ"),
        ({"is_store_up": False}, "the database takes no writes"),
    ],
)
async def test_health_says_what_is_wrong(changes: dict[str, Any], words: str) -> None:
    """A core that may not trade is not healthy."""
    status, body, _ = await _get([(replace(READY, **changes), 0.0)], "/health")
    assert status == 503
    assert words in body["problems"][0]


async def test_without_a_core_health_says_how_to_start_one() -> None:
    """No status is no health."""
    status, body, _ = await _get([], "/health")
    assert status == 503
    assert "--mode=core" in body["problems"][0]


async def test_status_is_every_cores_own_word_with_its_age() -> None:
    """Money stays exact: a string, not a float."""
    status, body, _ = await _get([(READY, 2.5)], "/status")
    assert status == 200
    assert body[0]["age_s"] == 2.5
    assert body[0]["core"]["equity"] == {"bybit": "10000"}


async def test_metrics_are_for_prometheus() -> None:
    """In its text format."""
    status, _, text = await _get([(READY, 0.0)], "/metrics")
    assert status == 200
    assert 'bot_store_up{account="test"} 1.0' in text


@pytest.mark.parametrize("path", ["/health", "/status", "/metrics"])
async def test_a_lost_database_is_said_and_not_hidden(path: str) -> None:
    """503 with the reason."""

    async def read() -> list[tuple[CoreStatus, float]]:
        raise StoreUnavailable("connection refused")

    status, _, text = await _ask(read, path)
    assert status == 503
    assert "connection refused" in text


async def test_nothing_else_is_served() -> None:
    """No documentation pages, no schema."""
    for path in ("/docs", "/openapi.json", "/"):
        assert (await _get([], path))[0] == 404
