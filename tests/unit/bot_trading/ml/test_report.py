"""The page says what the report says, in words and numbers, and is the same for the same report."""

from __future__ import annotations

import copy
from typing import Any

import jinja2
import pytest

from bot_trading.ml.report import render_html

SIDE: dict[str, Any] = {
    "rows": 1_000,
    "base_rate": 0.25,
    "mean_probability": 0.26,
    "auc": 0.61,
    "brier": 0.18,
    "brier_skill": {"value": 0.034, "low": 0.021, "high": 0.047},
    "ece": 0.012,
    "curve": [[500, 0.2, 0.19], [500, 0.3, 0.31]],
}
TRADES: dict[str, Any] = {
    "trades": 12,
    "net_per_trade_bps": -9.5,
    "net_per_trade_low_bps": -14.0,
    "net_per_trade_high_bps": -2.0,
    "net_sum_bps": -114.0,
    "winners": 0.4,
    "longs": 0.5,
}
SPAN = {"from_us": 1_758_672_000_000_000, "until_us": 1_769_904_000_000_000}
QUALITY = ("gaps", "missing", "repeated", "impossible", "non_finite", "zero_volume")


def report() -> dict[str, Any]:
    symbols = {"BTCUSDT": {"long": SIDE, "short": SIDE}}
    return copy.deepcopy(
        {
            "model_version": "300s-900s-aaaa",
            "model_sha256": "ab" * 32,
            "command": "python -m bot_trading.ml train <b>",
            "seed": 7,
            "quality": {"BTCUSDT": {"rows": 72_000, **dict.fromkeys(QUALITY, 0)}},
            "spans": {"learn": SPAN, "test": SPAN},
            "rows": {"learn": 900, "learn_before_thinning": 2_700, "test": 1_000},
            "uniqueness": {"learn_mean": 1.0, "test_mean": 0.33},
            "folds": [
                {"ask_from_us": 0, "ask_until_us": 1, "learn_rows": 5, "long": SIDE, "short": SIDE}
            ],
            "test": {
                "long": SIDE,
                "short": SIDE,
                "looked_at": 1,
                "per_symbol": symbols,
                "horizons": [
                    {
                        "horizon_s": 43_200,
                        "rows": 77,
                        "direction_auc": 0.5123,
                        "rank_correlation": None,
                    }
                ],
                "direction_auc": {
                    "value": 0.53,
                    "daily_mean": 0.53,
                    "daily_low": 0.52,
                    "daily_high": float("nan"),
                },
            },
            "pnl": {
                "threshold": 0.44,
                "entry_min_ratio": None,
                "model": TRADES,
                "shuffled": TRADES,
                "always_long": TRADES,
                "moving_average": TRADES,
                "held_long": {"symbols": 1, "net_mean_bps": 120.0},
            },
            "shuffled": {"long": {"auc": 0.5}, "short": {"auc": 0.51}},
            "leaks": [
                {"name": "overlap", "passed": True, "measured": "0", "limit": "0"},
                {"name": "shuffled", "passed": False, "measured": "0.2", "limit": "0.03"},
            ],
            "importance": {
                "stability": None,
                "used": 1,
                "features": [{"name": "atr_7", "share": 1.0, "fold_min": 0.8, "fold_max": 1.0}],
            },
            "validation": {
                "thresholds": [
                    {"ratio": 0.44, "trades": 12, **{k: TRADES[k] for k in list(TRADES)[1:4]}}
                ]
            },
        }
    )


def test_numbers_and_words_are_on_the_page() -> None:
    """Skill with its interval, net results, dates, a failed leak test and the verdict are shown."""
    page = render_html(report())
    assert "720 min" in page
    assert "0.5123" in page
    for words in ("3.40 %", "2.10 % to 4.70 %", "-9.50", "2025-09-24 00:00", "atr_7", "72,000"):
        assert words in page
    assert 'class="bad">FAILED' in page
    assert "by default no entry follows it" in page
    assert "unknown" in page


def test_a_threshold_changes_the_verdict() -> None:
    """A model with an edge says from which probability entries follow."""
    found = report()
    found["pnl"]["entry_min_ratio"] = 0.61
    assert "Entries follow from a probability of 0.6100 on" in render_html(found)


def test_the_page_repeats_and_escapes() -> None:
    """The same report gives the same bytes, and nothing in it becomes markup."""
    page = render_html(report())
    assert page == render_html(report())
    assert "train &lt;b&gt;" in page
    assert "<script" not in page
    assert page.count("<svg") == 3


def test_a_report_that_lacks_something_is_not_drawn() -> None:
    """A missing number stops the page instead of leaving a hole."""
    found = report()
    del found["test"]["looked_at"]
    with pytest.raises(jinja2.UndefinedError, match="looked_at"):
        render_html(found)
