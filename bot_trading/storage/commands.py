"""Backup and restore from the command line: `python -m bot_trading.storage backup --to FILE`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot_trading.errors import BotTradingError
from bot_trading.storage import backup as backups
from bot_trading.storage import schema
from bot_trading.storage.embedded import database_url

__all__ = ["app", "main"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Target = Annotated[Path, typer.Option("--to", help="The file to write; one that is there stays.")]
Source = Annotated[Path, typer.Option("--from", help="A file that backup wrote.")]


@app.command()
def backup(to: Target) -> None:
    """Write every row of the database to one file; the bot may go on meanwhile."""
    with database_url(os.environ) as url:
        manifest = asyncio.run(backups.save(url, to))
    Console().print(
        f"{manifest.rows} rows of {len(manifest.tables)} tables, schema revision "
        f"{manifest.revision}, are in {to}",
        highlight=False,
    )
    if manifest.left_out:
        Console(soft_wrap=True).print(
            f"NOT in it, as they are not the bot's: {', '.join(manifest.left_out)}. The records of "
            "a migration are needed to verify or roll it back: keep them with pg_dump",
            style="yellow",
            highlight=False,
        )


@app.command()
def restore(source: Source) -> None:
    """Put a backup back into an empty database; the next start asks the exchanges for the rest."""
    with database_url(os.environ) as url:
        asyncio.run(schema.upgrade(url))
        manifest = asyncio.run(backups.restore(url, source))
    Console().print(
        f"{manifest.rows} rows of {len(manifest.tables)} tables are back. Start the bot: it "
        "reads from the exchanges what happened since the backup, and opens nothing before both "
        "agree.",
        highlight=False,
    )


def main() -> None:
    """Run the command; a refusal is one sentence on stderr and exit code 2."""
    try:
        app(prog_name="python -m bot_trading.storage")
    except BotTradingError as error:
        stderr = Console(stderr=True, soft_wrap=True, highlight=False)
        stderr.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        sys.exit(2)
