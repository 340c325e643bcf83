"""The places that know concrete classes: of the engine, and of its clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot_trading.engine.bootstrap import build_database, build_engine
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ConfigError
from bot_trading.exchange_clients import build_exchanges, make_credentials, read_credentials
from bot_trading.exchange_settings import EXCHANGES
from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.settings import Settings, load

ALL_KEYS = {
    "BYBIT_API_KEY": "k",
    "BYBIT_API_SECRET": "s",
    "BINANCE_API_KEY": "k",
    "BINANCE_API_SECRET": "s",
    "OKX_API_KEY": "k",
    "OKX_API_SECRET": "s",
    "OKX_API_PASSPHRASE": "p",
}


def _settings(*exchanges: str, keys_file: Path | None = None) -> Settings:
    data = load().model_dump()
    data["trading"]["exchanges"] = exchanges or ("bybit",)
    data["keys"]["file"] = keys_file
    return Settings.model_validate(data)


def test_keys_come_from_the_environment() -> None:
    """Under the names that the configuration gives, for each exchange that is traded."""
    assert read_credentials(_settings(), ALL_KEYS) == {
        "bybit": Credentials(api_key="k", api_secret="s")
    }
    three = read_credentials(_settings(*EXCHANGES), ALL_KEYS)
    assert three == {
        name: make_credentials(name, "k", "s", "p" if name == "okx" else "") for name in EXCHANGES
    }
    assert "'s'" not in repr(three)


@pytest.mark.parametrize(
    ("exchange", "missing", "words"),
    [
        ("bybit", ("BYBIT_API_KEY", "BYBIT_API_SECRET"), "BYBIT_API_KEY and BYBIT_API_SECRET not"),
        ("bybit", ("BYBIT_API_SECRET",), "BYBIT_API_SECRET not set"),
        ("okx", ("OKX_API_PASSPHRASE",), "OKX_API_PASSPHRASE not set"),
    ],
)
def test_a_missing_key_is_named(exchange: str, missing: tuple[str, ...], words: str) -> None:
    """Empty is missing."""
    environ = ALL_KEYS | dict.fromkeys(missing, "")
    with pytest.raises(ConfigError, match=words):
        read_credentials(_settings(exchange), environ)


def test_keys_may_come_from_a_file_of_the_owners(tmp_path: Path) -> None:
    """With the mode 0600 and no other."""
    path = tmp_path / "keys"
    path.write_text("BYBIT_API_KEY=k\nBYBIT_API_SECRET=s\n", encoding="utf-8")
    path.chmod(0o600)
    assert set(read_credentials(_settings(keys_file=path), {})) == {"bybit"}
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="0644, expected 0600"):
        read_credentials(_settings(keys_file=path), {})


def test_an_engine_is_built_from_the_default_settings() -> None:
    """Nothing is connected before `start`."""
    keys = {"bybit": Credentials(api_key="k", api_secret="s")}
    database = build_database("postgresql://localhost:1/none")
    engine = build_engine(load(), "acc", database, keys)
    assert isinstance(engine, TradingEngine)


def test_every_exchange_is_built_in_the_configured_order() -> None:
    """The first one is preferred."""
    settings = _settings("okx", "bybit", "binance")
    manager = build_exchanges(settings, read_credentials(settings, ALL_KEYS), account="acc")
    assert manager.names == ("okx", "bybit", "binance")
    assert [manager.client(name).exchange for name in manager.names] == list(manager.names)


def test_an_exchange_without_keys_is_named() -> None:
    """Before anything is connected."""
    keys = {"bybit": Credentials(api_key="k", api_secret="s")}
    with pytest.raises(ConfigError, match="okx has no API key"):
        build_exchanges(_settings("bybit", "okx"), keys, account="acc")


def test_books_are_read_only_for_pairs() -> None:
    """The levels beyond the best cost time, and only arbitrage looks at them."""
    for source, is_read in (("momentum", False), ("arbitrage", True)):
        settings = _settings(*EXCHANGES[:2])
        strategy = settings.strategy.model_copy(update={"source": source})
        settings = settings.model_copy(update={"strategy": strategy})
        keys = read_credentials(settings, ALL_KEYS)
        built = build_exchanges(settings, keys, account="main")
        clients: list[Any] = [built.client(name) for name in built.names]
        assert [client._config.reads_depth for client in clients] == [is_read, is_read]
