"""The only file that knows concrete classes: builds an engine from settings."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bot_trading import correlation
from bot_trading.domain.account import core_tag
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.errors import ConfigError
from bot_trading.exchange_settings import ExchangeSettings
from bot_trading.exchanges.binance import config as binance
from bot_trading.exchanges.binance.client import BinanceClient
from bot_trading.exchanges.bybit import config as bybit
from bot_trading.exchanges.bybit.client import BybitClient
from bot_trading.exchanges.manager import ExchangeManager, TradingAccount
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.okx import config as okx
from bot_trading.exchanges.okx.client import OkxClient
from bot_trading.keys import environment_with
from bot_trading.ports import SignalSource, Store
from bot_trading.settings import Settings, core_config
from bot_trading.storage.database import Database

__all__ = [
    "AnyCredentials",
    "build_database",
    "build_engine",
    "build_exchanges",
    "make_credentials",
    "read_credentials",
]

CHECKOUT = Path(__file__).resolve().parents[2]  # Where a relative folder of models begins.

AnyCredentials = bybit.Credentials | binance.Credentials | okx.Credentials


def build_engine(
    settings: Settings,
    account: str,
    store: Store,
    credentials: Mapping[str, AnyCredentials],
    network: Network = REAL_NETWORK,
    random_ratio: Callable[[], float] = random.random,
    exchanges: ExchangeManager | None = None,
) -> TradingEngine:
    """An engine that has not started; `credentials` by exchange name.

    `network` and `random_ratio` are other than the defaults in a simulation only; `exchanges` are
    those of `build_exchanges`, where the caller wants to ask them too.
    """
    exchanges = exchanges or build_exchanges(
        settings, credentials, network, random_ratio, account=account
    )
    return TradingEngine(
        core_config(settings, account),
        store,
        {name: exchanges.client(name) for name in exchanges.names},
        leverage=settings.trading.leverage,
        signals=_signals(settings) if settings.strategy.source == "model" else None,
        clock_windows_ms={
            name: settings.exchanges.of(name).window_ms for name in settings.trading.exchanges
        },
        # A process of its own answers in the machine's time, which a simulation has none of.
        estimate=correlation.estimate if network is REAL_NETWORK else None,
    )


def build_exchanges(
    settings: Settings,
    credentials: Mapping[str, AnyCredentials],
    network: Network = REAL_NETWORK,
    random_ratio: Callable[[], float] = random.random,
    *,
    account: str,
) -> ExchangeManager:
    """A client for each of `trading.exchanges`, in their order; none is connected yet.

    The stops that they place carry the tag of `account`, by which its core knows them again.
    Raises `ConfigError` for an exchange without credentials.
    """
    clients: dict[str, TradingAccount] = {}
    for name in settings.trading.exchanges:
        keys = credentials.get(name)
        if keys is None:
            raise ConfigError(f"{name} has no API key: see exchanges.{name}.api_key_env")
        clients[name] = _client(settings, keys, network, random_ratio, core_tag(account))
    return ExchangeManager(clients)


def build_database(database_url: str) -> Database:
    """The store over a PostgreSQL address; not connected yet."""
    return Database(database_url)


def make_credentials(
    exchange: str, api_key: str, api_secret: str, passphrase: str = ""
) -> AnyCredentials:
    """The credentials of an exchange as its client takes them."""
    if exchange == okx.EXCHANGE:
        return okx.Credentials(api_key=api_key, api_secret=api_secret, passphrase=passphrase)
    if exchange == binance.EXCHANGE:
        return binance.Credentials(api_key=api_key, api_secret=api_secret)
    return bybit.Credentials(api_key=api_key, api_secret=api_secret)


def read_credentials(
    settings: Settings, environ: Mapping[str, str] = os.environ
) -> dict[str, AnyCredentials]:
    """Keys of every exchange of `trading.exchanges`, from the environment or the file of keys.

    Raises `ConfigError` naming what is missing, and for a file that others may read.
    """
    known = environment_with(settings.keys.file, environ)
    found: dict[str, AnyCredentials] = {}
    for name in settings.trading.exchanges:
        told = settings.exchanges.of(name)
        names = [told.api_key_env, told.api_secret_env]
        if told.api_passphrase_env is not None:
            names.append(told.api_passphrase_env)
        missing = [each for each in names if not known.get(each)]
        if missing:
            raise ConfigError(
                f"{' and '.join(missing)} not set: keys come from the environment or from"
                " keys.file, and never from the configuration"
            )
        found[name] = make_credentials(name, *(known[each] for each in names))
    return found


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
            exchange=trading.exchanges[0],
            cool_down_s=model.cool_down_s,
            fallback_min_ratio=model.fallback_min_ratio,
        ),
        trading.symbols,
        trading.candle_interval_s,
    )


def _client(
    settings: Settings,
    keys: AnyCredentials,
    network: Network,
    random_ratio: Callable[[], float],
    tag: str,
) -> TradingAccount:
    """The client that takes these credentials; each symbol of arbitrage is a pair, by its book."""
    reads_depth = settings.strategy.source == "arbitrage"
    if isinstance(keys, bybit.Credentials):
        config = _bybit_config(settings.exchanges.bybit, settings.trading.symbols)
        config = replace(config, reads_depth=reads_depth)
        return BybitClient(config, keys, random_ratio=random_ratio, network=network)
    if isinstance(keys, binance.Credentials):
        futures = _binance_config(settings.exchanges.binance, tag)
        futures = replace(futures, reads_depth=reads_depth)
        return BinanceClient(futures, keys, random_ratio=random_ratio, network=network)
    swaps = replace(_okx_config(settings.exchanges.okx, tag), reads_depth=reads_depth)
    return OkxClient(swaps, keys, random_ratio=random_ratio, network=network)


def _bybit_config(told: ExchangeSettings, symbols: tuple[str, ...]) -> bybit.BybitConfig:
    return bybit.BybitConfig(
        rest_url=told.rest_url,
        ws_public_url=told.ws_public_url,
        ws_private_url=told.ws_private_url,
        ws_trade_url=told.ws_trade_url or "",
        recv_window_ms=told.window_ms,
        submit_timeout_ms=told.submit_timeout_ms,
        read_timeout_ms=told.read_timeout_ms,
        data_age_max_ms=told.data_age_max_ms,
        entry_age_max_ms=told.entry_age_max_ms,
        probe_symbols=symbols,
    )


def _binance_config(told: ExchangeSettings, tag: str) -> binance.BinanceConfig:
    return binance.BinanceConfig(
        rest_url=told.rest_url,
        ws_public_url=told.ws_public_url,
        ws_market_url=told.ws_market_url or "",
        ws_private_url=told.ws_private_url,
        key_url=told.key_url or "",
        recv_window_ms=told.window_ms,
        submit_timeout_ms=told.submit_timeout_ms,
        read_timeout_ms=told.read_timeout_ms,
        data_age_max_ms=told.data_age_max_ms,
        entry_age_max_ms=told.entry_age_max_ms,
        core_tag=tag,
    )


def _okx_config(told: ExchangeSettings, tag: str) -> okx.OkxConfig:
    return okx.OkxConfig(
        rest_url=told.rest_url,
        ws_public_url=told.ws_public_url,
        ws_private_url=told.ws_private_url,
        ws_business_url=told.ws_business_url or "",
        is_demo=bool(told.is_demo),
        margin_mode=told.margin_mode or "cross",
        submit_timeout_ms=told.submit_timeout_ms,
        read_timeout_ms=told.read_timeout_ms,
        data_age_max_ms=told.data_age_max_ms,
        entry_age_max_ms=told.entry_age_max_ms,
        core_tag=tag,
    )
