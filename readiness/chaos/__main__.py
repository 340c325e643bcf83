"""`python -m readiness.chaos`: simulated sessions with faults, seed after seed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from readiness.chaos.aimed import aimed_sessions
from readiness.chaos.campaign import Campaign, quiet, replay_command, run_campaign, told
from readiness.chaos.campaign import kill_points as points_of
from readiness.chaos.scenario import ALL, KINDS, PLACES, Scenario, draw, places_of, sweep
from readiness.chaos.session import MARKET_SPEED

_console = Console()
_EVERY, _EVERY_POINTS = "all", 10**9


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many sessions.")] = 20,
    first_seed: Annotated[int, typer.Option(min=0, help="The seed of the first one.")] = 1,
    seconds: Annotated[
        float, typer.Option(min=360, help="Length of a session; the market runs 8 times as fast.")
    ] = 1800,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    faults: Annotated[str, typer.Option(help="Only these, such as F1,F7; empty for all.")] = "",
    kill_points: Annotated[
        int, typer.Option(min=0, help="Instead: kill at so many commits, and compare with no kill.")
    ] = 0,
    kill_at: Annotated[str, typer.Option(help="Instead: one kill, such as 17:after, or all.")] = "",
    aimed: Annotated[
        bool, typer.Option("--aimed", help="Instead: the sessions aimed at single promises.")
    ] = False,
    exchange: Annotated[
        str,
        typer.Option(
            help="bybit, binance, okx, together (all at once, with failover); all: in turn."
        ),
    ] = ALL,
    json: Annotated[Path | None, typer.Option(help="Write the sums here.")] = None,
) -> None:
    """Exit with 1 when an invariant broke, and print how to see it again."""
    quiet()
    if json is not None and not json.parent.is_dir():
        raise typer.BadParameter(f"--json: the folder {json.parent} does not exist; make it first")
    try:
        place = places_of(exchange, first_seed)
    except ValueError as error:
        raise typer.BadParameter(f"--exchange: {error}") from error
    if kill_at == _EVERY:
        kill_points = _EVERY_POINTS
    if kill_at and kill_at != _EVERY:
        scenarios = [_killed_at(first_seed, seconds, kill_at, place)]
    elif aimed:
        if place not in PLACES and exchange != ALL:
            raise typer.BadParameter("--aimed: sessions are aimed at one exchange, or at all")
        scenarios = aimed_sessions(exchange)
    elif kill_points:
        # One sweep for each exchange; `kill_points` are shared out among them.
        places = PLACES if exchange == ALL else (place,)
        count = -(-kill_points // len(places))
        scenarios = [each for one in places for each in points_of(first_seed, seconds, count, one)]
    else:
        wanted = [name.strip() for name in faults.split(",") if name.strip()] or None
        chosen = range(first_seed, first_seed + seeds)
        try:
            scenarios = [draw(seed, seconds, wanted, exchange) for seed in chosen]
        except ValueError as error:
            raise typer.BadParameter(f"--faults: {error}") from error
    columns = (TextColumn("simulated sessions"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=_console) as progress:
        task = progress.add_task("", total=len(scenarios))
        campaign = run_campaign(scenarios, jobs, lambda: progress.advance(task))
    if json is not None:
        json.write_bytes(msgspec.json.encode(told(campaign)))
    _show(campaign, seconds)
    sys.exit(1 if campaign.failed else 0)


def _killed_at(seed: int, seconds: float, text: str, place: str) -> Scenario:
    found = re.fullmatch(r"(\d{1,9}):(before|after)", text)
    if found is None:
        raise typer.BadParameter(
            f"--kill-at is {text!r}, expected a commit such as 17:after, or all"
        )
    before, after = sweep(seed, seconds, [int(found[1])], place)
    return after if found[2] == "after" else before


def _show(campaign: Campaign, seconds: float) -> None:
    _console.print(_table(campaign))
    rate = campaign.took_s / campaign.sessions
    hours = seconds * MARKET_SPEED.numerator / 3600
    _console.print(
        f"{campaign.sessions} sessions of {hours:.1f} market hours,"
        f" {campaign.entries} opening and {campaign.exits} closing fills,"
        f" longest time without a stop {campaign.worst_bare_s:.0f} s;"
        f" {campaign.took_s:.0f} s, {rate:.1f} s each, {1 / rate:.2f} sessions/s,"
        f" {campaign.cpu_s / campaign.sessions:.1f} s of processor each"
    )
    played = ", ".join(f"{count} on {name}" for name, count in sorted(campaign.played.items()))
    _console.print(f"sessions: {played}")
    for outcome in campaign.failed:
        _console.print(f"[bold red]broken[/]: {replay_command(outcome.scenario)}", soft_wrap=True)
        for text in outcome.violations:
            _console.print(f"  {text}", markup=False, soft_wrap=True)
    broken = len(campaign.failed)
    _console.print(f"{broken} sessions broke an invariant" if broken else "no invariant broken")


def _table(campaign: Campaign) -> Table:
    """How often each fault struck on each exchange, and in how many sessions of it."""
    table = Table("fault", *PLACES, "elsewhere", title="what really struck: times (sessions)")
    cells: dict[str, dict[str, str]] = {}
    for kind in KINDS:  # What never struck is told too.
        cells.setdefault(kind.partition(" ")[2], {})[kind.partition(" ")[0]] = "0"
    for name, times in sorted(campaign.hits.items()):
        place, _, fault = name.partition(" ")
        known = place in PLACES
        row = cells.setdefault(fault if known else name, {})
        row[place if known else "elsewhere"] = f"{times} ({campaign.sessions_hit[name]})"
    for fault in sorted(cells, key=_by_number):
        table.add_row(fault, *(cells[fault].get(place, "") for place in (*PLACES, "elsewhere")))
    return table


def _by_number(fault: str) -> tuple[int, str]:
    """F2 before F10, and what is no fault of an exchange last."""
    found = re.match(r"F(\d+):", fault)
    return (int(found[1]) if found else 99, fault)


if __name__ == "__main__":
    typer.run(main)
