"""Switches of the exchange: fees, and each question that no documentation answers."""

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the exchange behaves where real ones differ, change, or do not say.

    Attributes:
        maker_rate: fee of resting orders, as a fraction of the value.
        taker_rate: fee of orders that take.
        fee_coin_price: quote coin for one of the coins that fees may be paid in.
        fee_coin_ratio: the part of a fee that is asked for where it is paid in them.
        market_band_ratio: how far from the mark price a market order may trade.
        limit_band_ratio: how far beyond the mark price a limit order may cross.
        closing_orders_reserve: resting closing orders leave less for further ones.
        reduce_only_min_notional: whether closing orders must meet the minimum notional.
        net_hedged_margin: charge only the larger leg's margin in cross mode instead of the sum.
        funding_from_isolated: take funding from an isolated leg's own margin first.
        frame_order: order of private frames for one fill; any permutation of the four names.
        active_orders_max: resting orders per symbol.
        conditional_orders_max: untriggered conditional orders per symbol.
        partial_stops_max: partial take-profit and stop-loss orders per leg.
        modes_by_symbol: the position mode is each symbol's and not the account's.
        client_ids_reusable: a client's id may be used again once its order has ended.
        default_leverage: leverage of a symbol until it is set.
        stops_on_limit_orders: limit and conditional orders may carry take profit and stop loss.
        one_way_symbols: symbols for which hedge mode does not exist.
        halted_symbols: symbols that are listed but take no orders.
        disconnect_cancels: orders go when every private socket with the topic stays away.
        ended_orders_told: an order that ended is told apart from one that never was.
        margin_call_ratio: maintenance margin over equity from which an account is warned.
        key_may_withdraw: what the endpoints that describe the API key say about withdrawals.
        key_addresses: the addresses that they say the key is bound to; empty for any.
        disconnect_window_s: for how long, in seconds of the wall clock.
    """

    maker_rate: Decimal = Decimal("0.0002")
    taker_rate: Decimal = Decimal("0.00055")
    fee_coin_price: Decimal = Decimal(600)
    fee_coin_ratio: Decimal = Decimal("0.9")
    market_band_ratio: Decimal = Decimal("0.05")
    limit_band_ratio: Decimal = Decimal("0.10")
    closing_orders_reserve: bool = True
    reduce_only_min_notional: bool = False
    net_hedged_margin: bool = False
    funding_from_isolated: bool = True
    frame_order: tuple[str, ...] = ("execution", "order", "position", "wallet")
    active_orders_max: int = 500
    conditional_orders_max: int = 10
    partial_stops_max: int = 20
    modes_by_symbol: bool = True
    client_ids_reusable: bool = False
    default_leverage: Decimal = Decimal(10)
    stops_on_limit_orders: bool = True
    one_way_symbols: tuple[str, ...] = ()
    halted_symbols: tuple[str, ...] = ()
    disconnect_cancels: bool = False
    ended_orders_told: bool = False
    margin_call_ratio: Decimal = Decimal("0.8")
    key_may_withdraw: bool = False
    key_addresses: tuple[str, ...] = ()
    disconnect_window_s: int = 10
