"""The command line: start exchanges, say where they are, run until told to stop."""

import asyncio
import contextlib
import signal
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from exchange_simulator.errors import BadInput
from exchange_simulator.faults import load_plan
from exchange_simulator.model import PositionMode
from exchange_simulator.server import Server
from exchange_simulator.wire_protocol import WireProtocol
from exchange_simulator.world import WorldOptions, build_world

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_MODES = {"hedge": PositionMode.HEDGE, "one-way": PositionMode.ONE_WAY}
_SWITCH = {"on": True, "off": False}


@app.callback(invoke_without_command=True)
def serve(
    market: Annotated[str, typer.Option(help="Exchanges to speak, comma-separated.")] = "bybit",
    replay: Annotated[
        list[Path] | None, typer.Option(help="Candle file or folder; may be repeated.")
    ] = None,
    symbols: Annotated[str, typer.Option(help="Symbols, comma-separated.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 1,
    speed: Annotated[str, typer.Option(help="Market seconds per second.")] = "1",
    port: Annotated[int, typer.Option(help="First port; 0 takes free ones.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line, then serve.")] = False,
    position_mode: Annotated[str, typer.Option(help="hedge or one-way.")] = "hedge",
    balance: Annotated[str, typer.Option(help="Deposit of each account, USDT.")] = "100000",
    api_key: Annotated[str, typer.Option(help="Key of the first account.")] = "",
    api_secret: Annotated[str, typer.Option(help="Secret of the first account.")] = "",
    more_accounts: Annotated[int, typer.Option(help="Further accounts, KEY-2, KEY-3, …")] = 0,
    duration: Annotated[float | None, typer.Option(help="Stop after so many seconds.")] = None,
    limits: Annotated[str, typer.Option(help="Rate limits: on or off.")] = "on",
    warmup_candles: Annotated[
        int, typer.Option(help="Base candles that are history when the market opens.")
    ] = 200,
    interval: Annotated[int, typer.Option(help="Generator: base candle in minutes.")] = 1,
    points: Annotated[int, typer.Option(help="Trades made of each base candle.")] = 60,
    start: Annotated[str, typer.Option(help="Market start: now, ms, or ISO time UTC.")] = "",
    socket_delay_ms: Annotated[
        float, typer.Option(help="Delay of clients' frames on public and private sockets.")
    ] = 10,
    faults: Annotated[Path | None, typer.Option(help="Fault plan, YAML.")] = None,
    trade_delay_ms: Annotated[float, typer.Option(help="The same on trade sockets.")] = 2,
) -> None:
    """Serve an exchange in a box until SIGTERM or SIGINT."""
    try:
        options = WorldOptions(
            markets=tuple(name for name in market.split(",") if name),
            replay=tuple(replay or ()),
            symbols=tuple(name for name in symbols.split(",") if name),
            seed=seed,
            speed=_fraction(speed),
            mode=_one_of("--position-mode", position_mode, _MODES),
            balance=_amount(balance),
            api_key=api_key or WorldOptions().api_key,
            api_secret=api_secret or WorldOptions().api_secret,
            more_accounts=more_accounts,
            limits_on=_one_of("--limits", limits, _SWITCH),
            warmup_candles=warmup_candles,
            interval_min=interval,
            points=points,
            start_ms=_moment(start),
            faults=load_plan(faults) if faults is not None else None,
        )
        place = {"host": host, "port": port}
        delays = {"socket_delay_ms": socket_delay_ms, "trade_delay_ms": trade_delay_ms}
        asyncio.run(_run(options, place | delays, as_json=json, duration_s=duration))
    except BadInput as error:
        print(f"exchange_simulator: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from None


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--speed {text!r} is no number; give for example 60.") from None


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise BadInput(f"--balance {text!r} is no amount; give for example 100000.")
    return amount


def _one_of(option: str, text: str, known: dict[str, Any]) -> Any:
    if text not in known:
        raise BadInput(f"{option} {text!r} is unknown; give one of {', '.join(known)}.")
    return known[text]


def _moment(text: str) -> int | None:
    if not text:
        return None
    if text == "now":
        return time.time_ns() // 60_000_000_000 * 60_000
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--start {text!r} is no time; give now, ms, or an ISO time.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


async def _run(
    options: WorldOptions, place: dict[str, Any], *, as_json: bool, duration_s: float | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    world = build_world(options, time.time_ns() // 1000)
    servers: list[Server] = []
    try:
        for offset, protocol in enumerate(world.values()):
            port = place["port"] + offset if place["port"] else 0
            server = Server(protocol, **{**place, "port": port})
            await server.start()
            servers.append(server)
        _announce(options, world, servers, as_json=as_json)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), duration_s)
    finally:
        for server in servers:
            await server.stop()


def _announce(
    options: WorldOptions,
    world: dict[str, WireProtocol],
    servers: list[Server],
    *,
    as_json: bool,
) -> None:
    facts = _facts(options, world, servers)
    if as_json:
        print(msgspec.json.encode(facts).decode(), flush=True)  # noqa: T201
        return
    table = Table("exchange", "what", "value", title="exchange simulator")
    for server in servers:
        for what, value in facts[server.protocol.name].items():
            table.add_row(server.protocol.name, what, str(value))
    table.add_row("", "symbols", ", ".join(facts["symbols"]))
    table.add_row("", "speed", f"x{options.speed}")
    Console().print(table)


def _facts(
    options: WorldOptions, world: dict[str, WireProtocol], servers: list[Server]
) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for server in servers:
        base = f"{server.host}:{server.port}"
        facts[server.protocol.name] = {
            "rest_url": f"http://{base}",
            "ws_public_url": f"ws://{base}/v5/public/linear",
            "ws_private_url": f"ws://{base}/v5/private",
            "ws_trade_url": f"ws://{base}/v5/trade",
            "api_key": options.api_key,
            "api_secret": options.api_secret,
        }
    exchange = next(iter(world.values())).exchange
    ends = [market.tape.end_ms() for market in exchange.markets.values()]
    known = [end for end in ends if end is not None]
    speed = options.speed
    facts["symbols"] = list(exchange.markets)
    facts["speed"] = int(speed) if speed.denominator == 1 else float(speed)
    facts["market_start_ms"] = exchange.clock.market_ms
    facts["market_end_ms"] = min(known) if known else None
    return facts
