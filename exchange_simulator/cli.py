"""The command line: start exchanges, say where they are, run until told to stop."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from exchange_simulator.clock import machine_us
from exchange_simulator.errors import BadInput
from exchange_simulator.faults import load_plan
from exchange_simulator.model import PositionMode
from exchange_simulator.playback import Playback, recorded_exchanges
from exchange_simulator.rules import Rules
from exchange_simulator.run import Serving, serve_until_stopped
from exchange_simulator.wire_protocol import WireProtocol
from exchange_simulator.world import PROTOCOLS, WorldOptions, build_world

__all__ = ["app", "rules_of"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
_MODES = {"hedge": PositionMode.HEDGE, "one-way": PositionMode.ONE_WAY}
_SWITCH = {"on": True, "off": False}
_LARGEST_VALUE = 10**9
_LARGEST_BASIS = 5_000
_LARGEST_BALANCE = 10**12
_LATEST_START_MS = 4_102_444_800_000  # 2100-01-01T00:00:00Z.


Markets = Annotated[str, typer.Option("--market", help="Exchanges to speak, comma-separated.")]
ReplayFrom = Annotated[
    list[Path] | None, typer.Option("--replay", help="Candle file or folder; may be repeated.")
]
Symbols = Annotated[str, typer.Option(help="Symbols, comma-separated.")]
Seed = Annotated[int, typer.Option(help="Seed of everything that is random.")]
Speed = Annotated[str, typer.Option(help="Market seconds per second.")]
Port = Annotated[int, typer.Option(help="First port; 0 takes free ones.", min=0, max=65_535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line, then serve.")]
Mode = Annotated[str, typer.Option(help="hedge or one-way.")]
Balance = Annotated[str, typer.Option(help="Deposit of each account, USDT.")]
FeeCoins = Annotated[str, typer.Option(help="BNB of each account on Binance; see feeBurn.")]
Key = Annotated[str, typer.Option(help="Key of the first account.")]
Secret = Annotated[str, typer.Option(help="Secret of the first account.")]
Accounts = Annotated[int, typer.Option(help="Further accounts, KEY-2, KEY-3, …", min=0)]
Duration = Annotated[float | None, typer.Option(help="Stop after so many seconds.", min=0)]
RateLimits = Annotated[str, typer.Option(help="Rate limits: on or off.")]
Warmup = Annotated[int, typer.Option(help="Candles that are history when the market opens.", min=0)]
Interval = Annotated[int, typer.Option(help="Generator: candle in minutes.")]
Points = Annotated[int, typer.Option(help="Trades made of each candle of the tape.")]
Start = Annotated[str, typer.Option(help="Market start: now, ms, or ISO time UTC.")]
SocketDelay = Annotated[
    float, typer.Option(help="Delay of frames on public, private sockets.", min=0)
]
TradeDelay = Annotated[float, typer.Option(help="The same on trade sockets.", min=0)]
PlanFile = Annotated[Path | None, typer.Option(help="Fault plan, YAML.")]
RecordTo = Annotated[Path | None, typer.Option(help="Write all that passes to a file.")]
Proxy = Annotated[
    bool, typer.Option("--tls-proxy", help="Also a CONNECT proxy for fixed host names.")
]
Switches = Annotated[list[str] | None, typer.Option("--rule", help="A switch, name=value.")]
WithParent = Annotated[
    bool, typer.Option("--until-stdin-closes", help="End with the process that feeds stdin.")
]
Basis = Annotated[list[str] | None, typer.Option(help="Price basis of an exchange, name=bps.")]
Wander = Annotated[list[str] | None, typer.Option(help="How far it wanders, name=bps.")]


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    market: Markets = "bybit",
    replay_from: ReplayFrom = None,
    symbols: Symbols = "",
    seed: Seed = 1,
    speed: Speed = "1",
    port: Port = 0,
    host: Host = "127.0.0.1",
    json: AsJson = False,
    position_mode: Mode = "hedge",
    balance: Balance = "100000",
    fee_coins: FeeCoins = "0",
    api_key: Key = "",
    api_secret: Secret = "",
    more_accounts: Accounts = 0,
    duration: Duration = None,
    limits: RateLimits = "on",
    warmup_candles: Warmup = 200,
    interval: Interval = 1,
    points: Points = 60,
    start: Start = "",
    socket_delay_ms: SocketDelay = 10,
    trade_delay_ms: TradeDelay = 2,
    faults: PlanFile = None,
    record: RecordTo = None,
    tls_proxy: Proxy = False,
    rule: Switches = None,
    basis_bps: Basis = None,
    basis_wander_bps: Wander = None,
    until_stdin_closes: WithParent = False,
) -> None:
    """Serve an exchange in a box until SIGTERM or SIGINT."""
    if context.invoked_subcommand is not None:
        return
    with _one_sentence():
        options = WorldOptions(
            markets=_names("--market", market),
            replay=tuple(replay_from or ()),
            symbols=_names("--symbols", symbols),
            seed=seed,
            speed=_fraction(speed),
            mode=_one_of("--position-mode", position_mode, _MODES),
            balance=_amount("--balance", balance),
            fee_coins=_amount("--fee-coins", fee_coins),
            api_key=api_key or WorldOptions().api_key,
            api_secret=api_secret or WorldOptions().api_secret,
            more_accounts=more_accounts,
            limits_on=_one_of("--limits", limits, _SWITCH),
            warmup_candles=warmup_candles,
            interval_min=interval,
            points=points,
            start_ms=_moment(start),
            faults=load_plan(faults) if faults is not None else None,
            rules=rules_of(rule or []),
            basis_bps=_basis("--basis-bps", basis_bps or []),
            basis_wander_bps=_basis("--basis-wander-bps", basis_wander_bps or []),
        )
        serving = Serving(
            host=host,
            port=port,
            as_json=json,
            duration_s=duration,
            until_stdin_closes=until_stdin_closes,
        )
        serving = replace(serving, record=record, tls_proxy=tls_proxy)
        delays = (socket_delay_ms, trade_delay_ms)
        _start(options, replace(serving, socket_delay_ms=delays[0], trade_delay_ms=delays[1]))


def _start(options: WorldOptions, serving: Serving) -> None:
    world = build_world(options, machine_us())
    serving = replace(
        serving,
        api_key=options.api_key,
        api_secret=options.api_secret,
        more_accounts=options.more_accounts,
    )
    asyncio.run(serve_until_stopped(world, serving, _market_facts(options, world)))


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Say what was wrong with the input in one sentence and leave with 2."""
    try:
        yield
    except BadInput as error:
        print(f"exchange_simulator: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from None


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(name for name in text.split(",") if name)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadInput(f"{option} names {twice[0]} twice; give each once.")
    return names


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(help="A file that --record wrote.")],
    port: Port = 0,
    host: Host = "127.0.0.1",
    json: AsJson = False,
    duration: Duration = None,
) -> None:
    """Serve the answers and frames of a recording again, byte for byte."""
    with _one_sentence():
        names = recorded_exchanges(recording)
        players = {name: Playback(recording, name) for name in names}
        serving = Serving(
            host=host, port=port, as_json=json, duration_s=duration, socket_delay_ms=0
        )
        asyncio.run(serve_until_stopped(players, serving, {"recording": str(recording)}))


