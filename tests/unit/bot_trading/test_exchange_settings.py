"""Each exchange takes exactly its own settings."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot_trading import settings
from bot_trading.exchange_settings import EXCHANGES, ExchangesSettings


def test_the_default_configuration_knows_every_exchange() -> None:
    """Under the name by which it is listed."""
    exchanges = settings.load().exchanges
    assert [exchanges.of(name).api_key_env for name in EXCHANGES] == [
        "BYBIT_API_KEY",
        "BINANCE_API_KEY",
        "OKX_API_KEY",
    ]


@pytest.mark.parametrize(
    ("name", "key", "value", "words"),
    [
        ("okx", "recv_window_ms", 5000, "okx takes no recv_window_ms; remove it"),
        ("bybit", "api_passphrase_env", "X", "bybit takes no api_passphrase_env; remove it"),
        ("bybit", "ws_trade_url", None, "ws_trade_url is missing"),
        ("binance", "ws_market_url", None, "ws_market_url is missing"),
        ("okx", "margin_mode", "both", "'cross' or 'isolated'"),
    ],
)
def test_what_is_missing_or_foreign_is_named(
    name: str, key: str, value: object, words: str
) -> None:
    """With what to do about it."""
    data = settings.load().exchanges.model_dump()
    data[name][key] = value
    with pytest.raises(ValidationError, match=words):
        ExchangesSettings.model_validate(data)


def test_how_late_an_entry_may_arrive() -> None:
    """Its age, its deadline and the window of the exchange, which OKX fixes at half a minute."""
    exchanges = settings.load().exchanges
    assert exchanges.bybit.reach_ms == 2_000 + 2_000 + 5_000
    assert exchanges.okx.window_ms == 30_000
    assert exchanges.okx.reach_ms == 34_000
