"""The command line of the v2 bot.

BYBIT_API_KEY=… BYBIT_API_SECRET=… DATABASE_URL=… python -m legacy_v2 --rest-url URL
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from datetime import timedelta
from threading import Event

import psycopg
import requests

from legacy_v2.exchange import BybitExchange, ExchangeError
from legacy_v2.risk import RiskLimits, RiskManager
from legacy_v2.signals import SignalGenerator
from legacy_v2.sltp import StopRules
from legacy_v2.storage import Storage
from legacy_v2.trading_engine import EngineSettings, TradingEngine

__all__ = ["main"]

UNSAVED = {"api_key", "database_url", "rest_url"}


def main(arguments: list[str] | None = None) -> int:
    """Trade until the duration is over or SIGTERM comes: 0; 2 with one sentence otherwise."""
    options = _options(arguments)
    given = {
        "BYBIT_API_KEY": options.api_key or os.environ.get("BYBIT_API_KEY", ""),
        "BYBIT_API_SECRET": os.environ.get("BYBIT_API_SECRET", ""),
        "DATABASE_URL": options.database_url or os.environ.get("DATABASE_URL", ""),
    }
    for name, value in given.items():
        if not value:
            return _refuse(f"{name} is not set")
    logging.basicConfig(level=options.log_level, format="%(asctime)s %(levelname)s %(message)s")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    exchange = BybitExchange(options.rest_url, given["BYBIT_API_KEY"], given["BYBIT_API_SECRET"])
    try:
        _trade(options, exchange, given["DATABASE_URL"], stop)
    except psycopg.Error as error:
        return _refuse(f"the database failed: {' '.join(str(error).split())}")
    except (ExchangeError, requests.RequestException) as error:
        return _refuse(f"the exchange failed: {error}")
    return 0


def _trade(
    options: argparse.Namespace, exchange: BybitExchange, database_url: str, stop: Event
) -> None:
    storage = Storage(database_url)
    try:
        storage.save_config(
            {name: str(value) for name, value in vars(options).items() if name not in UNSAVED}
        )
        engine = TradingEngine(
            exchange,
            RiskManager(exchange, RiskLimits()),
            SignalGenerator(
                options.lookback_candles,
                options.threshold_bps,
                options.cool_down_candles,
                options.interval,
            ),
            storage,
            _settings(options),
        )
        engine.start()
        engine.run(options.duration, stop)
    finally:
        storage.close()


def _settings(options: argparse.Namespace) -> EngineSettings:
    return EngineSettings(
        symbols=tuple(options.symbols.split(",")),
        interval_s=options.interval,
        poll_s=options.poll,
        order_notional_usdt=options.order_notional_usdt,
        is_draining=options.drain,
        stops=StopRules(
            stop_loss_percent=options.stop_loss_percent,
            take_profit_percent=options.take_profit_percent,
            horizon=timedelta(seconds=options.horizon),
        ),
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m legacy_v2", description="The synchronous bot that v3 replaces."
    )
    parser.add_argument("--rest-url", required=True, help="Bybit V5, or a simulator of it")
    parser.add_argument("--api-key", help="or the environment's BYBIT_API_KEY")
    parser.add_argument("--database-url", help="or the environment's DATABASE_URL")
    parser.add_argument("--symbols", default="BTCUSDT,ETHUSDT")
    parser.add_argument("--interval", type=int, default=60, help="of candles, seconds")
    parser.add_argument("--poll", type=float, default=1.0, help="pause between polls, seconds")
    parser.add_argument("--duration", type=float, help="seconds; without it until SIGTERM")
    parser.add_argument("--lookback-candles", type=int, default=5)
    parser.add_argument("--threshold-bps", type=float, default=12.0)
    parser.add_argument("--cool-down-candles", type=int, default=3)
    parser.add_argument("--order-notional-usdt", type=float, default=1_000.0)
    parser.add_argument("--stop-loss-percent", type=float, default=0.6)
    parser.add_argument("--take-profit-percent", type=float, default=0.9)
    parser.add_argument("--horizon", type=float, default=900.0, help="of a position, seconds")
    parser.add_argument("--drain", action="store_true", help="enter nothing, end when flat")
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING"))
    return parser.parse_args(arguments)


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"legacy_v2: {sentence}\n")
    return 2
