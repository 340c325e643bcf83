"""Binance messages as they travel: typed shapes of JSON, nothing interpreted yet.

Money travels as text and stays text here; it becomes Decimal in `reports`. Streams abbreviate names
to a letter or two, REST spells them out. Fields that we do not use are left out.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct, field

from bot_trading.exchanges.decoding import decode

__all__ = [
    *("AccountRow", "AccountUpdate", "AlgoEvent", "AlgoRow", "AssetRow", "Event"),
    *(
        "Failure",
        "FundingRow",
        "IncomeRow",
        "KlineRow",
        "MarkPrice",
        "OrderEvent",
        "OrderRow",
        "PriceRow",
    ),
    *("PositionRow", "PriceRow", "SymbolRow", "TradeRow"),
    "decode",
]

YEAR_2100_MS = 4_102_444_800_000

Millis = Annotated[int, Meta(ge=0, le=YEAR_2100_MS)]
Text = Annotated[str, Meta(max_length=256)]
Symbol = Annotated[str, Meta(min_length=1, max_length=64)]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Failure(Struct, frozen=True):
    """What a request that failed is answered with."""

    code: int
    msg: str = ""


class ServerTime(Struct, rename="camel", frozen=True):
    """The exchange's clock."""

    server_time: Millis


class ListenKey(Struct, rename="camel", frozen=True):
    """Who holds it may read the account's stream."""

    listen_key: Annotated[str, Meta(min_length=1, max_length=256, pattern="^[A-Za-z0-9_-]+$")]


class KeyRights(Struct, rename="camel", frozen=True):
    """What a key may do."""

    enable_withdrawals: bool
    enable_futures: bool = True


class PositionModeRow(Struct, rename="camel", frozen=True):
    """Whether the account keeps both legs of a symbol."""

    dual_side_position: bool


class FeeBurnRow(Struct, rename="camel", frozen=True):
    """Whether fees are paid in BNB."""

    fee_burn: bool


class BalanceRow(Struct, rename="camel", frozen=True):
    """One coin; its alias is the only name that an account has here."""

    account_alias: Text = ""


class OrderRow(Struct, rename="camel", frozen=True):
    """An order of the matching engine, as REST tells it."""

    order_id: Number
    symbol: Symbol
    status: Text
    client_order_id: Text
    side: Text
    position_side: Text
    type: Text
    orig_qty: Text
    executed_qty: Text
    avg_price: Text = ""
    price: Text = ""
    stop_price: Text = ""
    orig_type: Text = ""
    update_time: Millis = 0


class AlgoRow(Struct, rename="camel", frozen=True):
    """A conditional order of the algo service."""

    algo_id: Number
    client_algo_id: Text
    order_type: Text
    symbol: Symbol
    side: Text
    position_side: Text
    quantity: Text
    algo_status: Text
    trigger_price: Text
    price: Text = ""
    actual_order_id: Text = ""
    close_position: bool = False
    update_time: Millis = 0


class AlgoIds(Struct, rename="camel", frozen=True):
    """What cancelling a conditional order answers; making one answers the whole row."""

    algo_id: Number = 0


class TradeRow(Struct, rename="camel", frozen=True):
    """A fill; it names its order by number alone."""

    id: Number
    order_id: Number
    symbol: Symbol
    side: Text
    position_side: Text
    qty: Text
    price: Text
    commission: Text
    commission_asset: Text
    maker: bool
    time: Millis


class PositionRow(Struct, rename="camel", frozen=True):
    """A leg; the quantity of a short one is negative."""

    symbol: Symbol
    position_side: Text
    position_amt: Text
    entry_price: Text = ""
    liquidation_price: Text = ""
    update_time: Millis = 0


class AssetRow(Struct, rename="camel", frozen=True):
    """One coin of the account."""

    asset: Text
    wallet_balance: Text
    margin_balance: Text
    available_balance: Text
    update_time: Millis = 0


