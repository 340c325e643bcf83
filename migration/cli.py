"""The command line: plan, run, verify, rollback, and the cut-over.

Progress goes to standard error, what was found to standard output. Exit code: 0 done, 1 verified
and something is wrong, 2 refused or failed, with one sentence.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from migration.bybit import Account
from migration.cutover import cut_over_drained, cut_over_second_account, switch_back
from migration.databases import connect_target
from migration.draining import Holdings, look
from migration.errors import MigrationError
from migration.mapping_rules import load_mapping
from migration.plan import Plan, make_plan
from migration.progress import shown
from migration.rollback import roll_back
from migration.run import BATCH_ROWS, LANES, begin, catch_up, copy_all, count_rows, opened
from migration.verify import Verification, verify
from migration.way_back import give_back

__all__ = ["app"]

MAPPING = Path(__file__).with_name("v2_to_v3.yaml")
WRONG, REFUSED = 1, 2


class Form(StrEnum):
    """How v3 gets an account in hedge mode."""

    DRAIN = "drain"
    SECOND_ACCOUNT = "second-account"


app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

SourceUrl = Annotated[str, typer.Option("--source", help="v2's database, postgresql://…")]
TargetUrl = Annotated[str, typer.Option("--target", help="v3's database, postgresql://…")]
MappingFile = Annotated[Path, typer.Option("--mapping", help="The mapping file.")]
BatchRows = Annotated[int, typer.Option(min=1, max=100_000, help="Rows per transaction.")]
Lanes = Annotated[int, typer.Option(min=1, max=8, help="Streams that are copied at once.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Also write what was found here.")]


@app.command()
def plan(
    source: SourceUrl, target: TargetUrl, mapping: MappingFile = MAPPING, json_file: JsonFile = None
) -> None:
    """Say what a run would do; nothing is written."""
    with _sentences(), opened(source, target, mapping) as sides:
        found = make_plan(sides)
        _print_plan(found)
        _write(json_file, asdict(found))


@app.command()
def run(
    source: SourceUrl,
    target: TargetUrl,
    mapping: MappingFile = MAPPING,
    batch_rows: BatchRows = BATCH_ROWS,
    lanes: Lanes = LANES,
) -> None:
    """Copy what is not copied yet, and what v2 has changed since; may be repeated at any time."""
    console = Console(stderr=True, highlight=False)
    with _sentences(), opened(source, target, mapping) as sides:
        begin(sides)
        with shown(console, count_rows(sides)) as advance:
            copy_all(sides, batch_rows=batch_rows, advance=advance, lanes=lanes)
        rounds = catch_up(sides, batch_rows=batch_rows)
        typer.echo(f"caught up in {len(rounds)} rounds, {sum(rounds):,} rows had changed")


@app.command(name="verify")
def verify_command(
    source: SourceUrl, target: TargetUrl, mapping: MappingFile = MAPPING, json_file: JsonFile = None
) -> None:
    """Account for every row and every sum; exit code 1 when one is missing or wrong."""
    with _sentences(), opened(source, target, mapping) as sides:
        found = verify(sides)
        _print_verification(found)
        _write(json_file, {**asdict(found), "holds": found.holds})
        if not found.holds:
            raise typer.Exit(WRONG)


@app.command()
def rollback(
    target: TargetUrl,
    mapping: MappingFile = MAPPING,
    into: Annotated[
        str | None, typer.Option(help="First fill this empty database of v2 with v2's rows.")
    ] = None,
) -> None:
    """Remove from v3 what was migrated; v2 itself was never written to."""
    with _sentences(), connect_target(target) as connection:
        rules = load_mapping(mapping)
        if into is not None:
            with connect_target(into) as v2:
                for table, rows in give_back(connection, v2, rules).items():
                    typer.echo(f"gave back {rows:,} rows of {table}")
        for table, rows in roll_back(connection, rules).items():
            typer.echo(f"removed {rows:,} rows of {table}")
        typer.echo(f"removed the schema {rules.target.bookkeeping}")


@app.command()
def cutover(
    source: SourceUrl,
    target: TargetUrl,
    exchange_url: Annotated[str, typer.Option(help="Bybit's REST address.")],
    form: Annotated[Form, typer.Option(help="Drain v2's account, or use a second one.")],
    symbols: Annotated[str, typer.Option(help="Symbols that v3 will trade, comma-separated.")],
    mapping: MappingFile = MAPPING,
    execute: Annotated[bool, typer.Option("--execute", help="Do it; otherwise only look.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Switch to one-way mode again.")] = False,
) -> None:
    """Freeze v2, copy the rest, verify, and switch; without --execute say what would happen.

    Keys come from V2_API_KEY, V2_API_SECRET, V3_API_KEY and V3_API_SECRET; the form `drain` needs
    only those of v2.
    """
    listed = tuple(filter(None, (word.strip() for word in symbols.split(","))))
    with _sentences(), _account(exchange_url, "V2") as v2, opened(source, target, mapping) as sides:
        if not execute:
            _print_holdings(look(v2), form)
        elif form is Form.DRAIN and back:
            switch_back(v2, symbols=listed)
            typer.echo("v2's account is in one-way mode again")
        elif form is Form.DRAIN:
            cut_over_drained(sides, source, v2, symbols=listed, report=typer.echo)
        else:
            with _account(exchange_url, "V3") as v3:
                if back:
                    switch_back(v3, symbols=listed)
                    typer.echo("v3's account is in one-way mode again")
                else:
                    cut_over_second_account(
                        sides, source, v2, v3, symbols=listed, report=typer.echo
                    )


@contextmanager
def _account(exchange_url: str, who: str) -> Iterator[Account]:
    key, secret = (os.environ.get(f"{who}_API_{part}", "") for part in ("KEY", "SECRET"))
    if not key or not secret:
        raise MigrationError(f"{who}_API_KEY or {who}_API_SECRET is not set: set both")
    account = Account(exchange_url, key, secret)
    try:
        yield account
    finally:
        account.close()


def _print_holdings(held: Holdings, form: Form) -> None:
    for position in held.positions:
        what = "would be closed reduce-only" if form is Form.DRAIN else "stays with v2"
        typer.echo(f"{position.symbol}: {position.side} {position.size:f} {what}")
    what = "would be canceled" if form is Form.DRAIN else "stay with v2"
    typer.echo(f"{len(held.orders)} resting orders {what}")
    typer.echo("then: freeze v2's tables, copy the rest, verify, switch; give --execute to do it")


@contextmanager
def _sentences() -> Iterator[None]:
    """End with one sentence for what the migration refuses."""
    try:
        yield
    except MigrationError as error:
        sys.stderr.write(f"migration: {error}\n")
        raise typer.Exit(REFUSED) from error


def _print_plan(found: Plan) -> None:
    for flow in found.flows:
        typer.echo(
            f"{flow.flow}: {flow.rows:,} rows, {flow.would_copy:,} would be copied,"
            f" {flow.would_quarantine:,} would go into quarantine"
        )
        for reason, rows in flow.reasons.items():
            typer.echo(f"    {reason}: {rows:,}")
    for table in found.verbatim:
        typer.echo(f"{table}: kept row by row as JSON")
    if found.has_begun:
        typer.echo("a migration has begun here: a run goes on with it")


def _print_verification(found: Verification) -> None:
    for account in found.accounts:
        verdict = "accounted for" if account.holds else "WRONG"
        typer.echo(
            f"{account.flow}: {account.source_rows:,} rows of v2 = {account.copied:,} copied"
            f" + {account.quarantined:,} in quarantine; {verdict}"
        )
        if not account.holds:
            typer.echo(
                f"    not as v2 has it now: {account.changed_at_source:,}; wrong or missing in v3:"
                f" {account.wrong_in_target:,}; in v3 and never copied:"
                f" {account.unknown_in_target:,}; {', '.join(account.examples)}"
            )
        for reason, rows in found.reasons.get(account.flow, {}).items():
            typer.echo(f"    {reason}: {rows:,}")
    for table, rows in {**found.homeless, **found.verbatim_changed}.items():
        if rows:
            typer.echo(f"{table}: {rows:,} rows are not accounted for")
    typer.echo(f"{found.totals_compared:,} sums per symbol and day compared")
    for wrong in found.discrepancies:
        typer.echo(
            f"    {wrong.flow} {wrong.symbol} {wrong.day} {wrong.what}: v2 {wrong.source}, v3 and"
            f" quarantine {wrong.arrived}"
        )
    typer.echo("every row and every sum is accounted for" if found.holds else "NOT accounted for")


def _write(path: Path | None, found: dict[str, Any]) -> None:
    if path is not None:
        try:
            path.write_text(json.dumps(found, indent=1, default=str) + "\n", "utf-8")
        except OSError as error:
            raise MigrationError(
                f"{path} cannot be written: {error}; give another --json"
            ) from error
