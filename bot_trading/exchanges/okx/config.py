"""What an OKX client is told at its birth: addresses, deadlines and keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot_trading.exchanges.ownership import UNTAGGED

__all__ = ["EXCHANGE", "Credentials", "OkxConfig"]

EXCHANGE = "okx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key with its secret and passphrase; neither of the latter shows in a repr."""

    api_key: str
    api_secret: str = field(repr=False)
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OkxConfig:
    """Addresses without a trailing slash, durations in milliseconds.

    `data_age_max_ms`: a public topic silent for longer is dead. `private_silence_max_ms`: so is a
    private stream that says nothing for this long after an order was accepted. `entry_age_max_ms`:
    an entry approved longer ago is not sent any more. `is_demo`: requests carry the header of demo
    trading, which has keys and socket addresses of its own. `margin_mode`: "cross" or "isolated",
    for every order. `orders_per_2s`: the limit of each kind of order call. `core_tag`: six letters
    and digits in the ids of our stops, by which they are told from those of others. `reads_depth`:
    quotes carry the first levels of the book.
    """

    rest_url: str
    ws_public_url: str
    ws_private_url: str
    ws_business_url: str
    is_demo: bool = False
    margin_mode: str = "cross"
    submit_timeout_ms: int = 2_000
    read_timeout_ms: int = 10_000
    data_age_max_ms: int = 30_000
    private_silence_max_ms: int = 10_000
    entry_age_max_ms: int = 2_000
    ping_interval_ms: int = 15_000
    clock_interval_ms: int = 60_000
    settle_coin: str = "USDT"
    orders_per_2s: int = 60
    core_tag: str = UNTAGGED
    reads_depth: bool = False

    def __post_init__(self) -> None:
        if self.margin_mode not in ("cross", "isolated"):
            raise ValueError(
                f"margin_mode is {self.margin_mode[:20]!r}, expected cross or isolated"
            )
