"""`python -m readiness.chaos`: simulated sessions with faults, seed after seed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from readiness.chaos.campaign import Campaign, quiet, replay_command, run_campaign

_console = Console()


def main(
    seeds: Annotated[int, typer.Option(min=1, help="How many sessions.")] = 20,
    first_seed: Annotated[int, typer.Option(min=0, help="The seed of the first one.")] = 1,
    seconds: Annotated[
        float, typer.Option(min=360, help="Length of a session; the market runs 8 times as fast.")
    ] = 1800,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    faults: Annotated[str, typer.Option(help="Only these, such as F1,F7; empty for all.")] = "",
) -> None:
    """Exit with 1 when an invariant broke, and print how to see it again."""
    quiet()
    wanted = [name.strip() for name in faults.split(",") if name.strip()]
    columns = (TextColumn("simulated sessions"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=_console) as progress:
        task = progress.add_task("", total=seeds)
        campaign = run_campaign(
            range(first_seed, first_seed + seeds),
            seconds,
            wanted or None,
            jobs,
            lambda: progress.advance(task),
        )
    _console.print(_table(campaign))
    rate = campaign.took_s / campaign.sessions
    _console.print(
        f"{campaign.sessions} sessions of {seconds * 8 / 3600:.1f} market hours,"
        f" {campaign.entries} opening and {campaign.exits} closing fills,"
        f" longest time without a stop {campaign.worst_bare_s:.0f} s;"
        f" {campaign.took_s:.0f} s, {rate:.1f} s each"
    )
    for outcome in campaign.failed:
        _console.print(f"[bold red]seed {outcome.seed}[/]: {replay_command(outcome.seed, seconds)}")
        for text in outcome.violations:
            _console.print(f"  {text}", markup=False, soft_wrap=True)
    verdict = "no invariant broken" if not campaign.failed else f"{len(campaign.failed)} broken"
    _console.print(verdict)
    sys.exit(1 if campaign.failed else 0)


def _table(campaign: Campaign) -> Table:
    table = Table(title="what really struck")
    for title in ("fault", "times", "sessions"):
        table.add_column(title, justify="left" if title == "fault" else "right")
    for name, times in sorted(campaign.hits.items()):
        table.add_row(name, str(times), str(campaign.sessions_hit[name]))
    return table


if __name__ == "__main__":
    typer.run(main)