def _fraction(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"--speed {text!r} is no number; give for example 60.") from None


def _amount(option: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= _LARGEST_BALANCE:
        raise BadInput(f"{option} {text!r} is no amount; give for example 100000.")
    return amount


def _one_of(option: str, text: str, known: dict[str, Any]) -> Any:
    if text not in known:
        raise BadInput(f"{option} {text!r} is unknown; give one of {', '.join(known)}.")
    return known[text]


def _moment(text: str) -> int | None:
    if not text:
        return None
    if text == "now":
        return machine_us() // 60_000_000 * 60_000
    try:
        moment = datetime.fromisoformat(text) if not text.isdigit() else None
        start_ms = int(text) if moment is None else _start_ms(moment)
    except ValueError:
        start_ms = _LATEST_START_MS
    if not 0 <= start_ms < _LATEST_START_MS:
        raise BadInput(
            f"--start {text!r} is no time between 1970 and 2100; give now, ms, or an ISO time."
        )
    return start_ms


def _start_ms(moment: datetime) -> int:
    """Return milliseconds of a moment, which is in UTC where it names no zone."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def rules_of(changes: list[str]) -> Rules:
    """Apply switches such as `net_hedged_margin=true` to the default rules."""
    kinds = {entry.name: type(getattr(Rules(), entry.name)) for entry in fields(Rules)}
    values: dict[str, Any] = {}
    for change in changes:
        name, _, text = change.partition("=")
        kind = kinds.get(name)
        if kind is None:
            raise BadInput(f"--rule {name!r} is unknown; give one of {', '.join(kinds)}.")
        try:
            values[name] = _rule_value(kind, text, name)
        except (ValueError, InvalidOperation):
            raise BadInput(f"--rule {change!r} is no value for {name}.") from None
    return replace(Rules(), **values)


def _rule_value(kind: type, text: str, name: str) -> Any:
    if kind is bool:
        return {"true": True, "false": False}[text] if text in ("true", "false") else _refuse()
    if kind is tuple:
        row = tuple(text.split(",")) if text else ()
        right = sorted(row) == sorted(Rules().frame_order) if name == "frame_order" else all(row)
        return row if right else _refuse()
    value = kind(text)
    least = 1 if name == "default_leverage" else 0
    return value if least <= value < _LARGEST_VALUE else _refuse()


def _refuse() -> Any:
    raise ValueError


def _basis(option: str, changes: list[str]) -> dict[str, Decimal]:
    basis: dict[str, Decimal] = {}
    for change in changes:
        name, _, text = change.partition("=")
        try:
            bps = Decimal(text)
        except InvalidOperation:
            bps = Decimal("NaN")
        if name not in PROTOCOLS or bps.is_nan() or abs(bps) > _LARGEST_BASIS:
            raise BadInput(f"{option} {change!r}: give for example okx=5.")
        basis[name] = bps
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
