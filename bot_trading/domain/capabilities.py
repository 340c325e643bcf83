"""What each exchange can do, as data: the engine asks the table, not the class of a client.

Sources: Bybit V5 `order/create`, `order/amend`, `position/trading-stop`, `websocket/trade`; Binance
USDⓈ-M `order`, `algo/order` (conditional orders, since December 2025), `batchOrders`, `ws-fapi`;
OKX V5 `trade/order` with `attachAlgoOrds`, `trade/order-algo` with `closeFraction`, `amend-order`,
`batch-orders` and the private WebSocket's `order` operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["CAPABILITIES", "Capabilities", "capabilities_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """`leg_stop`: a stop of the whole leg that follows its quantity by itself. `attached_stop`: an
    entry brings its stop along, so that the leg is protected with its first fill. `amend`: resting
    orders change in place. `batch`: several orders in one request. `trade_socket`: orders leave
    over a WebSocket. `native_trailing`: the exchange itself moves a trailing stop of the whole leg,
    whose quantity follows the leg and which stands beside the stop loss. `close_all`: a market
    order closes whatever its leg holds, also what lies off the quantity step.
    """

    leg_stop: bool = False
    attached_stop: bool = False
    amend: bool = False
    batch: bool = False
    trade_socket: bool = False
    native_trailing: bool = False
    close_all: bool = False


CAPABILITIES: Mapping[str, Capabilities] = MappingProxyType(
    {
        "bybit": Capabilities(
            leg_stop=True,
            attached_stop=True,
            amend=True,
            batch=True,
            trade_socket=True,
            native_trailing=True,
            close_all=True,  # Quantity 0 with reduceOnly and closeOnTrigger (`order/create`).
        ),
        # Its conditional orders close the whole leg, and are sent once the leg is there. Those that
        # trail have a quantity of their own, here and on OKX, which does not follow the leg.
        "binance": Capabilities(leg_stop=True, amend=True, batch=True, trade_socket=True),
        "okx": Capabilities(
            leg_stop=True, attached_stop=True, amend=True, batch=True, trade_socket=True
        ),
    }
)


def capabilities_of(exchange: str) -> Capabilities:
    """What the exchange can do; one that the table does not name can do nothing special."""
    return CAPABILITIES.get(exchange, Capabilities())
