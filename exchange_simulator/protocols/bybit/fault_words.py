"""What faults make Bybit say, and how it reads what a client asked for."""

from collections.abc import Callable
from typing import Any

from exchange_simulator.faults import FaultRule
from exchange_simulator.model import Account, Order, Side, Status
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.injector import BAD_GATEWAY
from exchange_simulator.state import Exchange

__all__ = ["BybitWords", "Frame"]

Frame = tuple[str, int, list[dict[str, Any]]]
_HTML = {
    "403": (403, b"<html><body>access too frequent</body></html>"),
    "429": (429, b"<html><body>429 Too Many Requests</body></html>"),
    "502": (502, BAD_GATEWAY),
}
_ERRORS = {
    "10006": "Too many visits. Exceeded the API Rate Limit.",
    "10016": "Server error",
    "10000": "Server Timeout",
    "10005": "Permission denied, please check your API key permissions.",
    "10010": "Unmatched IP, please check your API key's bound IP addresses.",
    "10027": "Transactions are banned.",
    "33004": "Your api key has expired.",
    "110063": "Settlement in progress! Not available for trading.",
    "110066": "Trading is currently not allowed",
    "110079": "The order is processing and can not be operated, please try again later",
    "34040": "not modified",
}
_CLOSED = ("Filled", "Cancelled", "Rejected", "Deactivated")


class BybitWords:
    """Bybit's answers and rows under a fault plan; `publish` sends frames to a topic."""

    cancel_place = "/v5/order/cancel"

    def __init__(self, exchange: Exchange, publish: Callable[[str, list[bytes]], None]) -> None:
        """Speak for an exchange."""
        self._exchange = exchange
        self._publish = publish

    def _reply(self, code: int, message: str, result: dict[str, Any] | None = None) -> Reply:
        stamp = self._exchange.clock.wall_ms
        answer = {"retCode": code, "retMsg": message, "result": result or {}, "retExtInfo": {}}
        headers = {"X-Bapi-Limit-Reset-Timestamp": str(stamp + 1000)} if code == 10006 else {}
        return Reply(status=200, body=encode({**answer, "time": stamp}), headers=headers)

    def announce(self, state: str, until_us: int) -> None:
        """Tell listeners of system.status about a maintenance."""
        stamp = self._exchange.clock.wall_ms
        row = {
            "id": self._exchange.identifier("maintenance"),
            "title": "maintenance",
            "state": state,
            "begin": str(stamp),
            "end": str(until_us // 1000),
            "href": "",
            "serviceTypes": [2, 3, 4, 5],
            "product": [1, 2],
            "uidSuffix": [],
            "maintainType": 3,
            "env": 1,
        }
        frame = {"topic": "system.status", "ts": stamp, "data": [row]}
        self._publish("system.status", [encode(frame)])

    def refusal(self, variant: str) -> Reply:
        """Return a page of the gateway, or an envelope with the code."""
        if variant in _HTML:
            status, body = _HTML[variant]
            return Reply(status=status, body=body, content_type="text/html")
        return self._reply(int(variant), _ERRORS[variant])

    def maintenance(self, place: str) -> Reply | None:
        """Return 110066 for new orders."""
        return self.refusal("110066") if place.startswith("/v5/order/create") else None

    def too_late(self) -> Reply:
        """Return 10002 with the stamps of a slow request."""
        server = self._exchange.clock.wall_ms
        text = "invalid request, please check your server timestamp or recv_window param."
        stamps = f" req_timestamp[{server - 9000}],server_timestamp[{server}],recv_window[5000]"
        return self._reply(10002, text + stamps)

    def accepted(self, reply: Reply) -> bool:
        """Whether the envelope's code is zero."""
        return reply.status == 200 and decode(reply.body)["retCode"] == 0

    def closing_leg(self, account: Account, fields: dict[str, Any]) -> tuple[str, int] | None:
        """Return the leg of an order that only reduces, by its flag or by its side."""
        index, side = fields.get("positionIdx"), fields.get("side")
        if not isinstance(index, int) or isinstance(index, bool):
            return None
        by_side = (index, side) in ((1, Side.SELL.value), (2, Side.BUY.value))
        if fields.get("reduceOnly") is not True and not by_side:
            return None
        return str(fields.get("symbol")), index

    def named_order(self, account: Account, fields: dict[str, Any]) -> Order | None:
        """Return the order of orderId or orderLinkId."""
        order = account.open_orders.get(str(fields.get("orderId")))
        return order or account.by_client_id.get(str(fields.get("orderLinkId")))

    def canceled(self, order: Order) -> Reply:
        """Return the ids."""
        return self._reply(0, "OK", {"orderId": order.order_id, "orderLinkId": order.client_id})

    def gone(self) -> Reply:
        """Return 110001."""
        return self._reply(110001, "order not exists or too late to cancel")

    def stale(
        self, place: str, reply: Reply, *, rule: FaultRule, edge_ms: int
    ) -> tuple[Reply, int]:
        """Leave out what is too new, what was closed, or what is too old."""
        answer = decode(reply.body)
        rows = answer.get("result", {}).get("list") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            return reply, 0
        if rule.variant == "lag":
            kept = [row for row in rows if _row_ms(row, edge_ms) <= edge_ms]
        elif rule.variant == "restart":
            kept = [row for row in rows if _field(row, "orderStatus") not in _CLOSED]
        else:
            kept = [row for row in rows if _row_ms(row, edge_ms + 1) > edge_ms]
        if len(kept) < len(rows):
            answer["result"]["list"] = kept
            reply.body = encode(answer)
        return reply, len(rows) - len(kept)

    def echo(self, frame: Frame) -> tuple[Frame, str] | None:
        """A fill's order comes a second time, canceled by the user."""
        kind, account_id, rows = frame
        if kind != "order" or rows[0]["orderStatus"] != Status.FILLED.value:
            return None
        cause = {"cancelType": "CancelByUser", "rejectReason": "EC_OrigClOrdIDDoesNotExist"}
        return (kind, account_id, [{**rows[0], **cause}]), str(rows[0]["orderId"])


def _field(row: object, name: str) -> object:
    return row.get(name) if isinstance(row, dict) else None


def _row_ms(row: object, untimed_ms: int) -> int:
    """Return when a row came to be; rows that do not say, such as balances, are always shown."""
    stamp = _field(row, "createdTime") or _field(row, "execTime")
    return int(stamp) if isinstance(stamp, str) and stamp.isdigit() else untimed_ms
