"""What faults make Binance say, and how it reads what a client asked for."""

from typing import Any

from exchange_simulator.faults import FaultRule
from exchange_simulator.model import Account, Order, PositionMode
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.binance.ledger import Ledger
from exchange_simulator.protocols.binance.rows import order_row
from exchange_simulator.protocols.injector import BAD_GATEWAY
from exchange_simulator.state import Exchange

__all__ = ["BinanceWords", "Frame"]

Frame = tuple[Account, dict[str, Any]]
_UNKNOWN = "Unknown error, please check your request or try again later."
_ERRORS: dict[str, tuple[int, int, str]] = {
    "-1003": (429, -1003, "Too many requests; current limit is 2400 requests per minute."),
    "418": (418, -1003, "Way too many requests; IP banned until {until}."),
    "503": (503, -1000, _UNKNOWN),
    "-1006": (
        503,
        -1006,
        "An unexpected response was received from the message bus. Execution status unknown.",
    ),
    "-1007": (
        408,
        -1007,
        "Timeout waiting for response from backend server."
        " Send status unknown; execution status unknown.",
    ),
    "-1008": (503, -1008, "Server is currently overloaded with other requests."),
    "-1015": (429, -1015, "Too many new orders; current limit is 300 orders per 10S."),
    "-1016": (503, -1016, "This service is no longer available."),
    "-1021": (400, -1021, "Timestamp for this request is outside of the recvWindow."),
    "-2011": (400, -2011, "Unknown order sent."),
    "-2013": (400, -2013, "Order does not exist."),
    "-2015": (401, -2015, "Invalid API-key, IP, or permissions for action."),
}
_PAGES = {
    "403": (403, b"<html><head><title>403 Forbidden</title></head></html>"),
    "502": (502, BAD_GATEWAY),
}
_CREATES = ("POST /fapi/v1/order", "POST /fapi/v1/batchOrders", "POST /fapi/v1/algoOrder")
_BAN_MS = 120_000


class BinanceWords:
    """Binance's answers and rows under a fault plan."""

    cancel_place = "DELETE /fapi/v1/order"

    def __init__(self, exchange: Exchange, ledger: Ledger) -> None:
        """Speak for an exchange."""
        self._exchange = exchange
        self._ledger = ledger

    def announce(self, state: str, until_us: int) -> None:
        """Binance tells of maintenances on its pages only."""

    def refusal(self, variant: str) -> Reply:
        """Return a page of the gateway, or the error of a code."""
        if variant in _PAGES:
            status, body = _PAGES[variant]
            return Reply(status=status, body=body, content_type="text/html")
        status, code, text = _ERRORS[variant]
        until = self._exchange.clock.wall_ms + _BAN_MS
        headers = {"Retry-After": "2"} if status in (418, 429) else {}
        body = encode({"code": code, "msg": text.replace("{until}", str(until))})
        return Reply(status=status, body=body, headers=headers)

    def maintenance(self, place: str) -> Reply | None:
        """Return -1016 for new orders of every kind."""
        return self.refusal("-1016") if place in _CREATES else None

    def too_late(self) -> Reply:
        """Return -1021."""
        return self.refusal("-1021")

    def accepted(self, reply: Reply) -> bool:
        """Whether the status is 200."""
        return reply.status == 200

    def closing_leg(self, account: Account, fields: dict[str, Any]) -> tuple[str, int] | None:
        """Return the leg of an order that only reduces, by its side or by its flag."""
        symbol, side = str(fields.get("symbol")), fields.get("side")
        if account.mode(symbol) is PositionMode.ONE_WAY:
            return (symbol, 0) if str(fields.get("reduceOnly")).lower() == "true" else None
        legs = {("SELL", "LONG"): 1, ("BUY", "SHORT"): 2}
        index = legs.get((str(side), str(fields.get("positionSide"))))
        return (symbol, index) if index is not None else None

    def named_order(self, account: Account, fields: dict[str, Any]) -> Order | None:
        """Return the order of orderId or origClientOrderId."""
        number = str(fields.get("orderId", ""))
        if number.isascii() and number.isdigit() and len(number) < 20:
            return self._ledger.order(int(number), account)
        return account.by_client_id.get(str(fields.get("origClientOrderId")))

    def canceled(self, order: Order) -> Reply:
        """Return the order as canceled."""
        row = order_row(self._exchange, self._ledger, order) | {"status": "CANCELED"}
        return Reply(status=200, body=encode(row))

    def gone(self) -> Reply:
        """Return -2011."""
        return self.refusal("-2011")

    def stale(
        self, place: str, reply: Reply, *, rule: FaultRule, edge_ms: int
    ) -> tuple[Reply, int]:
        """Leave out rows that are too new or too old; a single order is then not there yet."""
        answer = decode(reply.body)
        late = rule.variant == "lag"
        if isinstance(answer, dict):
            hidden = late and "orderId" in answer and _row_ms(answer, edge_ms) > edge_ms
            return (self.refusal("-2013"), 1) if hidden else (reply, 0)
        if not isinstance(answer, list):
            return reply, 0
        untimed_ms = edge_ms if late else edge_ms + 1
        kept = [row for row in answer if (_row_ms(row, untimed_ms) <= edge_ms) is late]
        if len(kept) < len(answer):
            reply.body = encode(kept)
        return reply, len(answer) - len(kept)

    def echo(self, frame: Frame) -> tuple[Frame, str] | None:
        """A raced cancel makes no second message at Binance."""
        return None


def _row_ms(row: object, untimed_ms: int) -> int:
    """Return when a row came to be; rows that do not say are always shown."""
    stamp = row.get("time", row.get("createTime")) if isinstance(row, dict) else None
    return stamp if isinstance(stamp, int) else untimed_ms
