"""The one place that knows concrete classes."""

from __future__ import annotations

import pytest

from bot_trading import settings
from bot_trading.engine.bootstrap import build_database, build_engine, read_credentials
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ConfigError
from bot_trading.exchanges.bybit.config import Credentials


def test_keys_come_from_the_environment() -> None:
    """Under the names that the configuration gives."""
    bybit = settings.load().exchanges.bybit
    environ = {"BYBIT_API_KEY": "k", "BYBIT_API_SECRET": "s"}
    assert read_credentials(bybit, environ) == Credentials(api_key="k", api_secret="s")


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "BYBIT_API_KEY and BYBIT_API_SECRET not set"),
        ({"BYBIT_API_KEY": "k"}, "BYBIT_API_SECRET not set"),
        ({"BYBIT_API_KEY": "k", "BYBIT_API_SECRET": ""}, "BYBIT_API_SECRET not set"),
    ],
)
def test_a_missing_key_is_named(environ: dict[str, str], words: str) -> None:
    """Empty is missing."""
    with pytest.raises(ConfigError, match=words):
        read_credentials(settings.load().exchanges.bybit, environ)


def test_an_engine_is_built_from_the_default_settings() -> None:
    """Nothing is connected before `start`."""
    keys = {"bybit": Credentials(api_key="k", api_secret="s")}
    database = build_database("postgresql://localhost:1/none")
    engine = build_engine(settings.load(), "acc", database, keys)
    assert isinstance(engine, TradingEngine)