class AccountRow(Struct, frozen=True):
    """The account's coins."""

    assets: list[AssetRow]


class Filter(Struct, rename="camel", frozen=True):
    """One rule of a symbol; which fields are there depends on its type."""

    filter_type: Text
    tick_size: Text = ""
    step_size: Text = ""
    min_qty: Text = ""
    max_qty: Text = ""
    notional: Text = ""


class SymbolRow(Struct, rename="camel", frozen=True):
    """A symbol of exchangeInfo."""

    symbol: Symbol
    status: Text
    contract_type: Text
    base_asset: Text
    quote_asset: Text
    filters: list[Filter]


class ExchangeInfo(Struct, frozen=True):
    """Every symbol, raw: kinds of contracts that we do not trade may have other fields."""

    symbols: list[Raw]


class SymbolName(Struct, frozen=True):
    """The one part that every symbol has."""

    symbol: Symbol


class Bracket(Struct, rename="camel", frozen=True):
    """A tier of notional and the leverage that it allows."""

    initial_leverage: Annotated[int, Meta(gt=0, le=1_000)]


class BracketRow(Struct, frozen=True):
    """The tiers of a symbol."""

    symbol: Symbol
    brackets: list[Bracket]


class FundingInfoRow(Struct, rename="camel", frozen=True):
    """How often a symbol settles funding, where that is not every eight hours."""

    symbol: Symbol
    funding_interval_hours: Annotated[int, Meta(gt=0, le=48)]


class FundingRow(Struct, rename="camel", frozen=True):
    """A settled rate."""

    symbol: Symbol
    funding_rate: Text
    funding_time: Millis


class PriceRow(Struct, rename="camel", frozen=True):
    """The price of the last trade of a symbol, and when it was."""

    symbol: Text
    price: Text
    time: Millis


class IncomeRow(Struct, rename="camel", frozen=True):
    """A change of the wallet; funding names no leg."""

    symbol: Text
    income_type: Text
    income: Text
    asset: Text
    time: Millis
    tran_id: int


class Event(Struct, frozen=True):
    """Any stream message: an event when `e` is there, else an answer to a request of ours."""

    e: Text = ""
    time_ms: Millis = field(name="T", default=0)
    o: Raw = Raw(b"null")
    a: Raw = Raw(b"null")
    error: Raw = Raw(b"null")


class OrderEvent(Struct, frozen=True):
    """`o` of ORDER_TRADE_UPDATE: an order, and the fill that moved it when `x` is TRADE."""

    symbol: Symbol = field(name="s")
    client_order_id: Text = field(name="c")
    side: Text = field(name="S")
    type: Text = field(name="o")
    quantity: Text = field(name="q")
    execution: Text = field(name="x")
    status: Text = field(name="X")
    order_id: Number = field(name="i")
    filled: Text = field(name="z")
    time_ms: Millis = field(name="T")
    position_side: Text = field(name="ps")
    last_qty: Text = field(name="l", default="")
    last_price: Text = field(name="L", default="")
    trade_id: Number = field(name="t", default=0)
    maker: bool = field(name="m", default=False)
    commission: Text = field(name="n", default="")
    commission_asset: Text = field(name="N", default="")
    avg_price: Text = field(name="ap", default="")
    price: Text = field(name="p", default="")
    stop_price: Text = field(name="sp", default="")
    orig_type: Text = field(name="ot", default="")


class AlgoEvent(Struct, frozen=True):
    """`o` of ALGO_UPDATE."""

    client_algo_id: Text = field(name="caid")
    algo_id: Number = field(name="aid")
    type: Text = field(name="o")
    symbol: Symbol = field(name="s")
    side: Text = field(name="S")
    position_side: Text = field(name="ps")
    quantity: Text = field(name="q")
    status: Text = field(name="X")
    trigger_price: Text = field(name="tp")
    close_position: bool = field(name="cp", default=False)
    reason: Text = field(name="rm", default="")


