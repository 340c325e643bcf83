"""OKX V5 messages as they travel: typed shapes of JSON, nothing interpreted yet.

Numbers travel as strings and "no value" as an empty string, sizes are contracts, so money stays
text here and becomes Decimal in `reports`. Fields that OKX sends and we do not use are left out.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

from bot_trading.exchanges.decoding import decode

__all__ = [
    "YEAR_2100_MS",
    "AccountConfig",
    "Acknowledgement",
    "AlgoRow",
    "Arg",
    "BalanceRow",
    "BillRow",
    "BookRow",
    "CoinRow",
    "Envelope",
    "FillRow",
    "Frame",
    "FundingNow",
    "FundingRow",
    "InstrumentName",
    "InstrumentRow",
    "MarkRow",
    "OrderRow",
    "PositionRow",
    "ServerTime",
    "TickerRow",
    "decode",
]

YEAR_2100_MS = 4_102_444_800_000

Millis = Annotated[int, Meta(ge=0, le=YEAR_2100_MS)]
Text = Annotated[str, Meta(max_length=256)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]


class Envelope(Struct, frozen=True):
    """Every REST answer; an order's own fault is told in its row under the code 1 or 2."""

    code: Text
    msg: str = ""
    data: Raw = Raw(b"[]")


class Acknowledgement(Struct, rename="camel", frozen=True):
    """What one item of a trading request came to; `s_code` alone tells success."""

    s_code: Text
    s_msg: str = ""
    ord_id: Text = ""
    cl_ord_id: Text = ""
    algo_id: Text = ""


class ServerTime(Struct, frozen=True):
    """The exchange's clock in milliseconds."""

    ts: Millis


class AccountConfig(Struct, rename="camel", frozen=True):
    """Who owns the key, what it may, and how legs are kept."""

    uid: Text
    pos_mode: Text
    perm: Text
    acct_lv: Text = ""


class OrderRow(Struct, rename="camel", frozen=True):
    """An order in the order endpoints and the `orders` channel, there with its latest fill."""

    inst_id: Name
    ord_id: Name
    side: Text
    pos_side: Text
    ord_type: Text
    state: Text
    sz: Text
    acc_fill_sz: Text
    u_time: Millis
    cl_ord_id: Text = ""
    avg_px: Text = ""
    px: Text = ""
    reduce_only: Text = ""
    algo_id: Text = ""
    source: Text = ""
    category: Text = ""
    cancel_source: Text = ""
    cancel_source_reason: Text = ""
    last_px: Text = ""
    trade_id: Text = ""
    fill_px: Text = ""
    fill_sz: Text = ""
    fill_time: Millis | Text = ""
    fill_fee: Text = ""
    fill_fee_ccy: Text = ""
    exec_type: Text = ""


class FillRow(Struct, rename="camel", frozen=True):
    """A row of the fills endpoints."""

    inst_id: Name
    trade_id: Name
    ord_id: Text
    side: Text
    pos_side: Text
    fill_px: Text
    fill_sz: Text
    fee: Text
    exec_type: Text
    ts: Millis
    bill_id: Name
    cl_ord_id: Text = ""
    fee_ccy: Text = ""
    fill_time: Millis | Text = ""


class AlgoRow(Struct, rename="camel", frozen=True):
    """An order of the algo service; a take profit and a stop loss may share one row."""

    inst_id: Name
    algo_id: Name
    side: Text
    pos_side: Text
    ord_type: Text
    state: Text
    c_time: Millis
    u_time: Millis | Text = ""
    td_mode: Text = ""
    sz: Text = ""
    close_fraction: Text = ""
    algo_cl_ord_id: Text = ""
    sl_trigger_px: Text = ""
    tp_trigger_px: Text = ""
    trigger_px: Text = ""
    move_trigger_px: Text = ""
    ord_px: Text = ""
    actual_side: Text = ""
    ord_id: Text = ""
    fail_code: Text = ""


class PositionRow(Struct, rename="camel", frozen=True):
    """A leg; `pos` counts contracts, below zero for a short one in net mode only."""

    inst_id: Name
    pos_side: Text
    pos: Text
    u_time: Millis | Text = ""
    avg_px: Text = ""
    liq_px: Text = ""
    mgn_mode: Text = ""
    inst_type: Text = "SWAP"


class CoinRow(Struct, rename="camel", frozen=True):
    """One coin of the trading account."""

    ccy: Text
    eq: Text
    cash_bal: Text
    avail_eq: Text = ""
    avail_bal: Text = ""


