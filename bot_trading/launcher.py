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
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
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
from bot_trading.exchange_clients import AnyCredentials, read_credentials
from bot_trading.live_gate import prove_ready
from bot_trading.release import release_of
from bot_trading.session import Session, run_session
from bot_trading.storage import schema
from bot_trading.storage.embedded import database_url

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_ROOT = Path(__file__).resolve().parent.parent
_NO_MODEL_SERVER = (
    "a model is served inside the core, where its opinion needs no second process: run --mode=all"
    " or --mode=core with strategy.source: model"
)


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
    report: Annotated[
        Path, typer.Option(help="With --live: the report, or the folder of reports, it rests on.")
    ] = _ROOT / "reports",
    unattended: Annotated[
        bool, typer.Option("--unattended", help="With --live: ask for no typed confirmation.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the api.")] = 0,
    listener_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the bot. Dry run is the default, and nothing in it can reach a real exchange; --live
    starts only what a full verification found READY."""
    console = Console()
    chosen = settings.load(config)
    try:
        log.configure(_ROOT / chosen.logging.folder, str(mode), chosen.logging.level)
    except OSError as error:
        raise LaunchError(f"logs cannot be written: {error}; see logging.folder") from error
    if mode is Mode.ML:
        raise LaunchError(_NO_MODEL_SERVER)
    if not dry_run and (replay is not None or record is not None):
        raise LaunchError("--replay and --record belong to a dry run: leave --live out")
    live = None
    if not dry_run:
        live = _live(chosen, config, report, unattended=unattended, console=console)
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
            market = (
                _dry_run(chosen, replay, record, console)
                if live is None
                else contextlib.nullcontext(live)
            )
            with api, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                result = runner.run(_trade(market, url, duration, console))
            _tell(result, console, summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Market:
    """Where to trade, as settings, with which keys, and the name of the core's account."""

    settings: settings.Settings
    credentials: Mapping[str, AnyCredentials]
    account: str


def _live(
    chosen: settings.Settings, config: Path, report: Path, *, unattended: bool, console: Console
) -> _Market:
    """The real exchanges, once all that opens the door to them is there; raises `LaunchError`."""
    age_max = timedelta(seconds=chosen.live.report_age_max_s)
    try:
        release = release_of(_ROOT, config.resolve(), chosen.strategy.model.folder)
    except OSError as error:
        raise LaunchError(f"what would start cannot be read: {error}") from error
    rests_on = prove_ready(report, release, now(), age_max)
    credentials = read_credentials(chosen)
    words = f"trade live on {' and '.join(chosen.trading.exchanges)}"
    if not unattended:
        if not sys.stdin.isatty():
            raise LaunchError(
                "--live needs a typed confirmation: start it on a terminal, or with --unattended"
            )
        if typer.prompt(f"Real money. Type '{words}'") != words:
            raise LaunchError("the confirmation was another one: nothing was started")
    console.print(f"{words}, account {chosen.live.account}: {rests_on}", soft_wrap=True)
    return _Market(settings=chosen, credentials=credentials, account=chosen.live.account)


@contextlib.asynccontextmanager
async def _dry_run(
    chosen: settings.Settings, replay: Path | None, record: Path | None, console: Console
) -> AsyncIterator[_Market]:
    """The simulator, from its start to its end."""
    account = f"dry-run-{now():%Y%m%d-%H%M%S}-{os.getpid()}"
    async with dry_run_exchange(chosen, replay, record) as exchange:
        market = str(replay) if replay else f"generated, seed {chosen.dry_run.seed}"
        console.print(f"dry run {account}: market {market}, speed ×{exchange.speed:g}")
        yield _Market(settings=exchange.settings, credentials=exchange.credentials, account=account)


async def _trade(
    market: AbstractAsyncContextManager[_Market],
    url: str,
    duration_s: float | None,
    console: Console,
) -> dict[str, Any]:
    """One session until it is over or a signal stops it; its summary."""
    stop = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, stop.set)
    async with market as there:
        session = Session(
            settings=there.settings,
            account=there.account,
            database_url=url,
            credentials=there.credentials,
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
