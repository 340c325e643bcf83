"""Entry points of a command line: the only loop starts here."""

import asyncio

import click


async def flatten(symbol: str) -> None:
    await asyncio.sleep(0)
    click.echo(f"flat {symbol}")


@click.group()
def cli() -> None:
    """Operate the bot."""


@cli.command()
@click.argument("symbol")
def flat(symbol: str) -> None:
    asyncio.run(flatten(symbol))


if __name__ == "__main__":
    cli()
