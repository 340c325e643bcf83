"""The command line of the learning room: train, evaluate, promote, rollback, status, import.

Every refusal is one sentence on standard error and exit code 2.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bot_trading.domain.signal import BarrierSpec
from bot_trading.errors import BotTradingError, ConfigError
from bot_trading.log import configure
from bot_trading.ml.folds import Span, day_us

__all__ = ["app"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Candles = Annotated[Path, typer.Option(help="Folder of SYMBOL.parquet or SYMBOL.csv candles.")]
FundingFolder = Annotated[
    Path | None, typer.Option("--funding", help="Folder of funding; else ../funding beside.")
]
Models = Annotated[Path, typer.Option(help="Folder of models and their registry.")]
Symbols = Annotated[str, typer.Option(help="Symbols, comma-separated; all by default.")]
Assumed = Annotated[
    float | None, typer.Option("--assume-funding", help="Rate per 8 h where none is known.")
]
Target = Annotated[str, typer.Option(help="As enhanced_sltp.take_profit_percent.")]
SharedSides = Annotated[
    bool, typer.Option("--shared-sides", help="One forest for both sides: when, not where.")
]
From = Annotated[str, typer.Option("--from", help="First day, e.g. 2026-04-01 (UTC).")]
To = Annotated[str, typer.Option("--to", help="The day after the last one.")]


@app.command()
def train(
    candles: Candles,
    first: From,
    calibrate_from: Annotated[str, typer.Option(help="Learning ends, calibration begins.")],
    validate_from: Annotated[str, typer.Option(help="Calibration ends, validation begins.")],
    test_from: Annotated[str, typer.Option(help="Validation ends, the test begins.")],
    until: To,
    funding: FundingFolder = None,
    models: Models = Path("models"),
    symbols: Symbols = "",
    assume_funding: Assumed = None,
    interval_s: Annotated[int, typer.Option(help="Candles of so many seconds.")] = 300,
    stop_percent: Annotated[str, typer.Option(help="As enhanced_sltp.stop_loss_percent.")] = "0.6",
    target_percent: Target = "0.9",
    horizon_s: Annotated[int, typer.Option(help="As enhanced_sltp.horizon_s.")] = 900,
    thin: Annotated[int, typer.Option(min=1, help="Learn from every n-th candle.")] = 3,
    folds: Annotated[int, typer.Option(min=2, help="Walk-forward folds.")] = 3,
    trials: Annotated[int, typer.Option(min=1, help="Trials of the search.")] = 12,
    seed: Annotated[int, typer.Option(help="Seed of everything that is random.")] = 7,
    threads: Annotated[int, typer.Option(min=1, help="Threads of LightGBM.")] = 1,
    shared_sides: SharedSides = False,
) -> None:
    """Learn from candles, judge the model, and leave it as the candidate with its report."""
    with _one_sentence():
        from bot_trading.ml.dataset import data_sha256
        from bot_trading.ml.evaluation import Question, read_sources
        from bot_trading.ml.quality import inspect
        from bot_trading.ml.registry import nominate
        from bot_trading.ml.saving import save
        from bot_trading.ml.training import Plan
        from bot_trading.ml.training import train as run

        edges = [day_us(day) for day in (first, calibrate_from, validate_from, test_from, until)]
        spans = [_span(start, end) for start, end in itertools.pairwise(edges)]
        plan = Plan(
            learn=spans[0],
            calibrate=spans[1],
            validate=spans[2],
            test=spans[3],
            barrier=_barrier(stop_percent, target_percent, horizon_s),
            thin=thin,
            folds=folds,
            trials=trials,
            seed=seed,
            threads=threads,
            shared_sides=shared_sides,
        )
        question = Question(
            candles=candles,
            span=_span(edges[0], edges[-1]),
            funding=funding,
            symbols=_names(symbols),
            assumed_funding_rate=assume_funding,
        )
        sources, known = read_sources(question, interval_s)
        _say(f"funding: {known}")
        quality = {name: inspect(series).as_json() for name, series in sources.candles.items()}
        trained = run(sources, plan, _say)
        manifest = save(
            trained,
            plan,
            models,
            command=_command(),
            data_sha256=data_sha256(sources),
            quality=quality,
            interval_s=interval_s,
        )
        nominate(models, manifest.version)
    typer.echo(f"{models / manifest.version} is the candidate; read its report.html, then promote")


@app.command()
def evaluate(
    candles: Candles,
    first: From,
    until: To,
    json: Annotated[Path | None, typer.Option("--json", help="Write the result here.")] = None,
    funding: FundingFolder = None,
    models: Models = Path("models"),
    model: Annotated[str, typer.Option(help="A version; the current one by default.")] = "",
    symbols: Symbols = "",
    assume_funding: Assumed = 0.0001,
) -> None:
    """Score a model on candles that it has never seen."""
    with _one_sentence():
        from bot_trading.ml.artifact import write_atomically
        from bot_trading.ml.evaluation import Question, load_current
        from bot_trading.ml.evaluation import evaluate as run

        question = Question(
            candles=candles,
            span=_span(day_us(first), day_us(until)),
            funding=funding,
            symbols=_names(symbols),
            assumed_funding_rate=assume_funding,
        )
        result = run(load_current(models, model or None), question)
        if json is not None:
            write_atomically(json, msgspec.json.format(msgspec.json.encode(result)))
    typer.echo(_digest(result))


@app.command()
def promote(models: Models = Path("models")) -> None:
    """Make the candidate current, if its report passes every gate."""
    with _one_sentence():
        from bot_trading.ml.registry import promote as run

        slots, gates = run(models)
    for gate in gates:
        typer.echo(f"passed: {gate.name} is {gate.measured} ({gate.limit})")
    typer.echo(f"current: {slots.current}, previous: {slots.previous or 'none'}")


@app.command()
def rollback(models: Models = Path("models")) -> None:
    """Make the previous model current and withdraw the current one."""
    with _one_sentence():
        from bot_trading.ml.registry import roll_back

        slots = roll_back(models)
    typer.echo(f"current: {slots.current}, withdrawn: {', '.join(slots.withdrawn)}")


@app.command()
def status(models: Models = Path("models")) -> None:
    """What would answer a prediction now, and why nothing better can."""
    with _one_sentence():
        from bot_trading.ml.manager import MLManager
        from bot_trading.ml.manager import default_serving as serving

        configure(None, "ml", "ERROR")
        found = MLManager(models, serving())
    for line in found.describe():
        typer.echo(line)


@app.command("import")
def import_(
    candles: Candles,
    exchange: Annotated[str, typer.Option(help="The exchange that the candles are of.")],
    database: Annotated[str, typer.Option(envvar="DATABASE_URL", help="A PostgreSQL address.")],
    account: Annotated[str, typer.Option(help="The account that rows belong to.")] = "research",
    funding: FundingFolder = None,
    symbols: Symbols = "",
    assume_funding: Assumed = None,
    interval_s: Annotated[int, typer.Option(help="Candles of so many seconds.")] = 300,
) -> None:
    """Write candles and what features read of them into the database; again to resume."""
    with _one_sentence():
        import asyncio

        from bot_trading.ml.evaluation import Question, read_sources
        from bot_trading.ml.market_store import Shelf, import_sources

        question = Question(
            candles=candles,
            span=Span(from_us=0, until_us=1),
            funding=funding,
            symbols=_names(symbols),
            assumed_funding_rate=assume_funding,
        )
        sources, known = read_sources(question, interval_s)
        _say(f"funding: {known}")
        asyncio.run(
            import_sources(database, sources, Shelf(account=account, exchange=exchange), typer.echo)
        )


def _digest(result: dict[str, object]) -> str:
    lines = [f"{result['model_version']} on {result['rows']:,} rows; funding: {result['funding']}"]
    for side in ("long", "short"):
        found = result[side]
        assert isinstance(found, dict)  # noqa: S101 (for the type checker: our own report)
        skill = found["brier_skill"]
        lines.append(
            f"{side}: AUC {found['auc']:.4f}, Brier {found['brier']:.4f}, "
            f"skill {skill['value']:.4f} [{skill['low']:.4f}, {skill['high']:.4f}], "
            f"calibration error {found['ece']:.4f}, base rate {found['base_rate']:.4f}"
        )
    pnl = result["pnl"]
    assert isinstance(pnl, dict)  # noqa: S101 (the same)
    for name in ("model", "always_long", "moving_average"):
        row = pnl[name]
        lines.append(
            f"{name}: {row['trades']:,} trades, {row['net_per_trade_bps']:.2f} bps each "
            f"[{row['net_per_trade_low_bps']:.2f}, {row['net_per_trade_high_bps']:.2f}]"
        )
    return "\n".join([*lines, str(result["verdict"])])


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn a refusal into one sentence and exit code 2."""
    try:
        yield
    except (BotTradingError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _command() -> str:
    return " ".join(["python", "-m", "bot_trading.ml", *sys.argv[1:]])


def _names(symbols: str) -> tuple[str, ...]:
    return tuple(name.strip().upper() for name in symbols.split(",") if name.strip())


def _span(from_us: int, until_us: int) -> Span:
    try:
        return Span(from_us=from_us, until_us=until_us)
    except ValueError as error:
        raise ConfigError("each date must lie after the one before it") from error


def _barrier(stop_percent: str, target_percent: str, horizon_s: int) -> BarrierSpec:
    try:
        return BarrierSpec(
            stop_ratio=Decimal(stop_percent) / 100,
            target_ratio=Decimal(target_percent) / 100,
            horizon_s=horizon_s,
        )
    except (InvalidOperation, ValueError) as error:
        raise ConfigError(
            f"stop {stop_percent} %, target {target_percent} %, horizon {horizon_s} s: expected "
            "percents between 0 and 100 and a horizon above 0"
        ) from error
