"""What arrives is read from its bytes, on each exchange in its own words."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import OrderIntent, OrderSide
from bot_trading.exchanges.binance.requests import create_params
from bot_trading.exchanges.bybit.requests import create_body as bybit_body
from bot_trading.exchanges.okx.requests import create_body as okx_body
from readiness.chaos.arrivals import Arrival, read_arrival
from tests.builders.intents import intent


def _sent(exchange: str, *, is_closing: bool) -> OrderIntent:
    """An order of the short leg, which a sale opens."""
    return intent(
        leg_id=LegId(exchange, "BTCUSDT", PositionIdx.SHORT),
        side=OrderSide.BUY if is_closing else OrderSide.SELL,
        reduce_only=is_closing,
        stop_loss=None if is_closing else Decimal(61_000),
    )


def _as_it_arrives(order: OrderIntent) -> tuple[str, str, bytes]:
    """As the bot's own client writes it."""
    if order.leg_id.exchange == "bybit":
        return "POST", "/v5/order/create", bybit_body(order)
    if order.leg_id.exchange == "binance":
        return "POST", f"/fapi/v1/order?{urlencode(create_params(order))}", b""
    body = okx_body(order, "BTC-USDT-SWAP", "cross", order.quantity)
    return "POST", "/api/v5/trade/order", body


@pytest.mark.parametrize("is_closing", [False, True])
@pytest.mark.parametrize("exchange", ["bybit", "binance", "okx"])
def test_an_order_is_read_as_it_was_meant(exchange: str, is_closing: bool) -> None:
    """Id, symbol, leg, whether it closes, and whether it carries its stop."""
    order = _sent(exchange, is_closing=is_closing)
    assert read_arrival(exchange, *_as_it_arrives(order)) == Arrival(
        client_order_id=order.client_order_id,
        symbol="BTCUSDT",
        leg_index=2,
        is_closing=is_closing,
        carries_stop=None if exchange == "binance" else not is_closing,
    )


def test_an_order_over_the_trade_socket_is_read_too() -> None:
    """Bybit takes orders on its socket; everything else that is said there is none."""
    order = json.loads(bybit_body(_sent("bybit", is_closing=False)))
    frame = json.dumps({"op": "order.create", "args": [order]}, separators=(",", ":")).encode()
    found = read_arrival("bybit", "SOCKET", "/v5/trade", frame)
    assert found is not None
    assert found.client_order_id == order["orderLinkId"]
    assert read_arrival("bybit", "SOCKET", "/v5/trade", b'{"op":"ping"}') is None


@pytest.mark.parametrize(
    ("exchange", "target"),
    [
        ("bybit", "/v5/order/cancel"),
        ("binance", "/fapi/v1/algoOrder?symbol=BTCUSDT"),
        ("okx", "/api/v5/trade/order-algo"),
    ],
)
def test_other_requests_are_no_orders(exchange: str, target: str) -> None:
    """Cancels and stops are not entries; a question with an order's path is none either."""
    assert read_arrival(exchange, "POST", target, b"{}") is None
    assert read_arrival(exchange, "GET", "/fapi/v1/order?symbol=BTCUSDT", b"") is None


@pytest.mark.parametrize("exchange", ["binance", "okx"])
def test_an_order_without_a_leg_names_none(exchange: str) -> None:
    """A net position is nobody's leg, so it is not taken for a closing order."""
    method, target, body = _as_it_arrives(_sent(exchange, is_closing=True))
    target = target.replace("positionSide=SHORT", "positionSide=BOTH")
    body = body.replace(b'"posSide":"short"', b'"posSide":"net"')
    found = read_arrival(exchange, method, target, body)
    assert found is not None
    assert (found.leg_index, found.is_closing) == (None, False)
