"""Where the simulated exchanges are: host names that are their own, and the keys they take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot_trading.engine.bootstrap import AnyCredentials, make_credentials
from bot_trading.settings import Settings, load
from exchange_simulator.protocols.okx.auth import PASSPHRASE
from exchange_simulator.world import WorldOptions

__all__ = ["default_settings", "make_keys"]

_ADDRESSES = {
    "bybit": {
        "ws_public_url": "ws://bybit/v5/public/linear",
        "ws_private_url": "ws://bybit/v5/private",
        "ws_trade_url": "ws://bybit/v5/trade",
    },
    "binance": {
        "ws_public_url": "ws://binance/public/ws",
        "ws_market_url": "ws://binance/market/ws",
        "ws_private_url": "ws://binance/private/ws",
        "key_url": "http://binance",
    },
    "okx": {
        "ws_public_url": "ws://okx/ws/v5/public",
        "ws_private_url": "ws://okx/ws/v5/private",
        "ws_business_url": "ws://okx/ws/v5/business",
    },
}


def default_settings(
    exchanges: Iterable[str] = ("bybit",), foreign_orders: str = "halt"
) -> Settings:
    """The bot's own configuration, with a rule that trades often enough to be worth watching."""
    data: dict[str, Any] = load().model_dump()
    data["strategy"]["momentum"].update(lookback_candles=3, threshold_bps=5, cool_down_candles=2)
    data["trading"].update(exchanges=list(exchanges), foreign_orders=foreign_orders)
    for name, addresses in _ADDRESSES.items():
        data["exchanges"][name].update(addresses, rest_url=f"http://{name}")
    return Settings.model_validate(data)


def make_keys(options: WorldOptions) -> dict[str, AnyCredentials]:
    """The keys of the first account, for each exchange of a world."""
    return {
        name: make_credentials(name, options.api_key, options.api_secret, PASSPHRASE)
        for name in options.markets
    }
