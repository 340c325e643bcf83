"""The command line: start exchanges, say where they are, run until told to stop."""

import asyncio
import sys
import time
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from exchange_simulator.errors import BadInput
from exchange_simulator.faults import load_plan
from exchange_simulator.model import PositionMode
from exchange_simulator.playback import Playback, recorded_exchanges
from exchange_simulator.rules import Rules
from exchange_simulator.run import Serving, serve_until_stopped
from exchange_simulator.wire_protocol import WireProtocol
from exchange_simulator.world import WorldOptions, build_world

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_MODES = {"hedge": PositionMode.HEDGE, "one-way": PositionMode.ONE_WAY}
_SWITCH = {"on": True, "off": False}


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    market: Annotated[str, typer.Option(help="Exchanges to speak, comma-separated.")] = "bybit",
    replay_from: Annotated[
        list[Path] | None, typer.Option("--replay", help="Candle file or folder; may be repeated.")
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
    record: Annotated[Path | None, typer.Option(help="Write all that passes to a file.")] = None,
    tls_proxy: Annotated[
        bool, typer.Option("--tls-proxy", help="Also a CONNECT proxy for fixed host names.")
    ] = False,
    rule: Annotated[list[str] | None, typer.Option(help="A switch, name=value.")] = None,
    basis_bps: Annotated[
        list[str] | None, typer.Option(help="Price basis of an exchange, name=bps.")
    ] = None,
    trade_delay_ms: Annotated[float, typer.Option(help="The same on trade sockets.")] = 2,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End with the process that feeds stdin.")
    ] = False,
) -> None:
    """Serve an exchange in a box until SIGTERM or SIGINT."""
    if context.invoked_subcommand is not None:
        return
    try:
        options = WorldOptions(
            markets=tuple(name for name in market.split(",") if name),
            replay=tuple(replay_from or ()),
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
            rules=_rules(rule or []),
            basis_bps=_basis(basis_bps or []),
        )
        world = build_world(options, time.time_ns() // 1000)
        serving = Serving(
            host=host,
            port=port,
            as_json=json,
            duration_s=duration,
            socket_delay_ms=socket_delay_ms,
            trade_delay_ms=trade_delay_ms,
            record=record,
            tls_proxy=tls_proxy,
            api_key=options.api_key,
            api_secret=options.api_secret,
            more_accounts=more_accounts,
            until_stdin_closes=until_stdin_closes,
        )
        asyncio.run(serve_until_stopped(world, serving, _market_facts(options, world)))
    except BadInput as error:
        _end(error)


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(help="A file that --record wrote.")],
    port: Annotated[int, typer.Option(help="First port; 0 takes free ones.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line, then serve.")] = False,
    duration: Annotated[float | None, typer.Option(help="Stop after so many seconds.")] = None,
) -> None:
    """Serve the answers and frames of a recording again, byte for byte."""
    try:
        names = recorded_exchanges(recording)
        players = {name: Playback(recording, name) for name in names}
        serving = Serving(
            host=host, port=port, as_json=json, duration_s=duration, socket_delay_ms=0
        )
        asyncio.run(serve_until_stopped(players, serving, {"recording": str(recording)}))
    except BadInput as error:
        _end(error)


def _end(error: BadInput) -> NoReturn:
    """Say what was wrong in one sentence and leave with 2."""
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


def _rules(changes: list[str]) -> Rules:
    """Apply switches such as `net_hedged_margin=true` to the default rules."""
    kinds = {entry.name: type(getattr(Rules(), entry.name)) for entry in fields(Rules)}
    values: dict[str, Any] = {}
    for change in changes:
        name, _, text = change.partition("=")
        kind = kinds.get(name)
        if kind is None:
            raise BadInput(f"--rule {name!r} is unknown; give one of {', '.join(kinds)}.")
        try:
            values[name] = _rule_value(kind, text)
        except (ValueError, InvalidOperation):
            raise BadInput(f"--rule {change!r} is no value for {name}.") from None
    return replace(Rules(), **values)


def _rule_value(kind: type, text: str) -> Any:
    if kind is bool:
        return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse()
    if kind is tuple:
        row = tuple(text.split(","))
        return row if sorted(row) == sorted(Rules().frame_order) else _refuse()
    value = kind(text)
    return value if value >= 0 else _refuse()


def _refuse() -> Any:
    raise ValueError


def _basis(changes: list[str]) -> dict[str, Decimal]:
    basis: dict[str, Decimal] = {}
    for change in changes:
        name, _, text = change.partition("=")
        try:
            basis[name] = Decimal(text)
        except InvalidOperation:
            raise BadInput(f"--basis-bps {change!r}: give for example okx=5.") from None
    return basis


def _market_facts(options: WorldOptions, world: dict[str, WireProtocol]) -> dict[str, Any]:
    exchange = next(iter(world.values())).exchange
    ends = [market.tape.end_ms() for market in exchange.markets.values()]
    known = [end for end in ends if end is not None]
    speed = options.speed
    return {
        "symbols": list(exchange.markets),
        "speed": int(speed) if speed.denominator == 1 else float(speed),
        "market_start_ms": exchange.clock.market_ms,
        "market_end_ms": min(known) if known else None,
    }
