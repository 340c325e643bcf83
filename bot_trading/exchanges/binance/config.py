"""What a Binance client is told at its birth: addresses, deadlines and keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot_trading.exchanges.ownership import UNTAGGED

__all__ = ["EXCHANGE", "BinanceConfig", "Credentials"]

EXCHANGE = "binance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key and its secret; the secret shows in no repr."""

    api_key: str
    api_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinanceConfig:
    """Addresses without a trailing slash, durations in milliseconds.

    `ws_public_url` carries best prices, `ws_market_url` candles and mark prices, `ws_private_url`
    the account; each ends in `/ws`. `key_url`: where the rights of a key are told; empty where
    nobody tells them (demo and test networks). `data_age_max_ms`: a public topic silent for longer
    is dead. `private_silence_max_ms`: so is a private stream that says nothing for this long after
    an order was accepted. `entry_age_max_ms`: an entry approved longer ago is not sent any more.
    `listen_key_interval_ms`: how often the private stream's key, which lives an hour, is prolonged.
    `weight_per_minute`: what the address may ask for; near its end only exits and protection ask.
    `core_tag`: six letters and digits in the ids of our protective orders, by which they are told
    from those of others. `reads_depth`: quotes carry the first levels of the book.
    """

    rest_url: str
    ws_public_url: str
    ws_market_url: str
    ws_private_url: str
    key_url: str = ""
    recv_window_ms: int = 5_000
    submit_timeout_ms: int = 2_000
    read_timeout_ms: int = 10_000
    data_age_max_ms: int = 30_000
    private_silence_max_ms: int = 10_000
    entry_age_max_ms: int = 2_000
    ping_interval_ms: int = 20_000
    clock_interval_ms: int = 60_000
    listen_key_interval_ms: int = 1_200_000
    settle_coin: str = "USDT"
    weight_per_minute: int = 2_400
    core_tag: str = UNTAGGED
    reads_depth: bool = False
