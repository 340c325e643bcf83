"""The section `enhanced_sltp`: what it declares, and how what cannot be meant is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading import settings
from bot_trading.errors import ConfigError
from bot_trading.sltp.policy import LadderExecution, TrailingType
from bot_trading.sltp_settings import SltpSettings, exit_policy
from tests.builders.core import d

SECTION: dict[str, Any] = yaml.safe_load(settings.DEFAULT_CONFIG.read_text("utf-8"))[
    "enhanced_sltp"
]


def _file(folder: Path, changes: dict[str, Any]) -> Path:
    """The default configuration with parts of this section changed."""
    data = yaml.safe_load(settings.DEFAULT_CONFIG.read_text("utf-8"))
    data["enhanced_sltp"] |= changes
    path = folder / "bot.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_the_default_is_the_ladder_that_users_were_promised() -> None:
    """20 % at +1.2 %, 30 % at +2.4 %, break-even at +0.8 %, trailing from +3 % on."""
    policy = exit_policy(settings.load().enhanced_sltp)
    assert policy is not None
    ladder, protection = policy.partial_take_profit, policy.profit_protection
    assert ladder is not None
    assert [(level.percent, level.close_ratio) for level in ladder.levels] == [
        (d("1.2"), d("0.2")),
        (d("2.4"), d("0.3")),
    ]
    assert ladder.execution is LadderExecution.RESTING
    assert protection is not None
    assert protection.breakeven_percent == d("0.8")
    assert policy.trailing_stop is not None
    assert policy.trailing_stop.kind is TrailingType.PERCENTAGE
    assert policy.trailing_stop.activation_percent == 3
    assert policy.time_adjustment is not None
    assert policy.time_adjustment.tighten_after_s == 7200


def test_without_parts_there_is_no_policy() -> None:
    """A stop, a target and a horizon need none."""
    plain = {name: SECTION[name] for name in ("stop_loss_percent", "take_profit_percent")}
    assert exit_policy(SltpSettings.model_validate(plain | {"horizon_s": 900})) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"partial_take_profit": SECTION["partial_take_profit"] | {"levels": []}},
            "enhanced_sltp.partial_take_profit.levels is empty",
        ),
        (
            {
                "partial_take_profit": SECTION["partial_take_profit"]
                | {"levels": [{"percent": 0.012, "close_ratio": 0.2}]}
            },
            "levels: level 1 percent is 0.012: that looks like a fraction",
        ),
        (
            {
                "partial_take_profit": SECTION["partial_take_profit"]
                | {"levels": [{"percent": 1.2, "close_ratio": 0.8}] * 2}
            },
            "level 2 close_ratio is 0.8: with it the levels close 1.6",
        ),
        (
            {"profit_protection": SECTION["profit_protection"] | {"breakeven_percent": 1.5}},
            "profit_protection.breakeven_percent is 1.5: above the first target",
        ),
        (
            {"trailing_stop": SECTION["trailing_stop"] | {"type": "atr"}},
            "trailing_stop.distance_percent is 1.0: a trailing stop by atr ignores it",
        ),
        (
            {"trailing_stop": SECTION["trailing_stop"] | {"type": "magic"}},
            "enhanced_sltp.trailing_stop.type: ",
        ),
        (
            {"partial_take_profit": SECTION["partial_take_profit"] | {"execution": "later"}},
            "enhanced_sltp.partial_take_profit.execution: ",
        ),
        (
            {"time_adjustment": {"tighten_after_ratio": 1, "tighten_ratio": 0.5}},
            "enhanced_sltp.time_adjustment.tighten_after_ratio: ",
        ),
        (
            {"volatility_adjustment": {"calm_below_atr_percent": 0.1}},
            "enhanced_sltp.volatility_adjustment.tighten_ratio: this setting is missing",
        ),
        ({"ladders": {}}, "enhanced_sltp.ladders: this key is not known"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_with_its_file(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """It names level and field, and nothing is loaded."""
    path = _file(tmp_path, changes)
    with pytest.raises(ConfigError) as caught:
        settings.load(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert words in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "part",
    [
        {"type": "fixed", "distance_usdt": 150},
        {"type": "atr", "atr_multiple": 3},
        {"type": "adaptive", "distance_percent": 1, "atr_reference_percent": 0.1},
    ],
)
def test_every_type_of_trailing_stop_can_be_declared(tmp_path: Path, part: dict[str, Any]) -> None:
    """Each with what it measures by."""
    shared = {
        name: value
        for name, value in SECTION["trailing_stop"].items()
        if name not in ("type", "distance_percent")
    }
    loaded = settings.load(_file(tmp_path, {"trailing_stop": shared | part}))
    policy = exit_policy(loaded.enhanced_sltp)
    assert policy is not None
    assert policy.trailing_stop is not None
    assert policy.trailing_stop.kind == part["type"]


NATIVE = {
    name: value for name, value in SECTION["trailing_stop"].items() if name != "distance_percent"
} | {"type": "fixed", "distance_usdt": 150, "native": True}


def _with_exchanges(folder: Path, names: list[str], **changes: Any) -> Path:
    path = _file(folder, {"time_adjustment": None} | changes)
    data = yaml.safe_load(path.read_text("utf-8"))
    data["trading"]["exchanges"] = names
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_on_bybit_alone_the_exchange_may_trail(tmp_path: Path) -> None:
    """For both legs, or for short ones only."""
    loaded = settings.load(_with_exchanges(tmp_path, ["bybit"], trailing_stop=NATIVE))
    policy = exit_policy(loaded.enhanced_sltp)
    assert policy is not None
    assert policy.trails_natively
    short = settings.load(
        _with_exchanges(tmp_path, ["bybit"], short_legs={"trailing_stop": NATIVE})
    )
    config = settings.core_config(short, "test")
    assert config.short_exits is not None
    assert config.exits is not None
    assert (config.exits.trails_natively, config.short_exits.trails_natively) == (False, True)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["binance"], "on binance a trailing stop"),
        (["bybit", "okx"], "on okx a trailing stop"),
        (["binance", "bybit", "okx"], "on binance and okx a trailing stop"),
    ],
)
def test_an_exchange_that_cannot_trail_a_leg_is_named(
    tmp_path: Path, names: list[str], said: str
) -> None:
    """With the reason, and what to do; also where only short legs ask for it."""
    for changes in ({"trailing_stop": NATIVE}, {"short_legs": {"trailing_stop": NATIVE}}):
        path = _with_exchanges(tmp_path, names, **changes)
        with pytest.raises(ConfigError) as caught:
            settings.load(path)
        text = str(caught.value)
        assert text.startswith(f"{path}: enhanced_sltp.trailing_stop.native is true: {said}")
        assert "which does not follow the leg; leave native out" in text
        assert "\n" not in text
