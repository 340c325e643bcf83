"""From OKX's rows to the bot's reports: text to Decimal, contracts to base coin, words to enums.

A row that cannot be understood raises `MalformedMessage`; a word that is not known to us goes to
`complain` and never becomes a plausible value.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot_trading.domain.account import Balance
from bot_trading.domain.fill import LiquiditySide
from bot_trading.domain.instrument import Instrument, InstrumentId, PositionIdx
from bot_trading.domain.market import Candle
from bot_trading.domain.order import OrderSide, OrderStatus, OrderType
from bot_trading.domain.reports import FillReport, OrderReport, StopKind
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges import figures
from bot_trading.exchanges.figures import Complain, above_zero, not_negative, number, paid_fee
from bot_trading.exchanges.okx.config import EXCHANGE
from bot_trading.exchanges.okx.contracts import Contract, Contracts, symbol_of
from bot_trading.exchanges.okx.wire import (
    YEAR_2100_MS,
    BalanceRow,
    CoinRow,
    FillRow,
    InstrumentRow,
    OrderRow,
)

__all__ = [
    "Complain",
    "balance_of",
    "candle_of",
    "contract_of",
    "fill_of_order",
    "fill_report",
    "instrument_of",
    "leg_of",
    "millis",
    "no_balance",
    "order_report",
    "price_or_none",
    "side_of",
]


SIDES = {"buy": OrderSide.BUY, "sell": OrderSide.SELL}
LEGS = {"net": PositionIdx.ONE_WAY, "long": PositionIdx.LONG, "short": PositionIdx.SHORT}
STATUSES = {
    "live": OrderStatus.ACCEPTED,
    "partially_filled": OrderStatus.PARTIALLY_FILLED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "mmp_canceled": OrderStatus.CANCELED,
}
ORDER_TYPES = {
    "market": OrderType.MARKET,
    "optimal_limit_ioc": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "post_only": OrderType.LIMIT,
    "fok": OrderType.LIMIT,
    "ioc": OrderType.LIMIT,
}
LIQUIDITY = {"M": LiquiditySide.MAKER, "T": LiquiditySide.TAKER}
USUAL_CATEGORIES = frozenset({"", "normal"})


def order_report(
    row: OrderRow,
    contracts: Contracts,
    stop_kind: StopKind | None,
    ts_init_us: int,
    complain: Complain,
) -> OrderReport:
    """An order as OKX sees it; an unknown status is None, and complained of.

    `stop_kind` is whose trigger made it, where the algo service did.
    """
    status = STATUSES.get(row.state)
    if status is None:
        complain(f"order state {row.state!r}")
    symbol, side, leg = symbol_of(row.inst_id), side_of(row.side), leg_of(row.pos_side)
    order_type = ORDER_TYPES.get(row.ord_type)
    if order_type is None:
        raise MalformedMessage(f"ordType is {row.ord_type[:40]!r}, expected market or limit")
    return OrderReport(
        exchange=EXCHANGE,
        symbol=symbol,
        client_order_id=row.cl_ord_id,
        exchange_order_id=row.ord_id,
        position_idx=leg,
        side=side,
        order_type=order_type,
        status=status,
        quantity=contracts.quantity(symbol, above_zero(row.sz, "sz")),
        filled_qty=contracts.quantity(symbol, not_negative(row.acc_fill_sz, "accFillSz")),
        avg_px=price_or_none(row.avg_px, "avgPx"),
        price=price_or_none(row.px, "px"),
        trigger_price=None,
        reduce_only=_reduces(side, leg, row.reduce_only),
        stop_kind=stop_kind,
        reason=_reason(row),
        ts_event_us=row.u_time * 1000,
        ts_init_us=ts_init_us,
    )


def fill_of_order(
    row: OrderRow, contracts: Contracts, settle_coin: str, ts_init_us: int, complain: Complain
) -> FillReport | None:
    """The fill that a row of the `orders` channel tells of, or None when it tells of none."""
    if not row.trade_id or not row.fill_sz or number(row.fill_sz, "fillSz") == 0:
        return None
    return fill_report(
        FillRow(
            inst_id=row.inst_id,
            trade_id=row.trade_id,
            ord_id=row.ord_id,
            side=row.side,
            pos_side=row.pos_side,
            fill_px=row.fill_px,
            fill_sz=row.fill_sz,
            fee=row.fill_fee,
            exec_type=row.exec_type,
            ts=row.u_time,
            bill_id=row.trade_id,
            cl_ord_id=row.cl_ord_id,
            fee_ccy=row.fill_fee_ccy,
            fill_time=row.fill_time,
        ),
        contracts,
        settle_coin,
        ts_init_us,
        complain,
    )


def fill_report(
    row: FillRow, contracts: Contracts, settle_coin: str, ts_init_us: int, complain: Complain
) -> FillReport:
    """An execution; OKX writes a fee that was paid below zero."""
    commission, other = paid_fee(-number(row.fee, "fee"), row.fee_ccy, settle_coin, complain)
    liquidity = LIQUIDITY.get(row.exec_type)
    if liquidity is None:
        raise MalformedMessage(f"execType is {row.exec_type[:40]!r}, expected M or T")
    symbol = symbol_of(row.inst_id)
    return FillReport(
        exchange=EXCHANGE,
        symbol=symbol,
        trade_id=row.trade_id,
        client_order_id=row.cl_ord_id,
        exchange_order_id=row.ord_id,
        side=side_of(row.side),
        position_idx=leg_of(row.pos_side),
        closed_qty=None,
        last_qty=contracts.quantity(symbol, above_zero(row.fill_sz, "fillSz")),
        last_px=above_zero(row.fill_px, "fillPx"),
        commission=commission,
        liquidity_side=liquidity,
        ts_event_us=millis(row.fill_time, row.ts, "fillTime") * 1000,
        ts_init_us=ts_init_us,
        other_commission=other,
    )


def balance_of(row: BalanceRow, coin: str) -> Balance | None:
    """The account's money in `coin`, or None when the account does not name that coin.

    What is available is the coin's available equity, which only accounts without borrowing or
    with one coin's margin tell; else its available balance.
    """
    for held in row.details:
        if held.ccy == coin:
            return Balance(
                exchange=EXCHANGE,
                coin=coin,
                equity=number(held.eq, "eq"),
                wallet_balance=number(held.cash_bal, "cashBal"),
                available=_available(held),
                ts_event_us=row.u_time * 1000,
            )
    return None


def no_balance(coin: str, ts_event_us: int) -> Balance:
    """An account that does not name the coin holds none of it."""
    zero = Decimal(0)
    return Balance(
        exchange=EXCHANGE,
        coin=coin,
        equity=zero,
        wallet_balance=zero,
        available=zero,
        ts_event_us=ts_event_us,
    )


def contract_of(row: InstrumentRow, settle_coin: str) -> Contract | None:
    """A swap's contract, or None for one that is not linear or not settled in the coin."""
    if row.ct_type != "linear" or row.settle_ccy != settle_coin:
        return None
    symbol = symbol_of(row.inst_id)
    if symbol != row.ct_val_ccy + settle_coin:
        return None  # Its contracts do not count base coin.
    return Contract(
        symbol=symbol,
        value=above_zero(row.ct_val, "ctVal") * above_zero(row.ct_mult or "1", "ctMult"),
        lot=above_zero(row.lot_sz, "lotSz"),
        least=above_zero(row.min_sz, "minSz"),
        most=above_zero(row.max_lmt_sz, "maxLmtSz"),
        most_at_market=above_zero(row.max_mkt_sz, "maxMktSz"),
    )


