"""The page for the person who signs: the answer first, then its reasons, then the evidence.

One file that needs nothing else: styles and plots stand in it, and no script runs.
"""

from __future__ import annotations

import io
import math
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

__all__ = ["as_html", "confidence_figure", "performance_figure"]

_TEMPLATE = Path(__file__).with_name("page.html.j2")
_PLOTS_A_LINE = 4  # More would write their titles over each other.
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
    figure = confidence_figure(powers, demanded_percent)
    return _svg(figure) if figure is not None else Markup()


def confidence_figure(powers: tuple[Power, ...], demanded_percent: int) -> Figure | None:
    """The bars with their numbers, never rounded up; None without a critical check."""
    if not powers:
        return None
    from matplotlib.figure import Figure  # Takes a second, which only a report has.

    ordered = sorted(powers, key=lambda power: (-power.ratio, power.check))
    figure = Figure(figsize=(7, 0.6 + 0.34 * len(ordered)), layout="constrained")
    axes = figure.subplots()
    percents = [power.ratio * 100 for power in ordered]
    colours = ["#2b7a4b" if p >= demanded_percent else "#b3541e" for p in percents]
    bars = axes.barh([power.check for power in ordered], percents, color=colours)
    axes.bar_label(bars, labels=[f"{math.floor(p)} %" for p in percents], padding=3)
    axes.axvline(demanded_percent, color="#333333", linestyle="--", linewidth=1)
    axes.set_xlim(0, 112)
    axes.set_xlabel(f"would have been seen, %; READY takes {demanded_percent}")
    return figure


def _performance(report: Report) -> Markup:
    figure = performance_figure(report)
    return _svg(figure) if figure is not None else Markup()


def performance_figure(report: Report) -> Figure | None:
    """v2 beside v3 for each measure whose values are numbers of one unit; None without any."""
    rows = []
    for name, values in report.performance.items():
        old, new = (_NUMBER.match(values.get(side, "")) for side in ("v2", "v3"))
        if old is not None and new is not None and old[2] == new[2]:
            unit = old[2].strip()
            title = f"{name.replace('_', ' ')}\n{unit}".strip()
            rows.append((title, float(old[1]), float(new[1])))
    if not rows:
        return None
    from matplotlib.figure import Figure

    lines = math.ceil(len(rows) / _PLOTS_A_LINE)
    figure = Figure(figsize=(7, 2.3 * lines), layout="constrained")
    places = figure.subplots(lines, _PLOTS_A_LINE, squeeze=False).flatten()
    for axes, (title, old_value, new_value) in zip(places, rows, strict=False):
        bars = axes.bar(["v2", "v3"], [old_value, new_value], color=["#8a8f98", "#1f5fa8"])
        axes.bar_label(bars, fmt="%g", padding=2)
        axes.margins(y=0.2)  # Room for the number above the higher one.
        axes.set_title(title, fontsize=8)
    for axes in places[len(rows) :]:
        axes.set_axis_off()
    return figure


def _svg(figure: Figure) -> Markup:
    """The figure as SVG that stands in a page; its labels are text, which matplotlib escapes."""
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "readiness", "svg.fonttype": "path"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    return Markup(drawn[drawn.index("<svg") :])  # noqa: S704
