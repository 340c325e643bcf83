"""The risk sections: each wrong limit is refused with the sentence that mends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading import settings
from bot_trading.errors import ConfigError
from bot_trading.risk_settings import RiskSettings, risk_limits, risk_plan
from tests.builders.core import d

SYMBOLS = ("BTCUSDT", "ETHUSDT")


def _load(section: str, **changes: Any) -> settings.Settings:
    data = settings.load().model_dump()
    data[section] |= changes
    return settings.Settings.model_validate(data)


def _refusal(section: str, **changes: Any) -> str:
    chosen = _load(section, **changes)
    with pytest.raises(ConfigError) as caught:
        settings.core_config(chosen, "a")
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("drawdown_max_ratio", 10, "a ratio is at most 1, so that 10 percent are 0.1"),
        ("drawdown_max_ratio", d("1.01"), "write 0.0101 if percent were meant"),
        ("free_margin_min_ratio", 20, "a ratio is at most 1"),
        ("flash_crash_percent", d("0.05"), "three percent are 3 and not 0.03"),
        ("flash_crash_percent", d("50.1"), "percent lie between 0.1 and 50"),
        ("spread_max_bps", d("0.5"), "one percent is 100"),
        ("price_collar_bps", 5001, "one percent is 100"),
        ("leverage_max", 0, "risk.leverage_max is 0: a limit must be above zero"),
        ("executions_max", -3, "risk.executions_max is -3: a limit must be above zero"),
        ("position_exposure_max_usdt", 9000, "is above risk.symbol_exposure_max_usdt"),
        ("group_exposure_max_usdt", 12001, "is above risk.total_exposure_max_usdt"),
        ("exchange_exposure_max_usdt", 12001, "is above risk.total_exposure_max_usdt"),
        ("value_at_risk_max_usdt", 751, "is above risk.expected_shortfall_max_usdt"),
        ("value_at_risk_max_usdt", -1, "risk.value_at_risk_max_usdt is -1: a limit must be above"),
        ("expected_shortfall_max_usdt", 12001, "is above risk.total_exposure_max_usdt"),
        ("estimated_group_exposure_max_usdt", 12001, "is above risk.total_exposure_max_usdt"),
        ("estimated_group_exposure_max_usdt", 7999, "is above risk.estimated_group_exposure_max"),
        ("depth_min_ratio", 10, "a ratio is at most 1, so that 10 percent are 0.1"),
        ("depth_min_ratio", 0, "risk.depth_min_ratio is 0: a limit must be above zero"),
        ("model_age_max_s", 0, "risk.model_age_max_s is 0: a limit must be above zero"),
        ("returns_age_max_s", 7199, "is below 7200: the newest return is as old as a candle"),
        ("daily_loss_max_usdt", 1501, "is above risk.weekly_loss_max_usdt"),
        ("price_collar_bps", 301, "is above risk.price_move_collar_bps"),
        ("order_quantity_max", {}, "order_quantity_max is empty"),
        ("order_quantity_max", {"BTCUSDT": 1}, "names no limit for ETHUSDT"),
        (
            "order_quantity_max",
            {"BTCUSDT": 1, "ETHUSDT": 1, "BTCUSD": 1},
            "names BTCUSD, which is not in trading.symbols",
        ),
        ("order_quantity_max", {"BTCUSDT": 0, "ETHUSDT": 1}, "order_quantity_max.BTCUSDT is 0"),
        ("correlation_groups", {"majors": ["XRPUSDT"]}, "correlation_groups.majors names XRPUSDT"),
        ("day_time_zone", "Mars/Olympus", "is no time zone: write one of the IANA names"),
    ],
)
def test_a_wrong_limit_is_refused_with_what_mends_it(key: str, value: Any, words: str) -> None:
    """Wrong unit, zero, negative, contradictory, or naming what is not traded."""
    assert words in _refusal("risk", **{key: value})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"returns_min": 501}, "risk.book.returns_min 501 is above risk.book.returns_max 500"),
        (
            {"returns_min": 99},
            "returns_min 99 is too few for risk.book.confidence_ratio 0.99: none would lie in the "
            "tail; at least 100 are needed",
        ),
        ({"confidence_ratio": d("0.999")}, "at least 1000 are needed"),
    ],
)
def test_a_past_that_tells_nothing_is_refused(changes: dict[str, Any], words: str) -> None:
    """Too short for its confidence, or shorter than its own least."""
    book = settings.load().risk.book.model_dump() | changes
    assert words in _refusal("risk", book=book)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("confidence_ratio", 99, "risk.book.confidence_ratio: Input should be less than or equal"),
        ("confidence_ratio", d("0.5"), "risk.book.confidence_ratio: Input should be greater than"),
        ("horizon_s", 60_000, "risk.book.horizon_s: Input should be 60, 300, 900, 3600, 14400 or"),
        ("correlation_min_ratio", 60, "risk.book.correlation_min_ratio"),
        ("returns_max", -1, "risk.book.returns_max: Input should be greater than or equal to 20"),
        ("correlation_every_s", 60, "risk.book.correlation_every_s: Input should be greater than"),
        ("horizon_h", 1, "risk.book.horizon_h: this key is not known"),
    ],
)
def test_a_wrong_way_to_measure_is_refused(
    tmp_path: Path, key: str, value: Any, words: str
) -> None:
    """In the wrong unit, out of its range, or unknown: by the file as a person writes it."""
    data = settings.load().model_dump(mode="json")
    data["risk"]["book"][key] = value if isinstance(value, int) else float(value)
    file = tmp_path / "bot.yaml"
    file.write_text(yaml.safe_dump(data))
    with pytest.raises(ConfigError) as caught:
        settings.load(file)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", sorted(RiskSettings.model_fields))
def test_no_limit_may_be_missing(name: str) -> None:
    """Every key of the section is required."""
    data = settings.load().model_dump()
    del data["risk"][name]
    with pytest.raises(ValueError, match=f"risk.{name}"):
        settings.Settings.model_validate(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("drawdown_max_ratio", 1),
        ("flash_crash_percent", d("0.1")),
        ("flash_crash_percent", 50),
        ("price_collar_bps", 300),
        ("daily_loss_max_usdt", 1500),
        ("value_at_risk_max_usdt", 750),
        ("returns_age_max_s", 7200),
        ("estimated_group_exposure_max_usdt", 8000),
        ("group_exposure_max_usdt", 8000),
    ],
)
def test_a_bound_itself_is_allowed(key: str, value: Any) -> None:
    """At the limit is inside."""
    assert settings.core_config(_load("risk", **{key: value}), "a")


def test_bounds_of_confidence_have_their_order() -> None:
    """A floor at or above the full size would size nothing or everything."""
    words = _refusal("sizing", confidence_floor_ratio=d("0.6"))
    assert "sizing.confidence_floor_ratio 0.6 is not below" in words


def test_the_limits_of_the_file_are_those_of_the_core() -> None:
    """No name is lost on the way."""
    chosen = settings.load()
    limits = risk_limits(chosen.risk, SYMBOLS)
    plan = risk_plan(chosen.risk, chosen.sizing, SYMBOLS, d(3))
    assert limits.order_quantity_max["BTCUSDT"] == d("0.5")
    assert (str(plan.day_zone), plan.leverage) == ("UTC", 3)
    assert plan.group_of("BTCUSDT") == {"BTCUSDT", "ETHUSDT"}
    assert (plan.book.confidence_ratio, plan.book.returns_min) == (d("0.99"), 100)
    assert plan.sizing is not None
    assert plan.sizing.kelly_cap_ratio == d("0.25")