class PositionPart(Struct, frozen=True):
    """A leg that an ACCOUNT_UPDATE moved."""

    symbol: Symbol = field(name="s")
    amount: Text = field(name="pa")
    entry_price: Text = field(name="ep")
    position_side: Text = field(name="ps")


class AccountUpdate(Struct, frozen=True):
    """`a` of ACCOUNT_UPDATE: what changed and why; coins are read by REST, which tells equity."""

    reason: Text = field(name="m")
    positions: list[Raw] = field(name="P", default_factory=list)


class MarkPrice(Struct, frozen=True):
    """The mark price of a symbol; its time is `E`, since `T` is the next settlement."""

    symbol: Symbol = field(name="s")
    mark: Text = field(name="p")
    time_ms: Millis = field(name="E")
    rate: Text = field(name="r", default="")
    next_ms: Millis = field(name="T", default=0)


class KlineRow(Struct, frozen=True):
    """A candle of the `kline` stream; `end` is its last millisecond."""

    start: Millis = field(name="t")
    end: Millis = field(name="T")
    open: Text = field(name="o")
    high: Text = field(name="h")
    low: Text = field(name="l")
    close: Text = field(name="c")
    volume: Text = field(name="v")
    is_closed: bool = field(name="x")
    interval: Text = field(name="i")


class KlineEvent(Struct, frozen=True):
    """A candle and when it was told."""

    symbol: Symbol = field(name="s")
    time_ms: Millis = field(name="E")
    kline: KlineRow = field(name="k")


class PublicEvent(Struct, frozen=True):
    """The one part by which public events are told apart."""

    e: Text = ""
    error: Raw = Raw(b"null")


decode_failure = msgspec.json.Decoder(Failure).decode
decode_server_time = msgspec.json.Decoder(ServerTime).decode
decode_listen_key = msgspec.json.Decoder(ListenKey).decode
decode_key_rights = msgspec.json.Decoder(KeyRights).decode
decode_position_mode = msgspec.json.Decoder(PositionModeRow).decode
decode_fee_burn = msgspec.json.Decoder(FeeBurnRow).decode
decode_balances = msgspec.json.Decoder(list[BalanceRow]).decode
decode_rows = msgspec.json.Decoder(list[Raw]).decode
decode_order = msgspec.json.Decoder(OrderRow).decode
decode_algo = msgspec.json.Decoder(AlgoRow, strict=False).decode
decode_algo_ids = msgspec.json.Decoder(AlgoIds).decode
decode_trade = msgspec.json.Decoder(TradeRow).decode
decode_position = msgspec.json.Decoder(PositionRow).decode
decode_account = msgspec.json.Decoder(AccountRow).decode
decode_exchange_info = msgspec.json.Decoder(ExchangeInfo).decode
decode_symbol_name = msgspec.json.Decoder(SymbolName).decode
decode_symbol = msgspec.json.Decoder(SymbolRow).decode
decode_brackets = msgspec.json.Decoder(list[BracketRow]).decode
decode_funding_infos = msgspec.json.Decoder(list[FundingInfoRow]).decode
decode_funding = msgspec.json.Decoder(FundingRow).decode
decode_income = msgspec.json.Decoder(IncomeRow, strict=False).decode
decode_candle = msgspec.json.Decoder(list[int | str]).decode
decode_event = msgspec.json.Decoder(Event).decode
decode_order_event = msgspec.json.Decoder(OrderEvent).decode
decode_algo_event = msgspec.json.Decoder(AlgoEvent).decode
decode_account_update = msgspec.json.Decoder(AccountUpdate).decode
decode_position_part = msgspec.json.Decoder(PositionPart).decode
decode_public = msgspec.json.Decoder(PublicEvent).decode
decode_price = msgspec.json.Decoder(PriceRow).decode
decode_mark_price = msgspec.json.Decoder(MarkPrice).decode
decode_kline = msgspec.json.Decoder(KlineEvent).decode
