"""What faults make OKX say, and how it reads what a client asked for."""

from typing import Any

from exchange_simulator.connection import Connection
from exchange_simulator.faults import FaultRule
from exchange_simulator.model import OWN_MARGIN, Account, Order, PositionMode
from exchange_simulator.protocols.answers import Reply, decode, encode
from exchange_simulator.protocols.injector import BAD_GATEWAY
from exchange_simulator.protocols.okx.ledger import Ledger
from exchange_simulator.protocols.okx.wire import ApiError, symbol_of
from exchange_simulator.state import Exchange

__all__ = ["Frame", "OkxWords"]

Frame = tuple[str, Account, str, list[Any]]
_ERRORS: dict[str, tuple[int, str]] = {
    "50001": (503, "Service temporarily unavailable. Try again later"),
    "50004": (400, "API endpoint request timeout (does not mean that the request failed)."),
    "50011": (429, "Too Many Requests"),
    "50013": (429, "Systems are busy. Please try again later."),
    "50026": (500, "System error. Try again later"),
    "50061": (429, "Order rate limit reached. Please try again later"),
    "50102": (401, "Timestamp request expired"),
    "50110": (401, "Your IP is not included in your API key's IP whitelist."),
    "50120": (401, "This API key doesn't have permission to use this function"),
}
_CREATES = (
    "POST /api/v5/trade/order",
    "POST /api/v5/trade/batch-orders",
    "POST /api/v5/trade/order-algo",
)
_SERVICE_ENDS = {
    "event": "notice",
    "code": "64008",
    "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
}


class OkxWords:
    """OKX's answers and rows under a fault plan."""

    cancel_place = "POST /api/v5/trade/cancel-order"

    def __init__(
        self, exchange: Exchange, ledger: Ledger, connections: dict[str, Connection]
    ) -> None:
        """Speak for an exchange; every socket hears of maintenances."""
        self._exchange = exchange
        self._ledger = ledger
        self._connections = connections

    def announce(self, state: str, until_us: int) -> None:
        """Tell every socket that its service ends."""
        if state == "ongoing":
            for connection in self._connections.values():
                connection.send(encode({**_SERVICE_ENDS, "connId": connection.connection_id[:8]}))

    def refusal(self, variant: str) -> Reply:
        """Return a page of the gateway, or an envelope with the code."""
        if variant == "502":
            return Reply(status=502, body=BAD_GATEWAY, content_type="text/html")
        status, text = _ERRORS[variant]
        return Reply(status=status, body=encode({"code": variant, "data": [], "msg": text}))

    def maintenance(self, place: str) -> Reply | None:
        """Return 50001 for new orders of every kind."""
        return self.refusal("50001") if place in _CREATES else None

    def too_late(self) -> Reply:
        """Return 50102."""
        return self.refusal("50102")

    def accepted(self, reply: Reply) -> bool:
        """Whether the envelope's code says that all, or some, succeeded."""
        answer = decode(reply.body) if reply.status == 200 else None
        return isinstance(answer, dict) and answer.get("code") in ("0", "2")

    def closing_leg(self, account: Account, fields: dict[str, Any]) -> tuple[str, int] | None:
        """Return the leg of an order that only reduces, by its side or by its flag."""
        try:
            symbol = symbol_of(self._exchange, str(fields.get("instId")))
        except ApiError:
            return None
        own = OWN_MARGIN if fields.get("tdMode") == "isolated" else 0
        if account.mode(symbol) is PositionMode.ONE_WAY:
            return (symbol, own) if str(fields.get("reduceOnly")).lower() == "true" else None
        legs = {("sell", "long"): 1, ("buy", "short"): 2}
        index = legs.get((str(fields.get("side")), str(fields.get("posSide"))))
        return (symbol, own + index) if index is not None else None

    def named_order(self, account: Account, fields: dict[str, Any]) -> Order | None:
        """Return the order of ordId or clOrdId."""
        number = str(fields.get("ordId", ""))
        if number.isascii() and number.isdigit() and len(number) < 21:
            return self._ledger.order(int(number), account)
        return account.by_client_id.get(str(fields.get("clOrdId")))

    def _canceling(self, order: Order | None, code: str, text: str) -> Reply:
        number = str(self._ledger.order_number(order)) if order is not None else ""
        row = {"clOrdId": order.client_id if order is not None else "", "ordId": number}
        failed = code != "0"
        envelope = {
            "code": "1" if failed else "0",
            "data": [{**row, "sCode": code, "sMsg": text, "ts": str(self._exchange.now_ms)}],
            "msg": "All operations failed" if failed else "",
        }
        return Reply(status=200, body=encode(envelope))

    def canceled(self, order: Order) -> Reply:
        """Return the ids."""
        return self._canceling(order, "0", "")

    def gone(self) -> Reply:
        """Return 51400."""
        return self._canceling(None, "51400", "Cancelation failed as the order does not exist.")

    def stale(
        self, place: str, reply: Reply, *, rule: FaultRule, edge_ms: int
    ) -> tuple[Reply, int]:
        """Leave out rows that are too new or too old."""
        answer = decode(reply.body)
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            return reply, 0
        late = rule.variant == "lag"
        untimed_ms = edge_ms if late else edge_ms + 1
        kept = [row for row in rows if (_row_ms(row, untimed_ms) <= edge_ms) is late]
        if len(kept) < len(rows):
            alone = not kept and place == "GET /api/v5/trade/order"
            missing = {"code": "51603", "msg": "Order does not exist."} if alone else {}
            reply.body = encode({**answer, "data": kept, **missing})
        return reply, len(rows) - len(kept)

    def echo(self, frame: Frame) -> tuple[Frame, str] | None:
        """A raced cancel makes no second message at OKX."""
        return None


def _row_ms(row: object, untimed_ms: int) -> int:
    """Return when a row came to be; rows that do not say are always shown."""
    stamp = (row.get("cTime") or row.get("fillTime")) if isinstance(row, dict) else None
    return int(stamp) if isinstance(stamp, str) and stamp.isdigit() else untimed_ms
