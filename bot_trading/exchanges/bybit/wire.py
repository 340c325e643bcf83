"""Bybit V5 messages as they travel: typed shapes of JSON, nothing interpreted yet.

Numbers travel as strings and "no value" as an empty string, so money stays text here and becomes
Decimal in `reports`. Fields that Bybit sends and we do not use are left out.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct, field

from bot_trading.exchanges.decoding import decode

__all__ = [
    "ApiKeyInfo",
    "CoinRow",
    "DepthRow",
    "Envelope",
    "ExecutionRow",
    "Frame",
    "InstrumentName",
    "InstrumentRow",
    "KlineRow",
    "OrderIds",
    "OrderRow",
    "Page",
    "PositionRow",
    "ServerTime",
    "TickerRow",
    "WalletRow",
    "decode",
]

YEAR_2100_MS = 4_102_444_800_000

Millis = Annotated[int, Meta(ge=0, le=YEAR_2100_MS)]
Text = Annotated[str, Meta(max_length=256)]
Symbol = Annotated[str, Meta(min_length=1, max_length=64)]


class Envelope(Struct, rename="camel", frozen=True):
    """Every REST answer; `ret_code` alone tells success."""

    ret_code: int
    ret_msg: str = ""
    result: Raw = Raw(b"{}")
    time: Millis = 0


class Page(Struct, rename="camel", frozen=True):
    """A page of rows; the cursor is empty on the last one."""

    rows: list[Raw] = field(name="list")
    next_page_cursor: str = ""


class OrderIds(Struct, rename="camel", frozen=True):
    """What create, amend and cancel answer."""

    order_id: str = ""
    order_link_id: str = ""


class ServerTime(Struct, rename="camel", frozen=True):
    """The exchange's clock in nanoseconds."""

    time_nano: int


class Permissions(Struct, frozen=True):
    """What a key may do; only the wallet's part matters here."""

    wallet: list[str] = field(name="Wallet", default_factory=list)


class ApiKeyInfo(Struct, frozen=True):
    """Who owns a key and what it may; older accounts leave parts out."""

    permissions: Permissions | None = None
    read_only: int = field(name="readOnly", default=0)
    user_id: int | str = field(name="userID", default="")


class OrderRow(Struct, rename="camel", frozen=True):
    """An order in realtime, history and the `order` topic."""

    symbol: Symbol
    order_id: Text
    side: Text
    order_type: Text
    order_status: Text
    qty: Text
    cum_exec_qty: Text
    position_idx: int
    reduce_only: bool
    updated_time: Millis
    order_link_id: Text = ""
    avg_price: Text = ""
    price: Text = ""
    trigger_price: Text = ""
    stop_order_type: Text = ""
    cancel_type: Text = ""
    reject_reason: Text = ""
    category: Text = "linear"


class ExtraFee(Struct, rename="camel", frozen=True):
    """A tax or surcharge on top of the trading fee."""

    fee: Text
    fee_coin: Text = ""


class ExecutionRow(Struct, rename="camel", frozen=True):
    """A row of execution/list and of the `execution` topic; it never tells the leg."""

    symbol: Symbol
    exec_id: Annotated[str, Meta(min_length=1, max_length=256)]
    exec_type: Text
    order_id: Text
    side: Text
    exec_qty: Text
    exec_price: Text
    exec_fee: Text
    exec_time: Millis
    is_maker: bool
    order_link_id: Text = ""
    closed_size: Text = ""
    fee_rate: Text = ""
    fee_currency: Text = ""
    extra_fees: list[ExtraFee] | Text = ""
    category: Text = "linear"
    stop_order_type: Text = ""


class PositionRow(Struct, rename="camel", frozen=True):
    """A leg in position/list (`avgPrice`) and in the `position` topic (`entryPrice`)."""

    symbol: Symbol
    position_idx: int
    side: Text
    size: Text
    updated_time: Millis | Text = ""
    avg_price: Text = ""
    entry_price: Text = ""
    stop_loss: Text = ""
    take_profit: Text = ""
    trailing_stop: Text = ""
    liq_price: Text = ""
    category: Text = "linear"


class CoinRow(Struct, rename="camel", frozen=True):
    """One coin of a wallet."""

    coin: Text
    equity: Text
    wallet_balance: Text
    total_position_im: Text = field(name="totalPositionIM", default="")
    total_order_im: Text = field(name="totalOrderIM", default="")
    locked: Text = ""


class WalletRow(Struct, rename="camel", frozen=True):
    """A unified account's wallet."""

    coin: list[CoinRow]
    total_available_balance: Text = ""
    account_type: Text = ""


