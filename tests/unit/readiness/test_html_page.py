"""The page for the person who signs: the answer first, everything escaped, nothing from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from matplotlib.backends.backend_agg import FigureCanvasAgg

from readiness.check import CheckResult, Evidence, Finding, Outcome, Recall, Severity
from readiness.history import Comparison
from readiness.html_page import as_html, confidence_figure, performance_figure
from readiness.report import Report
from readiness.settings import VerdictRules
from readiness.verdict import Power, judge

RULES = VerdictRules(confidence_min_percent=80, coverage_min_ratio=0.95, recall_bound_ratio=0.95)
RESULTS = (
    CheckResult(
        name="Data <b>",
        outcome=Outcome.PASSED,
        is_critical=True,
        coverage_ratio=1.0,
        recall=Recall(caught=60, seeded=60),
        evidence=(Evidence(what="rows", measured="12 & more", limit="12", source="SELECT 1"),),
    ),
    CheckResult(
        name="Code",
        outcome=Outcome.FAILED,
        is_critical=True,
        coverage_ratio=0.5,
        findings=(
            Finding(
                rule_id="D01",
                severity=Severity.CRITICAL,
                message="<script>alert(1)</script>",
                fix='Await "it"',
            ),
        ),
    ),
    CheckResult(name="Speed", outcome=Outcome.BLOCKED, is_critical=False, reason="too noisy"),
)
REPORT = Report(
    scope="full",
    started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    ended_at=datetime(2026, 1, 2, 3, 9, 5, tzinfo=UTC),
    environment={"python": "3.11.7"},
    verdict=judge(RESULTS, RULES),
    results=RESULTS,
    performance={"signal_latency": {"v2": "100ms", "v3": "45ms", "improvement": "55%"}},
)


class Reader(HTMLParser):
    """Collects the tags and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag, and what it would load or lead to."""
        self.tags.append(tag)
        self.links += [f"{tag} {value}" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        """Remember words."""
        self.words.append(data.strip())


def read(report: Report) -> Reader:
    """The page as a browser takes it apart."""
    reader = Reader()
    reader.feed(as_html(report, 80))
    return reader


def test_the_answer_comes_first() -> None:
    """Verdict, risk and confidence stand before everything else, then the issues with fixes."""
    words = " ".join(word for word in read(REPORT).words if word)
    places = [
        words.index(part)
        for part in (
            "Risk CRITICAL",
            "confidence 0%",
            "Why not more confident",
            "Critical issues: 2",
            'Await "it"',
            "v2 against v3",
            "45ms",
            "Evidence",
            "12 & more",
        )
    ]
    assert places == sorted(places)


def test_nothing_that_a_check_says_becomes_markup() -> None:
    """A message with tags is text; no script and nothing from elsewhere is loaded."""
    reader = read(REPORT)
    assert "script" not in reader.tags
    assert any("<script>alert(1)</script>" in word for word in reader.words)
    outside = [link for link in reader.links if not re.fullmatch(r"use None|\w+ #.*", link)]
    assert outside == []


def test_a_failed_check_is_shown_before_a_passed_one() -> None:
    """Evidence is ordered by what needs eyes: failed, blocked, passed."""
    page = as_html(REPORT, 80)
    evidence = page[page.index("<h2>Evidence") :]
    order = re.findall(r'<summary><span class="(\w+)">', evidence)
    assert order == ["FAILED", "BLOCKED", "PASSED"]


def test_both_plots_are_drawn_from_the_report() -> None:
    """One plot for the confidence and one for the speed; without numbers there is none."""
    assert read(REPORT).tags.count("svg") == 2
    bare = replace(
        REPORT,
        performance={"signal_latency": {"v2": "unknown", "v3": "45ms"}},
        results=(),
        verdict=judge((), RULES),
    )
    assert read(bare).tags.count("svg") == 0
    unmeasured = " ".join(read(replace(bare, performance={})).words)
    assert "Not measured in this run." in unmeasured


def test_no_plot_is_written_over_another() -> None:
    """Every title lies inside the figure and beside the next one, every number inside its frame."""
    row = {"v2": "1234.5 orders/s", "v3": "999 orders/s"}
    names = [f"signal_latency_p99_{number}" for number in range(7)]
    figure = performance_figure(replace(REPORT, performance=dict.fromkeys(names, row)))
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    frames = [axes for axes in figure.axes if axes.axison]
    titles = [axes.title.get_window_extent() for axes in frames]
    assert len(titles) == len(names)
    for place, title in enumerate(titles):
        assert figure.bbox.x0 <= title.x0 < title.x1 <= figure.bbox.x1
        assert not any(title.overlaps(other) for other in titles[place + 1 :])
    for axes in frames:
        assert all(axes.bbox.y1 > text.get_window_extent().y1 for text in axes.texts)


def test_no_power_is_rounded_up() -> None:
    """The bar says what the verdict says: 79.9 is not the 80 that READY takes."""
    figure = confidence_figure((Power(check="a", ratio=0.799, why="few"),), 80)
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].texts] == ["79 %"]


def test_less_than_a_full_run_says_so_at_the_top() -> None:
    """A quick report cannot unlock anything, and its reader sees that first."""
    page = as_html(replace(REPORT, scope="quick"), 80)
    assert page.index("Only a full report") < page.index("Why not more confident")
    assert "Only a full report" not in as_html(REPORT, 80)


def test_the_history_is_told() -> None:
    """New and fixed issues are named with their numbers."""
    history = Comparison(
        since="2026-01-01", folder="r", new=("Code: a",), fixed=(), still_open=("b",), undecided=()
    )
    words = " ".join(read(replace(REPORT, history=history)).words)
    assert "New 1, fixed 0, still open 1, undecided 0." in words
    assert "Code: a" in words


def test_the_same_report_gives_the_same_page() -> None:
    """No date and no chance is in a plot."""
    assert as_html(REPORT, 80) == as_html(REPORT, 80)