class BalanceRow(Struct, rename="camel", frozen=True):
    """The trading account."""

    details: list[CoinRow]
    u_time: Millis


class BillRow(Struct, rename="camel", frozen=True):
    """A change of the balance; type 8 is funding."""

    bill_id: Name
    inst_id: Text
    type: Text
    ccy: Text
    bal_chg: Text
    ts: Millis
    sub_type: Text = ""
    pos_bal_chg: Text = ""


class InstrumentName(Struct, rename="camel", frozen=True):
    """The one part of an instrument that every kind of contract has."""

    inst_id: Name


class InstrumentRow(Struct, rename="camel", frozen=True):
    """A row of public/instruments; sizes are contracts of `ct_val` × `ct_mult` of `ct_val_ccy`."""

    inst_id: Name
    state: Text
    ct_type: Text
    ct_val: Text
    ct_val_ccy: Text
    settle_ccy: Text
    lot_sz: Text
    min_sz: Text
    max_lmt_sz: Text
    max_mkt_sz: Text
    tick_sz: Text
    lever: Text
    ct_mult: Text = "1"


class FundingRow(Struct, rename="camel", frozen=True):
    """A settled rate in funding-rate-history."""

    inst_id: Name
    funding_time: Millis
    funding_rate: Text
    realized_rate: Text = ""


class FundingNow(Struct, rename="camel", frozen=True):
    """The next settlement with its rate, and the one after it, which tells the interval."""

    inst_id: Name
    funding_time: Millis
    funding_rate: Text = ""
    next_funding_time: Millis | Text = ""
    prev_funding_time: Millis | Text = ""


class TickerRow(Struct, rename="camel", frozen=True):
    """A row of the `tickers` channel and of market/ticker."""

    inst_id: Name
    ts: Millis
    last: Text = ""
    bid_px: Text = ""
    ask_px: Text = ""
    bid_sz: Text = ""
    ask_sz: Text = ""


class BookRow(Struct, rename="camel", frozen=True):
    """A row of the `books5` channel, whole in each message: price, contracts and what is unused."""

    inst_id: Name
    ts: Millis
    bids: list[tuple[Text, Text, Text, Text]]
    asks: list[tuple[Text, Text, Text, Text]]


class MarkRow(Struct, rename="camel", frozen=True):
    """A row of the `mark-price` channel."""

    inst_id: Name
    mark_px: Text
    ts: Millis


class Arg(Struct, rename="camel", frozen=True):
    """Which subscription a frame belongs to."""

    channel: Text
    inst_id: Text = ""


class Frame(Struct, frozen=True):
    """Any WebSocket message: data when `arg` and `data` are there, else an event."""

    event: Text = ""
    code: Text = ""
    msg: str = ""
    arg: Arg | None = None
    data: list[Raw] | None = None


decode_envelope = msgspec.json.Decoder(Envelope, strict=False).decode
decode_acknowledgement = msgspec.json.Decoder(Acknowledgement, strict=False).decode
decode_server_time = msgspec.json.Decoder(ServerTime, strict=False).decode
decode_account_config = msgspec.json.Decoder(AccountConfig).decode
decode_order = msgspec.json.Decoder(OrderRow, strict=False).decode
decode_fill = msgspec.json.Decoder(FillRow, strict=False).decode
decode_algo = msgspec.json.Decoder(AlgoRow, strict=False).decode
decode_position = msgspec.json.Decoder(PositionRow, strict=False).decode
decode_balance = msgspec.json.Decoder(BalanceRow, strict=False).decode
decode_bill = msgspec.json.Decoder(BillRow, strict=False).decode
decode_instrument_name = msgspec.json.Decoder(InstrumentName).decode
decode_instrument = msgspec.json.Decoder(InstrumentRow, strict=False).decode
decode_funding = msgspec.json.Decoder(FundingRow, strict=False).decode
decode_funding_now = msgspec.json.Decoder(FundingNow, strict=False).decode
decode_ticker = msgspec.json.Decoder(TickerRow, strict=False).decode
decode_book = msgspec.json.Decoder(BookRow, strict=False).decode
decode_mark = msgspec.json.Decoder(MarkRow, strict=False).decode
decode_frame = msgspec.json.Decoder(Frame, strict=False).decode
decode_texts = msgspec.json.Decoder(list[str]).decode
decode_rows = msgspec.json.Decoder(list[Raw]).decode
