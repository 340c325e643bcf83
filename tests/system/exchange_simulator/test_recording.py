"""A run is recorded whole, without secrets, and its recording serves the same bytes again."""

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exchange_simulator.record import events
from tests.system.exchange_simulator.running import ROOT, simulator

ORDER = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Market",
    "qty": "0.1",
    "positionIdx": 1,
}


async def session_of(facts: dict[str, Any]) -> tuple[list[bytes], list[str]]:
    """Send three requests and listen on a private socket; return answers and frames."""
    key, secret = facts.get("api_key", ""), facts.get("api_secret", "")
    answers: list[bytes] = []
    frames: list[str] = []
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(facts["ws_private_url"]) as socket,
    ):
        expires = int(time.time() * 1000) + 5000
        text = f"GET/realtime{expires}".encode()
        signature = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        await socket.send_json({"op": "auth", "args": [key, expires, signature]})
        frames.append(await socket.receive_str())
        await socket.send_json({"op": "subscribe", "args": ["order", "execution"]})
        frames.append(await socket.receive_str())
        for _ in range(3):
            body = json.dumps(ORDER).encode()
            stamp = str(int(time.time() * 1000))
            text = f"{stamp}{key}5000".encode() + body
            headers = {
                "X-BAPI-API-KEY": key,
                "X-BAPI-TIMESTAMP": stamp,
                "X-BAPI-RECV-WINDOW": "5000",
                "X-BAPI-SIGN": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
            }
            url = f"{facts['rest_url']}/v5/order/create"
            async with http.post(url, data=body, headers=headers) as reply:
                answers.append(await reply.read())
        frames += [await asyncio.wait_for(socket.receive_str(), 10) for _ in range(6)]
    return answers, frames


async def test_a_recording_serves_the_same_bytes(tmp_path: Path) -> None:
    """What one client heard from the exchange, another hears from the recording."""
    file = tmp_path / "run.gz"
    with simulator("--record", str(file), "--seed", "4", "--limits", "off") as facts:
        heard = await session_of(facts["bybit"])
        secret = facts["bybit"]["api_secret"]
    command = [sys.executable, "-m", "exchange_simulator", "replay", str(file), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603, ASYNC220
    assert process.stdout is not None
    try:
        facts = json.loads(process.stdout.readline())
        assert await session_of(facts["bybit"]) == heard
    finally:
        process.terminate()
        assert process.wait(20) == 0
        process.stdout.close()
    rows = list(events(file))
    kinds = [row["kind"] for row in rows]
    assert kinds.count("request") == 3
    assert {"open", "in", "out", "close"} <= set(kinds)
    assert kinds[-1] == "faults"
    text = json.dumps(rows)
    assert secret not in text
    assert "x-bapi-sign" not in text.lower()


@pytest.mark.parametrize("content", [b"nothing", b""])
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    """One sentence, exit code 2."""
    file = tmp_path / "x.gz"
    file.write_bytes(content)
    command = [sys.executable, "-m", "exchange_simulator", "replay", str(file), "--json"]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(file) in done.stderr
