"""The door of the bot: modes, dry run, status; what it refuses, it refuses in one sentence."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from bot_trading import log, settings
from bot_trading.clock import now
from bot_trading.dry_run import dry_run_exchange
from bot_trading.errors import BotTradingError, LaunchError
from bot_trading.session import Session, run_session
from bot_trading.storage import schema
from bot_trading.storage.embedded import database_url

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_ROOT = Path(__file__).resolve().parent.parent


class Mode(StrEnum):
    """What to run: everything, the trading core, the model server, or the api."""

    ALL = "all"
    CORE = "core"
    ML = "ml"
    API = "api"


@app.command()
def launch(
    mode: Annotated[Mode, typer.Option(help="What to run.")] = Mode.ALL,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run/--live", help="Simulated exchange, or the real one."),
    ] = True,
    duration: Annotated[
        float | None, typer.Option(min=1, help="Seconds to run; without it until stopped.")
    ] = None,
    config: Annotated[Path, typer.Option(help="The configuration.")] = settings.DEFAULT_CONFIG,
    replay: Annotated[
        Path | None, typer.Option(help="Dry run on recorded candles (Parquet or CSV).")
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Show what runs, and end.")] = False,
    summary: Annotated[
        Path | None, typer.Option(help="Write the summary of the run to this JSON file.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            resolve_path=True, help="Write what passes at the simulated exchange to this file."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the api.")] = 0,
    listener_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the bot. Dry run is the default, and nothing in it can reach a real exchange."""
    console = Console()
    chosen = settings.load(config)
    try:
        log.configure(_ROOT / chosen.logging.folder, str(mode), chosen.logging.level)
    except OSError as error:
        raise LaunchError(f"logs cannot be written: {error}; see logging.folder") from error
    if mode is Mode.ML:
        raise LaunchError("there is no model to serve yet: run --mode=all or --mode=core")
    if not dry_run:
        raise LaunchError(
            "live trading is locked: it needs a READY report of a full verification, and this "
            "release cannot give one yet; run without --live"
        )
    for file in (summary, record):
        if file is not None:
            _prove_writable(file)
    with database_url(os.environ) as url:
        asyncio.run(schema.upgrade(url))
        if status:
            from bot_trading.web.serve import show_status

            asyncio.run(show_status(url, console))
        elif mode is Mode.API:
            from bot_trading.web.serve import serve_api

            serve_api(url, _listener(port, listener_fd), console, alone=listener_fd is None)
        else:
            api = _api(port, console) if mode is Mode.ALL else contextlib.nullcontext()
            with api, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                result = runner.run(_dry_run(chosen, replay, record, url, duration, console))
            _tell(result, console, summary)


async def _dry_run(
    chosen: settings.Settings,
    replay: Path | None,
    record: Path | None,
    url: str,
    duration_s: float | None,
    console: Console,
) -> dict[str, Any]:
    """A dry run from the simulator's start to its end; the summary of the session."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    account = f"dry-run-{now():%Y%m%d-%H%M%S}-{os.getpid()}"
    async with dry_run_exchange(chosen, replay, record) as exchange:
        market = str(replay) if replay else f"generated, seed {chosen.dry_run.seed}"
        console.print(f"dry run {account}: market {market}, speed ×{exchange.speed:g}")
        session = Session(
            settings=exchange.settings,
            account=account,
            database_url=url,
            credentials=exchange.credentials,
            duration_s=duration_s,
            console=console,
        )
        return await run_session(session, stop)


@contextlib.contextmanager
def _api(port: int, console: Console) -> Iterator[None]:
    """The api as a process of its own on a socket of ours; it ends with us, however we end."""
    with _listener(port, None) as listener:
        listening = listener.fileno()
        command = [sys.executable, str(_ROOT / "unified_launcher.py"), "--mode=api"]
        process = subprocess.Popen(  # noqa: S603  # Our own door, with our own arguments.
            [*command, f"--listener-fd={listening}"],
            stdin=subprocess.PIPE,
            pass_fds=(listening,),
            start_new_session=True,
        )
        console.print(f"api on http://127.0.0.1:{listener.getsockname()[1]}", highlight=False)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listener(port: int, inherited: int | None) -> socket.socket:
    """A socket on loopback: the one that a launcher handed down, or a new one on `port`.

    Raises `LaunchError` when the port is taken.
    """
    if inherited is not None:
        return socket.socket(fileno=inherited)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise LaunchError(
            f"port {port} on 127.0.0.1 cannot be used ({error.strerror}): "
            "choose another with --port, or 0 for a free one"
        ) from error
    return listener


def _prove_writable(path: Path) -> None:
    """Before an hour of trading, not after it; raises `LaunchError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise LaunchError(f"{path} cannot be written: {error.strerror}") from error


def _tell(result: dict[str, Any], console: Console, summary: Path | None) -> None:
    """Say what the run did; a run that does not add up ends with exit code 1."""
    if summary is not None:
        summary.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, leg in result["legs"].items():
        counts = ", ".join(
            f"{leg[kind]} {kind}" for kind in ("entries", "exits", "stops", "targets")
        )
        console.print(f"  {name}: {counts}, open {leg['quantity']}", highlight=False)
    console.print(
        f"{result['duration_s']:.1f} s, result {result['result_usdt']} USDT after fees and "
        f"funding, {result['memory_mb']} MB",
        highlight=False,
    )
    for problem in result["problems"]:
        console.print(f"PROBLEM {problem}", style="bold red", highlight=False)
    if result["problems"]:
        raise typer.Exit(1)
    console.print("fills, legs and wallet agree with the exchange to the last decimal")


def main() -> None:
    """Run the command; a refusal is one sentence on stderr and exit code 2."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        app()
    except BotTradingError as error:
        stderr = Console(stderr=True, soft_wrap=True, highlight=False)
        stderr.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        sys.exit(2)
