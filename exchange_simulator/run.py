"""Runs protocols as servers until a signal, a duration, or an error ends them."""

import asyncio
import contextlib
import gc
import gzip
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from rich.console import Console
from rich.table import Table

from exchange_simulator.clock import machine_us
from exchange_simulator.errors import BadInput
from exchange_simulator.protocols.okx.auth import PASSPHRASE
from exchange_simulator.record import Recorder
from exchange_simulator.server import Server
from exchange_simulator.tls_proxy import TlsProxy, make_authority
from exchange_simulator.wire_protocol import WireProtocol

__all__ = ["Serving", "serve_until_stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where and how to serve."""

    host: str
    port: int
    as_json: bool
    duration_s: float | None = None
    socket_delay_ms: float = 10
    trade_delay_ms: float = 2
    record: Path | None = None
    tls_proxy: bool = False
    api_key: str = ""
    api_secret: str = ""
    more_accounts: int = 0
    until_stdin_closes: bool = False


async def serve_until_stopped(
    protocols: Mapping[str, WireProtocol], serving: Serving, facts: dict[str, Any]
) -> None:
    """Serve, announce, wait, and leave nothing behind.

    Raises:
        BadInput: a port or the recording's file cannot be used.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if serving.until_stdin_closes:
        threading.Thread(target=_wait_for_parent, args=(loop, stop), daemon=True).start()
    async with contextlib.AsyncExitStack() as stack:
        recorded = _recorded(protocols, serving, stack)
        servers: dict[str, Server] = {}
        for offset, (name, protocol) in enumerate(recorded.items()):
            server = Server(
                protocol,
                host=serving.host,
                port=serving.port + offset if serving.port else 0,
                socket_delay_ms=serving.socket_delay_ms,
                trade_delay_ms=serving.trade_delay_ms,
            )
            stack.push_async_callback(server.stop)
            await server.start()
            servers[name] = server
        known = {name: _addresses(server, serving) for name, server in servers.items()} | facts
        if serving.tls_proxy:
            known["tls_proxy"] = await _proxy(servers, serving, stack)
        # What was loaded stays until the end; collecting it again and again would delay answers.
        gc.collect()
        gc.freeze()
        _announce(known, as_json=serving.as_json)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), serving.duration_s)


def _wait_for_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when the process at the other end of stdin is gone, however it ended."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)


def _recorded(
    protocols: Mapping[str, WireProtocol], serving: Serving, stack: contextlib.AsyncExitStack
) -> Mapping[str, WireProtocol]:
    """Put a recorder before each protocol if a recording is wanted."""
    if serving.record is None:
        return protocols
    try:
        sink = stack.enter_context(gzip.GzipFile(serving.record, "wb", compresslevel=1))
    except OSError as error:
        raise BadInput(
            f"Recording {serving.record} cannot be written ({error.strerror});"
            " give a file in an existing folder."
        ) from error
    shared = cast(BinaryIO, sink)
    recorders = {
        name: Recorder(protocol, shared, machine_us) for name, protocol in protocols.items()
    }
    for recorder in recorders.values():
        stack.callback(recorder.finish)
    return recorders


async def _proxy(
    servers: dict[str, Server], serving: Serving, stack: contextlib.AsyncExitStack
) -> dict[str, str]:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="simulator-tls-"))
    authority = await asyncio.to_thread(make_authority, Path(folder))
    ports = {name: server.port for name, server in servers.items()}
    proxy = TlsProxy(authority, ports, host=serving.host)
    await proxy.start()
    stack.push_async_callback(proxy.stop)
    return {"url": f"http://{serving.host}:{proxy.port}", "ca_file": str(authority.ca_file)}


_SOCKETS = {
    "bybit": {"public": "/v5/public/linear", "private": "/v5/private", "trade": "/v5/trade"},
    "binance": {"public": "/ws", "private": "/ws", "trade": "/ws-fapi/v1"},
    "okx": {name: f"/ws/v5/{name}" for name in ("public", "private", "business")},
}


def _addresses(server: Server, serving: Serving) -> dict[str, Any]:
    base = f"{server.host}:{server.port}"
    name = server.protocol.name
    facts: dict[str, Any] = {
        "rest_url": f"http://{base}",
        **{f"ws_{kind}_url": f"ws://{base}{path}" for kind, path in _SOCKETS[name].items()},
        **({"passphrase": PASSPHRASE} if name == "okx" else {}),
        "api_key": serving.api_key,
        "api_secret": serving.api_secret,
    }
    if serving.more_accounts:
        facts["more_accounts"] = [
            {"api_key": f"{serving.api_key}-{n}", "api_secret": f"{serving.api_secret}-{n}"}
            for n in range(2, serving.more_accounts + 2)
        ]
    return facts


def _announce(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.encode(facts).decode(), flush=True)  # noqa: T201
        return
    table = Table("of", "what", "value", title="exchange simulator")
    for name, value in facts.items():
        rows = value.items() if isinstance(value, dict) else [("", value)]
        for what, shown in rows:
            table.add_row(name, what, str(shown))
    console = Console()
    console.print(table)
    console.print("docs/exchange_simulator.md tells how to point clients at it. Ctrl-C stops it.")
