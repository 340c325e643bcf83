"""`python -m readiness.mutants`: seeds the defects, tells what each check saw, and keeps it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from bot_trading.errors import BotTradingError
from bot_trading.storage.embedded import database_url
from readiness.check import Recall
from readiness.mutants.campaign import NotClean, Result, run_campaign
from readiness.mutants.forms import NEED_DATABASE
from readiness.mutants.kept import FILE, Ledger
from readiness.mutants.mutant import Tried
from readiness.mutants.rules import Rules, RulesRefused, read_rules
from readiness.mutants.tree import EditRefused
from readiness.settings import SettingsRefused, read_settings
from readiness.verdict import recall_lower_bound

__all__ = ["main"]

ROOT = Path(__file__).resolve().parents[2]
COULD_NOT_RUN = 3
_console = Console(highlight=False)


def main(
    check: Annotated[
        list[str] | None, typer.Option(help="Only this check; may be given again.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Which mutants are drawn.")] = 1,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Try so many of them, drawn by the seed.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Trials at a time.")] = 2,
    keep_it: Annotated[
        bool,
        typer.Option("--keep", help="Keep each trial for the verdict; try only what is not kept."),
    ] = False,
    root: Annotated[Path, typer.Option(help="The checkout to copy and change.")] = ROOT,
) -> None:
    """Exit with 0 when every mutant was caught, 1 when some survived, 3 when it could not run."""
    if keep_it and sample is not None:
        _refuse("a sample is no measurement: leave out --sample or --keep")
    # Asked to end, it takes its copies of the tree away first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(COULD_NOT_RUN))
    try:
        known = read_rules()
        bound_ratio = read_settings(root / "config/readiness.yaml").verdict.recall_bound_ratio
        chosen = _chosen(check, known)
        with ExitStack() as stack:
            if NEED_DATABASE & {each.check for each in chosen}:
                os.environ["DATABASE_URL"] = stack.enter_context(database_url(os.environ))
            ledger = Ledger(root) if keep_it else None
            results = _run(root, chosen, seed, jobs, sample, ledger)
        if keep_it:
            _console.print(f"kept in {FILE}")
    except (
        *(NotClean, EditRefused, RulesRefused, SettingsRefused, BotTradingError),
        *(OSError, ValueError),
    ) as error:
        _refuse(str(error))
    _show(results, bound_ratio)
    sys.exit(1 if any(result.survivors for result in results) else 0)


def _chosen(names: Sequence[str] | None, known: dict[str, Rules]) -> list[Rules]:
    for name in names or ():
        if name not in known:
            _refuse(f"no mutants are made for {name!r}; there are {', '.join(known)}")
    return [rules for name, rules in known.items() if not names or name in names]


def _run(
    root: Path,
    rules: list[Rules],
    seed: int,
    jobs: int,
    sample: int | None,
    ledger: Ledger | None,
) -> list[Result]:
    done = 0
    began_s = time.monotonic()

    def tell(tried: Tried) -> None:
        nonlocal done
        done += 1
        mutant = tried.mutant
        line = f"{done:4} {time.monotonic() - began_s:6.0f} s  {tried.fate:<8} {mutant.check}:"
        style = None if tried.fate.is_caught else "bold red"
        said = f"{mutant.name} ({' '.join(tried.said.split())[:160]})"
        _console.print(f"{line} {said}", style=style, markup=False, soft_wrap=True)

    _console.print(f"seed {seed}, {jobs} at a time; checks: {', '.join(r.check for r in rules)}")
    return run_campaign(root, rules, seed=seed, jobs=jobs, sample=sample, tell=tell, ledger=ledger)


def _show(results: Sequence[Result], bound_ratio: float) -> None:
    """Kill rates with their bounds, then the survivors by name."""
    table = Table(title="mutants")
    for title in ("check", "seeded", "drawn", "caught", "at least"):
        table.add_column(title, justify="left" if title == "check" else "right")
    for result in results:
        if result.tried:
            recall = Recall(caught=result.caught, seeded=len(result.tried))
            bound = f"{recall_lower_bound(recall, bound_ratio):.0%}"
            counts = (len(result.tried), result.drawn, result.caught)
            table.add_row(result.check, *map(str, counts), bound)
    _console.print(table)
    for result in results:
        for survivor in result.survivors:
            _console.print(
                f"{survivor.fate}: {result.check}: {survivor.mutant.name} ({survivor.said})",
                markup=False,
                soft_wrap=True,
            )


def _refuse(sentence: str) -> NoReturn:
    _console.print(f"could not run: {sentence}", markup=False, soft_wrap=True)
    sys.exit(COULD_NOT_RUN)