class LeverageFilter(Struct, rename="camel", frozen=True):
    """Bounds of leverage."""

    max_leverage: Text


class PriceFilter(Struct, rename="camel", frozen=True):
    """The price grid."""

    tick_size: Text


class LotSizeFilter(Struct, rename="camel", frozen=True):
    """The quantity grid and its bounds."""

    qty_step: Text
    min_order_qty: Text
    max_order_qty: Text
    max_mkt_order_qty: Text
    min_notional_value: Text = ""


class InstrumentRow(Struct, rename="camel", frozen=True):
    """A row of instruments-info."""

    symbol: Symbol
    status: Text
    base_coin: Text
    quote_coin: Text
    funding_interval: int
    leverage_filter: LeverageFilter
    price_filter: PriceFilter
    lot_size_filter: LotSizeFilter


class InstrumentName(Struct, frozen=True):
    """The one part of an instrument that every kind of contract has."""

    symbol: Symbol


class KlineRow(Struct, frozen=True):
    """A candle in the `kline` topic; `end` is its last millisecond."""

    start: Millis
    end: Millis
    open: Text
    high: Text
    low: Text
    close: Text
    volume: Text
    confirm: bool


class TickerRow(Struct, rename="camel", frozen=True):
    """A snapshot or delta of the `tickers` topic; an absent field has not changed."""

    symbol: Symbol
    last_price: Text | None = None
    mark_price: Text | None = None
    bid1_price: Text | None = None
    ask1_price: Text | None = None
    bid1_size: Text | None = None
    ask1_size: Text | None = None
    funding_rate: Text | None = None
    next_funding_time: Text | None = None


class DepthRow(Struct, frozen=True):
    """A snapshot or delta of the `orderbook` topic; size zero takes a level away."""

    symbol: Symbol = field(name="s")
    update_id: int = field(name="u")
    bids: list[tuple[Text, Text]] = field(name="b")
    asks: list[tuple[Text, Text]] = field(name="a")


class Frame(Struct, frozen=True):
    """Any WebSocket message: data when `topic` is there, else an answer to an operation."""

    topic: Text = ""
    op: Text = ""
    success: bool | None = None
    ret_msg: str = ""
    creation_time: Millis = field(name="creationTime", default=0)
    type: Text = ""
    ts: Millis = 0
    data: Raw = Raw(b"null")


class TradeAnswer(Struct, rename="camel", frozen=True):
    """Any message of the trade socket; `header` holds the rate limit, numbers as text."""

    req_id: Text = ""
    op: Text = ""
    ret_code: int = 0
    ret_msg: str = ""
    data: Raw = Raw(b"null")
    header: dict[str, str | int] = field(default_factory=dict)


class FundingRow(Struct, rename="camel", frozen=True):
    """A settled rate in funding/history; its time is milliseconds as text."""

    symbol: Symbol
    funding_rate: Text
    funding_rate_timestamp: Millis


decode_funding = msgspec.json.Decoder(FundingRow, strict=False).decode
decode_trade_answer = msgspec.json.Decoder(TradeAnswer, strict=False).decode
decode_envelope = msgspec.json.Decoder(Envelope, strict=False).decode
decode_frame = msgspec.json.Decoder(Frame, strict=False).decode
decode_page = msgspec.json.Decoder(Page, strict=False).decode
decode_rows = msgspec.json.Decoder(list[Raw]).decode
decode_order = msgspec.json.Decoder(OrderRow, strict=False).decode
decode_execution = msgspec.json.Decoder(ExecutionRow, strict=False).decode
decode_position = msgspec.json.Decoder(PositionRow, strict=False).decode
decode_wallet = msgspec.json.Decoder(WalletRow, strict=False).decode
decode_instrument = msgspec.json.Decoder(InstrumentRow, strict=False).decode
decode_ticker = msgspec.json.Decoder(TickerRow, strict=False).decode
decode_depth = msgspec.json.Decoder(DepthRow, strict=False).decode
decode_kline = msgspec.json.Decoder(KlineRow, strict=False).decode
decode_texts = msgspec.json.Decoder(list[str]).decode
decode_instrument_name = msgspec.json.Decoder(InstrumentName).decode
decode_order_ids = msgspec.json.Decoder(OrderIds, strict=False).decode
decode_server_time = msgspec.json.Decoder(ServerTime, strict=False).decode
decode_api_key = msgspec.json.Decoder(ApiKeyInfo, strict=False).decode
