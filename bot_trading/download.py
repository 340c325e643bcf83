"""Candles of an exchange into the database: `python -m bot_trading.download`.

The client is that of the bot's own configuration, so its account's key is proven first; nothing is
traded. A download that was cut off is started again and asks only for what is missing.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot_trading import settings
from bot_trading.clock import now_us
from bot_trading.errors import BotTradingError, ConfigError
from bot_trading.exchange_clients import build_exchanges, read_credentials
from bot_trading.ml.download import Wanted, download
from bot_trading.ml.folds import Span, day_us
from bot_trading.ml.market_store import Imported, Shelf
from bot_trading.ports import ExchangeClient

__all__ = ["app", "fetch", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

Config = Annotated[Path, typer.Option(help="The configuration.")]
Until = Annotated[str, typer.Option("--to", help="The day after the last; now by default.")]
Assumed = Annotated[
    float | None, typer.Option("--assume-funding", help="Rate per 8 h before those that are told.")
]


@app.command()
def run(
    database: Annotated[str, typer.Option(envvar="DATABASE_URL", help="A PostgreSQL address.")],
    first: Annotated[str, typer.Option("--from", help="First day, e.g. 2026-04-01 (UTC).")],
    until: Until = "",
    config: Config = settings.DEFAULT_CONFIG,
    exchange: Annotated[str, typer.Option(help="One of trading.exchanges; else the first.")] = "",
    symbols: Annotated[str, typer.Option(help="Comma-separated; else trading.symbols.")] = "",
    interval_s: Annotated[int, typer.Option(help="Candles of so many seconds.")] = 300,
    account: Annotated[str, typer.Option(help="The account that rows belong to.")] = "research",
    assume_funding: Assumed = None,
) -> None:
    """Fetch what is missing, report gaps, and derive what features read."""
    chosen = settings.load(config)
    name = exchange or chosen.trading.exchanges[0]
    if name not in chosen.trading.exchanges:
        raise ConfigError(
            f"{name} is not among trading.exchanges ({', '.join(chosen.trading.exchanges)}): add"
            " it there, or name one of these"
        )
    named = [it.strip().upper() for it in symbols.split(",") if it.strip()]
    wanted = Wanted(
        symbols=sorted({*(named or chosen.trading.symbols), "BTCUSDT", "ETHUSDT"}),
        interval_s=interval_s,
        span=_span(first, until),
        assumed_funding_rate=assume_funding,
    )
    clients = build_exchanges(chosen, read_credentials(chosen), account=account)
    shelf = Shelf(account=account, exchange=name)
    asyncio.run(fetch(clients.client(name), database, wanted, shelf))


async def fetch(
    client: ExchangeClient, database: str, wanted: Wanted, shelf: Shelf
) -> tuple[Imported, ...]:
    """Open the client, download, and close it whatever happened."""
    await client.open()
    try:
        return await download(database, client, wanted, shelf, typer.echo)
    finally:
        await client.close()


def _span(first: str, until: str) -> Span:
    from_us = day_us(first)
    until_us = day_us(until) if until else now_us()
    if until_us <= from_us:
        raise ConfigError(f"--from {first} must lie before --to {until or 'now'}")
    return Span(from_us=from_us, until_us=until_us)


def main() -> None:
    """Run the command; a refusal is one sentence on stderr and exit code 2."""
    try:
        app()
    except (BotTradingError, OSError) as error:
        stderr = Console(stderr=True, soft_wrap=True, highlight=False)
        stderr.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
