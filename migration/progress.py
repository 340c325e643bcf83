"""How a run is shown: a bar per stream with its rate and the time left, on standard error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from migration.copying import Advance

__all__ = ["shown"]


class _Rate(ProgressColumn):
    """Rows per second."""

    def render(self, task: Task) -> Text:
        """The rate of one stream, or nothing before its first batch."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} rows/s" if speed else "")


@contextmanager
def shown(console: Console, totals: Mapping[str, int]) -> Iterator[Advance]:
    """Bars for the streams of `totals` (rows each); yields what is told of each batch."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[kept]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks = {
            name: progress.add_task(name, total=total, start=False, kept="")
            for name, total in totals.items()
        }
        kept_out = dict.fromkeys(totals, 0)

        def advance(name: str, copied: int, quarantined: int) -> None:
            kept_out[name] += quarantined
            task = tasks[name]
            progress.start_task(task)
            kept = f"{kept_out[name]:,} in quarantine" if kept_out[name] else ""
            progress.update(task, advance=copied + quarantined, kept=kept)

        yield advance
