"""What a Bybit client is told at its birth: addresses, deadlines and keys."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["EXCHANGE", "BybitConfig", "Credentials"]

EXCHANGE = "bybit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key and its secret; the secret shows in no repr."""

    api_key: str
    api_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BybitConfig:
    """Addresses without a trailing slash, durations in milliseconds.

    `data_age_max_ms`: a public topic silent for longer is dead. `private_silence_max_ms`: so is a
    private stream that says nothing for this long after an order was accepted. `entry_age_max_ms`:
    an entry approved longer ago is not sent any more. `ws_trade_url`: where orders leave over a
    socket while it is up; empty for accounts that Bybit gives none (demo). `probe_symbols`: whose
    position mode `open` looks at. `orders_per_s`: the limit assumed for each kind of order call
    until a response's header tells the real one. `reads_depth`: quotes carry the first levels of
    the book.
    """

    rest_url: str
    ws_public_url: str
    ws_private_url: str
    ws_trade_url: str = ""
    recv_window_ms: int = 5_000
    submit_timeout_ms: int = 2_000
    read_timeout_ms: int = 10_000
    data_age_max_ms: int = 30_000
    private_silence_max_ms: int = 10_000
    entry_age_max_ms: int = 2_000
    ping_interval_ms: int = 20_000
    clock_interval_ms: int = 60_000
    settle_coin: str = "USDT"
    probe_symbols: tuple[str, ...] = ("BTCUSDT",)
    orders_per_s: int = 10
    reads_depth: bool = False
