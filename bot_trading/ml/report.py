"""The report as one HTML page that needs nothing else: numbers, plots as SVG, and plain words."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

__all__ = ["render_html"]

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_FEATURES_SHOWN = 25


def render_html(report: Mapping[str, Any]) -> str:
    """The page for a report of training; the same report gives the same page."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = _number
    environment.filters["percent"] = _percent
    environment.filters["day"] = _day
    template = environment.from_string(_TEMPLATE.read_text("utf-8"))
    return template.render(
        report=report,
        calibration_svg=_svg(_calibration(report)),
        folds_svg=_svg(_folds(report)),
        importance_svg=_svg(_importance(report)),
        verdict=_verdict(report),
    )


def _verdict(report: Mapping[str, Any]) -> str:
    pnl = report["pnl"]
    if pnl["entry_min_ratio"] is None:
        return (
            "No threshold earned money on validation with an interval above zero: this model is "
            "served, and by default no entry follows it."
        )
    return (
        f"Entries follow from a probability of {pnl['entry_min_ratio']:.4f} on, the threshold with "
        "the best net result per trade on validation."
    )


def _calibration(report: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    for side in ("long", "short"):
        curve = report["test"][side]["curve"]
        axes.plot([p[1] for p in curve], [p[2] for p in curve], "o-", label=side, markersize=3)
    low, high = axes.get_xlim()
    axes.plot([low, high], [low, high], "k--", linewidth=0.8, label="perfect")
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("share that happened")
    axes.legend()
    return figure


def _folds(report: Mapping[str, Any]) -> Figure:
    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    names = [f"fold {at + 1}" for at in range(len(report["folds"]))] + ["test"]
    for side in ("long", "short"):
        values = [fold[side]["auc"] for fold in report["folds"]] + [report["test"][side]["auc"]]
        axes.plot(names, values, "o-", label=side)
    axes.axhline(0.5, color="k", linestyle="--", linewidth=0.8)
    axes.set_ylabel("AUC")
    axes.legend()
    return figure


def _importance(report: Mapping[str, Any]) -> Figure:
    features = report["importance"]["features"][:_FEATURES_SHOWN][::-1]
    figure = Figure(figsize=(8, 6))
    axes = figure.subplots()
    shares = [feature["share"] for feature in features]
    below = [max(f["share"] - f["fold_min"], 0) for f in features]
    above = [max(f["fold_max"] - f["share"], 0) for f in features]
    axes.barh([feature["name"] for feature in features], shares, xerr=[below, above])
    axes.set_xlabel("share of gain (lines: range over folds)")
    axes.tick_params(axis="y", labelsize=7)
    return figure


def _svg(figure: Figure) -> Markup:
    """The drawing as text; ids depend on what is drawn, not on the clock."""
    figure.set_layout_engine("tight")
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "report", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    drawn = text.getvalue()
    drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
    return Markup(drawn[drawn.index("<svg") :])  # noqa: S704 (made here, of our own numbers)


def _number(value: float | None, digits: int = 4) -> str:
    if value is None or value != value:
        return "unknown"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def _percent(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None or value != value else f"{value * 100:.{digits}f} %"


def _day(ts_us: int) -> str:
    return datetime.fromtimestamp(ts_us / 1e6, tz=UTC).strftime("%Y-%m-%d %H:%M")