def instrument_of(row: InstrumentRow, contract: Contract, funding_min: int) -> Instrument:
    """A swap's grid and bounds in base coin; OKX has no least notional."""
    return Instrument(
        instrument_id=InstrumentId(EXCHANGE, contract.symbol),
        base_coin=row.ct_val_ccy,
        quote_coin=row.settle_ccy,
        tick_size=above_zero(row.tick_sz, "tickSz"),
        qty_step=contract.lot * contract.value,
        min_qty=contract.least * contract.value,
        max_qty=contract.most * contract.value,
        max_market_qty=contract.most_at_market * contract.value,
        min_notional=Decimal(0),
        leverage_max=above_zero(row.lever, "lever"),
        funding_interval_min=funding_min,
        is_trading=row.state == "live",
    )


def candle_of(
    instrument_id: InstrumentId, interval_s: int, texts: Sequence[str]
) -> tuple[Candle, bool]:
    """A candle and whether it is closed, from OKX's nine columns: time, open, high, low, close,
    contracts, base coin, quote coin, confirm. An impossible one is malformed.
    """
    if len(texts) < 9 or texts[8] not in ("0", "1"):
        raise MalformedMessage(f"a candle has {len(texts)} columns, expected 9 with confirm 0 or 1")
    start = not_negative(texts[0], "a candle's time")
    opened, high, low, close = (number(text, "a candle's price") for text in texts[1:5])
    open_ms = int(start)
    candle = Candle(
        instrument_id=instrument_id,
        interval_s=interval_s,
        open_us=open_ms * 1000,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=number(texts[6], "a candle's volume"),
    )
    problem = candle.problem()
    if problem is None and (
        start != open_ms or (open_ms % (interval_s * 1000) and interval_s < 86_400)
    ):
        problem = f"it does not begin on its grid of {interval_s} s"
    if problem is not None:
        raise MalformedMessage(f"candle of {instrument_id} at {texts[0][:20]}: {problem}")
    return candle, texts[8] == "1"


def side_of(word: str) -> OrderSide:
    """BUY or SELL."""
    side = SIDES.get(word)
    if side is None:
        raise MalformedMessage(f"side is {word[:40]!r}, expected buy or sell")
    return side


def leg_of(word: str) -> PositionIdx:
    """The leg that posSide names."""
    leg = LEGS.get(word)
    if leg is None:
        raise MalformedMessage(f"posSide is {word[:40]!r}, expected long, short or net")
    return leg


def price_or_none(text: str, what: str) -> Decimal | None:
    """A price; some rows of OKX write "no price" as −1 too."""
    return None if text == "-1" else figures.price_or_none(text, what)


def millis(value: int | str, otherwise: int, what: str) -> int:
    """Milliseconds that may be left empty."""
    stamp = int(not_negative(str(value), what)) if value else otherwise
    if stamp > YEAR_2100_MS:
        raise MalformedMessage(f"{what} is {str(value)[:40]}, expected milliseconds of our time")
    return stamp


def _reduces(side: OrderSide, leg: PositionIdx, word: str) -> bool:
    """In long/short mode side and leg tell; in net mode the order's own flag does."""
    if leg is PositionIdx.ONE_WAY:
        return word == "true"
    return (side is OrderSide.SELL) == (leg is PositionIdx.LONG)


def _reason(row: OrderRow) -> str:
    parts = []
    if row.category not in USUAL_CATEGORIES:
        parts.append(row.category)
    if row.cancel_source:
        parts.append(f"cancelSource {row.cancel_source}")
    return " ".join([*parts, row.cancel_source_reason]).strip()


def _available(held: CoinRow) -> Decimal:
    return number(held.avail_eq or held.avail_bal, "availEq")
