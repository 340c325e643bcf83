"""Every bad configuration is one clear sentence that names the file and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot_trading import settings
from bot_trading.errors import ConfigError
from tests.builders.core import d

REMOVED = object()


def _file(folder: Path, key: str, value: object) -> Path:
    """The default configuration with one key changed or removed, as a file."""
    data: dict[str, Any] = yaml.safe_load(settings.DEFAULT_CONFIG.read_text(encoding="utf-8"))
    *sections, last = key.split(".")
    part = data
    for section in sections:
        part = part[section]
    if value is REMOVED:
        del part[last]
    else:
        part[last] = value
    path = folder / "bot.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def _refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        settings.load(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def test_the_default_configuration_is_valid() -> None:
    """And becomes what the core decides by, in fractions and Decimals."""
    config = settings.core_config(settings.load(), "acc")
    assert config.barrier.stop_ratio == d("0.01")
    assert config.limits.order_notional_max_usdt == 2_000
    assert [str(each) for each in config.instrument_ids] == ["BTCUSDT.bybit", "ETHUSDT.bybit"]
    assert config.reach_us == (2_000 + 2_000 + 5_000) * 1_000
    assert config.momentum is not None
    assert config.momentum.horizon_s == config.barrier.horizon_s


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("trading.hedge_mod", True, "trading.hedge_mod: this key is not known"),
        ("surprise", 1, "surprise: this key is not known"),
        ("trading.hedge_mode", False, "trading.hedge_mode: must be true"),
        ("trading.hedge_mode", "perhaps", "trading.hedge_mode: "),
        ("live.account", "Main Account", "live.account: must be small letters, digits and hyphens"),
        ("live.account", "", "live.account: must be small letters"),
        ("live.report_age_max_s", 0, "live.report_age_max_s: "),
        ("trading.exchanges", ["mtgox"], "trading.exchanges.0: "),
        ("trading.exchanges", [], "trading.exchanges: "),
        ("trading.exchanges", ["okx", "okx"], "exchanges name one twice"),
        ("trading.foreign_orders", "sell", "trading.foreign_orders: "),
        ("failover.return_after_s", -1, "failover.return_after_s: "),
        ("exchanges.okx.ws_trade_url", "wss://x", "exchanges.okx: okx takes no ws_trade_url"),
        ("exchanges.okx.api_passphrase_env", REMOVED, "api_passphrase_env is missing"),
        ("exchanges.binance", REMOVED, "exchanges.binance: this setting is missing"),
        ("trading.symbols", [], "trading.symbols: "),
        ("trading.symbols", ["BTCUSDT", "BTCUSDT"], "symbols name one twice"),
        ("trading.candle_interval_s", 61, "trading.candle_interval_s: "),
        ("trading.leverage", 21, "trading.leverage: "),
        ("risk.daily_loss_max_usdt", REMOVED, "risk.daily_loss_max_usdt: this setting is missing"),
        ("risk", REMOVED, "risk: this setting is missing"),
        ("risk.daily_loss_max_usdt", 0, "risk.daily_loss_max_usdt is 0"),
        ("risk.price_age_max_ms", -1, "risk.price_age_max_ms is -1"),
        ("risk.price_age_max_ms", 1.5, "risk.price_age_max_ms: "),
        ("risk.daily_loss_max_usdt", float("nan"), "risk.daily_loss_max_usdt: "),
        ("risk.daily_loss_max_usdt", float("inf"), "risk.daily_loss_max_usdt: "),
        ("risk.daily_loss_max_usdt", "much", "usdt: expected a number, found 'much'"),
        ("risk.daily_loss_max_usdt", None, "usdt: expected a number, found nothing"),
        ("risk.order_notional_max_usdt", 4001, "is above risk.leg_exposure_max_usdt"),
        ("risk.leg_exposure_max_usdt", 12001, "is above risk.total_exposure_max_usdt"),
        ("sizing.order_notional_usdt", 2001, "is above risk.order_notional_max_usdt"),
        ("sizing.order_notional_usdt", 0, "sizing.order_notional_usdt: "),
        ("enhanced_sltp.stop_loss_percent", 0.006, "enhanced_sltp.stop_loss_percent: "),
        ("enhanced_sltp.stop_loss_percent", 60, "enhanced_sltp.stop_loss_percent: "),
        ("strategy.momentum.confidence_ratio", 1, "strategy.momentum.confidence_ratio: "),
        ("exchanges.bybit.recv_window_ms", 60001, "exchanges.bybit.recv_window_ms: "),
        ("logging.level", "LOUD", "logging.level: "),
    ],
)
def test_one_sentence_names_file_and_key(
    tmp_path: Path, key: str, value: object, words: str
) -> None:
    """Unknown, missing, out of range, in the wrong unit, or contradicting another."""
    assert words in _refusal(_file(tmp_path, key, value))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sizing.order_notional_usdt", 2000),
        ("risk.order_notional_max_usdt", 4000),
        ("risk.leg_exposure_max_usdt", 8000),
        ("enhanced_sltp.stop_loss_percent", 0.05),
        ("enhanced_sltp.stop_loss_percent", 50),
        ("trading.leverage", 20),
    ],
)
def test_a_bound_itself_is_allowed(tmp_path: Path, key: str, value: object) -> None:
    """At the limit is inside."""
    assert settings.load(_file(tmp_path, key, value))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no settings"),
        (b"- a\n- b\n", "holds no settings"),
        (b"just words", "holds no settings"),
        (b"trading: [unclosed", "is not YAML"),
        (b"a: 1\n\tb: 2\n", "is not YAML"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """Empty, a list, broken YAML, not text."""
    path = tmp_path / "bot.yaml"
    path.write_bytes(content)
    assert words in _refusal(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing, or a folder."""
    assert "cannot be read" in _refusal(tmp_path / "missing.yaml")
    assert "cannot be read" in _refusal(tmp_path)


def test_decimals_come_from_the_text_that_was_written(tmp_path: Path) -> None:
    """0.1 in the file is one tenth, not its nearest float."""
    path = _file(tmp_path, "strategy.momentum.threshold_bps", 12.1)
    assert settings.load(path).strategy.momentum.threshold_bps == d("12.1")


def test_the_configuration_can_be_read_by_key() -> None:
    """As plain data, validated first."""
    data = settings.ConfigManager.get_config()
    assert data["trading"]["hedge_mode"] is True
    assert data["trading"]["symbols"] == ["BTCUSDT", "ETHUSDT"]


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    """What was checked is what is used."""
    with pytest.raises(ValueError, match="frozen"):
        settings.load().trading.leverage = d(100)
