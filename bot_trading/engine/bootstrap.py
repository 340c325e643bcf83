"""The only file that knows concrete classes: builds an engine from settings."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ConfigError
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.ports import SignalSource, Store
from bot_trading.settings import ExchangeSettings, Settings, core_config
from bot_trading.storage.database import Database

__all__ = ["build_database", "build_engine", "read_credentials"]

CHECKOUT = Path(__file__).resolve().parents[2]  # Where a relative folder of models begins.


def build_engine(
    settings: Settings,
    account: str,
    store: Store,
    credentials: Mapping[str, Credentials],
    network: Network = REAL_NETWORK,
    random_ratio: Callable[[], float] = random.random,
) -> TradingEngine:
    """An engine that has not started; `credentials` by exchange name.

    `network` and `random_ratio` are other than the defaults in a simulation only.
    """
    exchange = settings.exchanges.bybit
    config = _bybit_config(exchange, settings.trading.symbols)
    client = BybitClient(config, credentials["bybit"], random_ratio=random_ratio, network=network)
    return TradingEngine(
        core_config(settings, account),
        store,
        {"bybit": client},
        leverage=settings.trading.leverage,
        signals=_signals(settings) if settings.strategy.source == "model" else None,
    )


def build_database(database_url: str) -> Database:
    """The store over a PostgreSQL address; not connected yet."""
    return Database(database_url)


def read_credentials(
    settings: ExchangeSettings, environ: Mapping[str, str] = os.environ
) -> Credentials:
    """Key and secret from the environment; raises `ConfigError` naming the missing variable."""
    missing = [
        name for name in (settings.api_key_env, settings.api_secret_env) if not environ.get(name)
    ]
    if missing:
        raise ConfigError(f"{' and '.join(missing)} not set: keys come from the environment")
    return Credentials(
        api_key=environ[settings.api_key_env], api_secret=environ[settings.api_secret_env]
    )


def _signals(settings: Settings) -> SignalSource:
    """A model's signals; its libraries are loaded only where they are wanted."""
    from bot_trading.engine.model_signals import ModelSignals
    from bot_trading.ml.manager import MLManager, default_serving
    from bot_trading.strategy.ml_signal import SignalSpec

    trading, model = settings.trading, settings.strategy.model
    barrier = core_config(settings, "model").barrier
    return ModelSignals(
        MLManager(CHECKOUT / model.folder, replace(default_serving(), barrier=barrier)),
        SignalSpec(
            exchange=trading.exchange,
            cool_down_s=model.cool_down_s,
            fallback_min_ratio=model.fallback_min_ratio,
        ),
        trading.symbols,
        trading.candle_interval_s,
    )


def _bybit_config(settings: ExchangeSettings, symbols: tuple[str, ...]) -> BybitConfig:
    return BybitConfig(
        rest_url=settings.rest_url,
        ws_public_url=settings.ws_public_url,
        ws_private_url=settings.ws_private_url,
        ws_trade_url=settings.ws_trade_url,
        recv_window_ms=settings.recv_window_ms,
        submit_timeout_ms=settings.submit_timeout_ms,
        read_timeout_ms=settings.read_timeout_ms,
        data_age_max_ms=settings.data_age_max_ms,
        entry_age_max_ms=settings.entry_age_max_ms,
        probe_symbols=symbols,
    )
