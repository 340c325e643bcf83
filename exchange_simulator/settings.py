"""Settings of an account: position mode, leverage, margin mode, isolated margin."""

from decimal import Decimal

from exchange_simulator import margin
from exchange_simulator.errors import Reason, Refusal
from exchange_simulator.model import OWN_MARGIN, Account, Leg, MarginMode, PositionMode
from exchange_simulator.state import Exchange, money

__all__ = [
    *("add_margin", "set_auto_margin", "set_leverage", "set_margin_mode"),
    *("set_symbol_margin_mode", "switch_mode"),
]


def switch_mode(
    exchange: Exchange, account: Account, *, symbol: str | None, mode: PositionMode
) -> None:
    """Switch one symbol, or by coin every symbol without position and order and the default.

    Raises:
        Refusal: the symbol has a position or an order, or is already in that mode.
    """
    if symbol is None:
        for name in exchange.markets:
            stays = _has_position(account, name) or _has_order(account, name)
            stays = stays or name in exchange.rules.one_way_symbols
            account.modes[name] = account.mode(name) if stays else mode
        account.default_mode = mode
        return
    exchange.market(symbol)
    if mode is PositionMode.HEDGE and symbol in exchange.rules.one_way_symbols:
        raise Refusal(Reason.ONE_WAY_ONLY)
    if account.mode(symbol) is mode:
        raise Refusal(Reason.MODE_UNCHANGED)
    if _has_position(account, symbol):
        raise Refusal(Reason.MODE_HAS_POSITION)
    if _has_order(account, symbol):
        raise Refusal(Reason.MODE_HAS_ORDERS)
    account.modes[symbol] = mode


def _has_position(account: Account, symbol: str) -> bool:
    return any(leg.qty for (name, _), leg in account.legs.items() if name == symbol)


def _has_order(account: Account, symbol: str) -> bool:
    return any(order.symbol == symbol for order in account.open_orders.values())


def set_leverage(
    exchange: Exchange,
    account: Account,
    symbol: str,
    long: Decimal,
    short: Decimal,
    *,
    own: bool = False,
) -> None:
    """Set a symbol's leverage for both legs, or for those isolated beside the cross ones.

    Raises:
        Refusal: out of range, different where both must be equal, unchanged, or above the tier
            that a held leg is in.
    """
    instrument = exchange.instrument(symbol)
    hedge = account.mode(symbol) is PositionMode.HEDGE
    if long != short and not (hedge and (own or account.isolated(symbol))):
        raise Refusal(Reason.BAD_PARAMETER, "buyLeverage and sellLeverage must be equal")
    for leverage in (long, short):
        if not 1 <= leverage <= instrument.max_leverage:
            raise Refusal(Reason.LEVERAGE_OUT_OF_RANGE)
    default = exchange.rules.default_leverage
    if account.leverages.get((symbol, own), (default, default)) == (long, short):
        raise Refusal(Reason.LEVERAGE_UNCHANGED)
    legs = [
        leg
        for leg in account.legs.values()
        if leg.symbol == symbol and (leg.index >= OWN_MARGIN) is own
    ]
    for leg in legs:
        _check_tier(exchange, leg, short if leg.index % OWN_MARGIN == 2 else long)
    account.leverages[(symbol, own)] = (long, short)
    for leg in legs:
        leg.leverage = short if leg.index % OWN_MARGIN == 2 else long
        exchange.touch_leg(account, leg)
    for order in account.open_orders.values():
        if order.symbol == symbol:
            margin.hold(exchange, account, order)


def _check_tier(exchange: Exchange, leg: Leg, leverage: Decimal) -> None:
    market = exchange.market(leg.symbol)
    tier = market.instrument.tier_for(leg.qty * market.mark)
    if leg.qty and leverage > tier.max_leverage:
        raise Refusal(Reason.LEVERAGE_ABOVE_TIER)


def set_symbol_margin_mode(
    exchange: Exchange, account: Account, symbol: str, mode: MarginMode
) -> None:
    """Switch one symbol between cross and isolated margin.

    Raises:
        Refusal: already in that mode, or the symbol has a position or an order.
    """
    exchange.market(symbol)
    if account.isolated(symbol) is (mode is MarginMode.ISOLATED):
        raise Refusal(Reason.MARGIN_MODE_UNCHANGED)
    if _has_order(account, symbol):
        raise Refusal(Reason.MARGIN_MODE_HAS_ORDERS)
    if _has_position(account, symbol):
        raise Refusal(Reason.MARGIN_MODE_BLOCKED)
    account.margin_modes[symbol] = mode


def set_margin_mode(exchange: Exchange, account: Account, mode: MarginMode) -> None:
    """Switch the whole account between cross and isolated margin, every symbol with it.

    Raises:
        Refusal: already in that mode, or positions or orders exist.
    """
    if account.margin_mode is mode:
        raise Refusal(Reason.MARGIN_MODE_UNCHANGED)
    if account.held() or account.open_orders:
        raise Refusal(Reason.MARGIN_MODE_BLOCKED)
    account.margin_mode = mode
    account.margin_modes.clear()
    account.mode_changed_ms = exchange.now_ms


def add_margin(exchange: Exchange, account: Account, leg: Leg, amount: Decimal) -> None:
    """Move money between the wallet's free part and an isolated leg; negative takes back.

    Raises:
        Refusal: not isolated, no position, or not enough money.
    """
    _check_isolated(account, leg)
    if amount > margin.summary(exchange, account).available:
        raise Refusal(Reason.INSUFFICIENT_MARGIN)
    if leg.extra_margin + amount < 0:
        raise Refusal(Reason.INSUFFICIENT_MARGIN)
    leg.extra_margin += money(amount)
    leg.updated_ms = exchange.now_ms
    exchange.touch_leg(account, leg)
    exchange.touch_wallet(account)


def set_auto_margin(exchange: Exchange, account: Account, leg: Leg, *, on: bool) -> None:
    """Let an isolated leg draw margin by itself, or not.

    Raises:
        Refusal: not isolated, no position, or unchanged.
    """
    _check_isolated(account, leg)
    if leg.auto_add_margin is on:
        raise Refusal(Reason.MARGIN_UNCHANGED)
    leg.auto_add_margin = on
    exchange.touch_leg(account, leg)


def _check_isolated(account: Account, leg: Leg) -> None:
    if not account.isolated(leg.symbol, leg.index):
        raise Refusal(Reason.NOT_ISOLATED)
    if not leg.qty:
        raise Refusal(Reason.ZERO_POSITION)
