"""From settings and keys to a client of each exchange; none of it needs a core or a database."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot_trading.domain.account import core_tag
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
from bot_trading.settings import Settings

__all__ = ["AnyCredentials", "build_exchanges", "make_credentials", "read_credentials"]

AnyCredentials = bybit.Credentials | binance.Credentials | okx.Credentials


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
