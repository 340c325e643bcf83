"""The settings of arbitrage: what contradicts itself is refused with the key and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading.errors import ConfigError
from bot_trading.settings import DEFAULT_CONFIG, Settings, core_config, load


def _written(tmp_path: Path, traded: list[str] | None = None, **changed: Any) -> Path:
    """The shipped configuration with arbitrage turned on and these parts of it changed."""
    data = yaml.safe_load(DEFAULT_CONFIG.read_text(encoding="utf-8"))
    data["strategy"]["source"] = "arbitrage"
    data["trading"]["exchanges"] = traded or ["bybit", "binance"]
    data["strategy"]["arbitrage"] |= changed
    path = tmp_path / "bot.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def _loaded(tmp_path: Path, **changed: Any) -> Settings:
    return load(_written(tmp_path, **changed))


def test_the_shipped_section_trades_pairs(tmp_path: Path) -> None:
    """No rule forms opinions then, and the legs have neither ladder nor target."""
    config = core_config(_loaded(tmp_path), "test")
    spec = config.arbitrage
    assert spec is not None
    assert spec.exchanges == ("bybit", "binance")
    assert str(spec.taker_fee_ratio["bybit"]) == "0.00055"
    assert (spec.bounds.settle_us, spec.bounds.one_sided_max_us) == (300_000, 3_000_000)
    assert (config.momentum, config.exits, config.short_exits) == (None, None, None)


def test_other_sources_trade_no_pairs() -> None:
    """The section alone turns nothing on."""
    assert core_config(load(), "test").arbitrage is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exchanges": ["bybit", "bybit"]}, "a pair has its two sides there"),
        ({"exchanges": ["bybit", "okx"]}, "a pair has its two sides there"),
        ({"taker_fee_bps": {"bybit": 5}}, "names no fee of binance"),
        ({"settle_ms": 3000}, "settle_us lies between 0 and one_sided_max_us"),
        ({"loss_max_usdt": 0}, "strategy.arbitrage.loss_max_usdt"),
        ({"entry_net_min_bps": 0}, "strategy.arbitrage.entry_net_min_bps"),
        ({"one_sided_ms": 5}, "this key is not known"),
        ({"exchanges": ["bybit"]}, "strategy.arbitrage.exchanges"),
    ],
)
def test_what_contradicts_is_refused(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    """One sentence names the key and says what is wrong."""
    with pytest.raises(ConfigError, match=reason):
        _loaded(tmp_path, **changed)


def test_one_account_cannot_stand_on_both_sides(tmp_path: Path) -> None:
    """With one exchange traded and named twice, the reason is the account."""
    path = _written(tmp_path, traded=["bybit"], **{"taker_fee_bps": {"bybit": 5}})
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    data["strategy"]["arbitrage"]["exchanges"] = ["bybit", "bybit"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(ConfigError, match="the same account on bybit stands on both sides"):
        load(path)


def test_a_missing_section_is_named(tmp_path: Path) -> None:
    """Turned on without its section, the configuration is refused."""
    path = _written(tmp_path)
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    del data["strategy"]["arbitrage"]
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(ConfigError, match="there is no section"):
        load(path)
