"""The page for the person who signs: the answer first, then its reasons, then the evidence.

One file that needs nothing else: styles and plots stand in it, and no script runs.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup

from readiness.check import CheckResult, Outcome
from readiness.report import NOT_MEASURED, Report
from readiness.verdict import Power

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["as_html"]

_TEMPLATE = Path(__file__).with_name("page.html.j2")
_NUMBER = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(\D*)$")


def as_html(report: Report, confidence_min_percent: int, folder: Path | None = None) -> str:
    """The page of a report; `confidence_min_percent` is drawn as the line that READY takes.

    Drawings that checks have left in `folder` stand in the page; one that is gone is left out.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    order = [Outcome.FAILED, Outcome.BLOCKED, Outcome.PASSED]
    took_s = (report.ended_at - report.started_at).total_seconds()
    return template.render(
        report=report,
        verdict=report.verdict,
        results=sorted(report.results, key=lambda result: order.index(result.outcome)),
        took_s=took_s,
        not_measured=NOT_MEASURED,
        confidence_svg=_confidence(report.verdict.confidence.powers, confidence_min_percent),
        performance_svg=_performance(report),
        drawings={
            result.name: list(_drawings(result, folder)) for result in report.results if folder
        },
    )


def _drawings(result: CheckResult, folder: Path) -> Iterator[tuple[str, Markup]]:
    for title, name in result.drawings.items():
        with suppress(OSError):
            yield title, Markup((folder / name).read_text("utf-8"))  # noqa: S704 (drawn by us)


def _confidence(powers: tuple[Power, ...], demanded_percent: int) -> Markup:
    """A bar for each critical check: what share of the defects it would have seen."""
    if not powers:
        return Markup()
    from matplotlib.figure import Figure  # Takes a second, which only a report has.

    ordered = sorted(powers, key=lambda power: (-power.ratio, power.check))
    figure = Figure(figsize=(7, 0.6 + 0.34 * len(ordered)), layout="constrained")
    axes = figure.subplots()
    percents = [power.ratio * 100 for power in ordered]
    colours = ["#2b7a4b" if p >= demanded_percent else "#b3541e" for p in percents]
    bars = axes.barh([power.check for power in ordered], percents, color=colours)
    axes.bar_label(bars, fmt="%.0f %%", padding=3)
    axes.axvline(demanded_percent, color="#333333", linestyle="--", linewidth=1)
    axes.set_xlim(0, 112)
    axes.set_xlabel(f"would have been seen, %; READY takes {demanded_percent}")
    return _svg(figure)


def _performance(report: Report) -> Markup:
    """v2 beside v3 for each measure whose values are numbers of one unit."""
    rows = []
    for name, values in report.performance.items():
        old, new = (_NUMBER.match(values.get(side, "")) for side in ("v2", "v3"))
        if old is not None and new is not None and old[2] == new[2]:
            rows.append((f"{name}, {old[2]}".rstrip(", "), float(old[1]), float(new[1])))
    if not rows:
        return Markup()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 2.4), layout="constrained")
    for axes, (title, old_value, new_value) in zip(
        figure.subplots(1, len(rows), squeeze=False)[0], rows, strict=True
    ):
        bars = axes.bar(["v2", "v3"], [old_value, new_value], color=["#8a8f98", "#1f5fa8"])
        axes.bar_label(bars, fmt="%g")
        axes.set_title(title, fontsize=9)
    return _svg(figure)


def _svg(figure: Figure) -> Markup:
    """The figure as SVG that stands in a page; its labels are text, which matplotlib escapes."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "readiness", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    return Markup(drawn[drawn.index("<svg") :])  # noqa: S704
