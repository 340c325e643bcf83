"""The only file of the engine that knows concrete classes: builds an engine from settings.

What it takes to build one can be imported from here too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bot_trading import correlation
from bot_trading.engine.trading_engine import TradingEngine
from bot_trading.exchange_clients import AnyCredentials, build_exchanges, make_credentials
from bot_trading.exchanges.manager import ExchangeManager
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.ports import SignalSource, Store
from bot_trading.settings import Settings, core_config
from bot_trading.storage.database import Database

__all__ = [
    "AnyCredentials",
    "build_database",
    "build_engine",
    "build_exchanges",
    "make_credentials",
]

CHECKOUT = Path(__file__).resolve().parents[2]  # Where a relative folder of models begins.


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


def build_database(database_url: str) -> Database:
    """The store over a PostgreSQL address; not connected yet."""
    return Database(database_url)


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
