"""Carries out a fault plan on Bybit's wire: requests, answers, frames, sockets, and time."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from exchange_simulator.connection import Connection
from exchange_simulator.faults import FaultRule, Faults
from exchange_simulator.forced import deleverage, force_one_way
from exchange_simulator.model import Account, Status
from exchange_simulator.orders import cancel
from exchange_simulator.protocols.bybit.wire import Reply, encode
from exchange_simulator.state import Exchange

__all__ = ["Injector"]

_decode = msgspec.json.Decoder().decode
_HTML = {
    "403": (403, b"<html><body>access too frequent</body></html>"),
    "429": (429, b"<html><body>429 Too Many Requests</body></html>"),
    "502": (502, b"<html><body>502 Bad Gateway</body></html>"),
}
_GATEWAY_ERRORS = {
    "10006": (10006, "Too many visits. Exceeded the API Rate Limit."),
    "10016": (10016, "Server error"),
    "10000": (10000, "Server Timeout"),
    "10005": (10005, "Permission denied, please check your API key permissions."),
    "10010": (10010, "Unmatched IP, please check your API key's bound IP addresses."),
    "10027": (10027, "Transactions are banned."),
    "33004": (33004, "Your api key has expired."),
    "110063": (110063, "Settlement in progress! Not available for trading."),
    "110066": (110066, "Trading is currently not allowed"),
    "110079": (110079, "The order is processing and can not be operated, please try again later"),
}
_DELAY_MS = 15_000
_CLOSED = ("Filled", "Cancelled", "Rejected", "Deactivated")
_Frame = tuple[str, int, list[dict[str, Any]]]


class Injector:
    """Asks the plan at each place where something can go wrong, and does it."""

    def __init__(
        self,
        exchange: Exchange,
        faults: Faults,
        connections: dict[str, Connection],
        publish: Callable[[str, list[bytes]], None],
    ) -> None:
        """Disturb an exchange and its sockets; `publish` sends frames to a topic's listeners."""
        self._publish = publish
        self.exchange = exchange
        self.faults = faults
        self._connections = connections
        self._later: list[tuple[int, Callable[[], None]]] = []
        self._held: list[_Frame] = []
        self._refuse_until_us = 0
        self._closed_until_us = 0
        self._stalls: list[tuple[int, str]] = []

    @property
    def _wall_us(self) -> int:
        return self.exchange.clock.wall_us

    def _hit(self, rule: FaultRule, what: str) -> None:
        self.faults.hit(rule, what, wall_us=self._wall_us, market_ms=self.exchange.now_ms)

    def _draw(self, kinds: tuple[str, ...], where: str) -> FaultRule | None:
        return self.faults.draw(kinds, where, self._wall_us)

    def _reply(self, code: int, message: str) -> Reply:
        answer = {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}}
        stamp = self.exchange.clock.wall_ms
        headers = {"X-Bapi-Limit-Reset-Timestamp": str(stamp + 1000)} if code == 10006 else {}
        return Reply(status=200, body=encode({**answer, "time": stamp}), headers=headers)

    def next_us(self) -> int | None:
        """Return when something is due by time."""
        times = [due for due, _ in self._later]
        planned = self.faults.next_due_us()
        if planned is not None:
            times.append(planned)
        return min(times) if times else None

    def run_due(self) -> None:
        """Carry out what is due by time."""
        due = [action for at_us, action in self._later if at_us <= self._wall_us]
        self._later = [item for item in self._later if item[0] > self._wall_us]
        for action in due:
            action()
        for rule in self.faults.due(self._wall_us):
            self._strike(rule)
        if due:
            self.exchange.flush()

    def _strike(self, rule: FaultRule) -> None:
        until_us = self._wall_us + int(rule.duration_s * 1e6)
        if rule.fault == "F6":
            self._stalls.append((until_us, rule.variant))
            self._hit(rule, f"{len(self._connections)} sockets silent for {rule.duration_s} s")
        elif rule.fault in ("F7", "F17"):
            self._interrupt(rule, until_us)
        else:
            self._disturb_accounts(rule)

    def _interrupt(self, rule: FaultRule, until_us: int) -> None:
        if rule.fault == "F17":
            self._announce("ongoing", until_us)
            self._later.append((until_us, lambda: self._announce("completed", until_us)))
        if rule.fault == "F17" and rule.variant == "refuse":
            self._refuse_until_us = until_us
            self._hit(rule, f"orders refused for {rule.duration_s} s")
            return
        if rule.variant in ("handshake", "restart"):
            self._closed_until_us = until_us
        cut = list(self._connections.values())
        for connection in cut:
            connection.close()
        self._hit(rule, f"{len(cut)} sockets cut")

    def _announce(self, state: str, until_us: int) -> None:
        """Tell listeners of system.status about a maintenance."""
        row = {
            "id": self.exchange.identifier("maintenance"),
            "title": "maintenance",
            "state": state,
            "begin": str(self.exchange.clock.wall_ms),
            "end": str(until_us // 1000),
            "href": "",
            "serviceTypes": [2, 3, 4, 5],
            "product": [1, 2],
            "uidSuffix": [],
            "maintainType": 3,
            "env": 1,
        }
        frame = {"topic": "system.status", "ts": self.exchange.clock.wall_ms, "data": [row]}
        self._publish("system.status", [encode(frame)])

    def _disturb_accounts(self, rule: FaultRule) -> None:
        """F11 switches flat symbols; F13 closes a leg, F14 halves it, behind the client's back."""
        exchange = self.exchange
        for account in list(exchange.accounts.values()):
            if rule.fault == "F11":
                switched = force_one_way(exchange, account)
                if switched:
                    self._hit(rule, f"one-way: {', '.join(switched)}")
                continue
            part = Decimal(1) if rule.fault == "F13" else Decimal("0.5")
            for leg in account.held():
                if deleverage(exchange, account, leg, part):
                    self._hit(rule, f"{leg.symbol} leg {leg.index} to {leg.qty}")
                    break
        exchange.flush()

    def before(self, path: str, account: Account | None, fields: Any) -> Reply | None:
        """Return an answer that replaces the request's own, which is then not carried out."""
        self.exchange.pieces = 1
        if self._wall_us < self._closed_until_us:
            return Reply(status=502, body=_HTML["502"][1], content_type="text/html")
        if self._wall_us < self._refuse_until_us and path.startswith("/v5/order/create"):
            return self._reply(110066, "Trading is currently not allowed")
        rule = self._draw(("F9", "F10"), path)
        if rule is not None:
            self._hit(rule, path)
            if rule.fault == "F10":
                return self._too_late()
            if rule.variant in _HTML:
                status, body = _HTML[rule.variant]
                return Reply(status=status, body=body, content_type="text/html")
            return self._reply(*_GATEWAY_ERRORS[rule.variant])
        return self._before_by_account(path, account, fields)

    def _too_late(self) -> Reply:
        server = self.exchange.clock.wall_ms
        text = "invalid request, please check your server timestamp or recv_window param."
        stamps = f" req_timestamp[{server - 9000}],server_timestamp[{server}],recv_window[5000]"
        return self._reply(10002, text + stamps)

    def _before_by_account(self, path: str, account: Account | None, fields: Any) -> Reply | None:
        if account is None or not isinstance(fields, dict):
            return None
        if fields.get("reduceOnly") is True:
            rule = self._draw(("F12",), path)
            if rule is not None:
                self._flatten(rule, account, fields)
        rule = self._draw(("F18",), path)
        if rule is not None:
            self.exchange.pieces = max(1, rule.pieces)
            self._hit(rule, f"{path} in {rule.pieces} pieces")
        rule = self._draw(("F4:late", "F4:gone", "F15:ignored"), path)
        if rule is None:
            return None
        if rule.fault == "F4":
            return self._odd_cancel(rule, account, fields)
        self._hit(rule, path)
        return self._reply(34040, "not modified")

    def _flatten(self, rule: FaultRule, account: Account, fields: dict[str, Any]) -> None:
        leg = account.legs.get((str(fields.get("symbol")), _whole(fields.get("positionIdx"))))
        if leg is not None and deleverage(self.exchange, account, leg, Decimal(1)):
            self._hit(rule, f"{leg.symbol} leg {leg.index} closed before the order")
            self.exchange.flush()

    def _odd_cancel(
        self, rule: FaultRule, account: Account, fields: dict[str, Any]
    ) -> Reply | None:
        """`late` acknowledges and cancels later; `gone` says 110001 and cancels nothing."""
        order = account.open_orders.get(str(fields.get("orderId")))
        order = order or account.by_client_id.get(str(fields.get("orderLinkId")))
        if order is None or not order.open:
            return None
        self._hit(rule, order.order_id)
        if rule.variant == "gone":
            return self._reply(110001, "order not exists or too late to cancel")

        def cancel_now() -> None:
            if order.open:
                cancel(self.exchange, account, order)

        self._later.append((self._wall_us + rule.lag_ms * 1000, cancel_now))
        reply = self._reply(0, "OK")
        ids = {"orderId": order.order_id, "orderLinkId": order.client_id}
        reply.body = encode({**_decode(reply.body), "result": ids})
        return reply

    def after(self, path: str, reply: Reply) -> Reply:
        """Return the answer as it arrives, if it arrives; refusals always do."""
        self.exchange.pieces = 1
        if reply.status != 200 or _decode(reply.body)["retCode"] != 0:
            return reply
        rule = self._draw(("F1", "F2", "F3", "F15:set", "F16"), path)
        if rule is None:
            return reply
        if rule.fault in ("F3", "F16"):
            return self._stale(rule, path, reply)
        self._hit(rule, path)
        if rule.fault == "F1":
            reply.lost = rule.variant == "closed"
            reply.delay_ms = _DELAY_MS if rule.variant == "delayed" else 0
            return reply
        if rule.fault == "F15":
            return self._reply(34040, "not modified")
        return self._reply(*_GATEWAY_ERRORS[rule.variant])

    def _stale(self, rule: FaultRule, path: str, reply: Reply) -> Reply:
        """Leave out what is too new, what was closed, or what is too old."""
        answer = _decode(reply.body)
        rows = answer.get("result", {}).get("list") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            return reply
        edge = self.exchange.now_ms - int(rule.lag_ms * self.exchange.clock.speed)
        if rule.variant == "lag":
            kept = [row for row in rows if _row_ms(row, edge) <= edge]
        elif rule.variant == "restart":
            kept = [row for row in rows if _field(row, "orderStatus") not in _CLOSED]
        else:
            kept = [row for row in rows if _row_ms(row, edge + 1) > edge]
        if len(kept) == len(rows):
            return reply
        self._hit(rule, f"{path} hid {len(rows) - len(kept)} rows")
        answer["result"]["list"] = kept
        reply.body = encode(answer)
        return reply

    def private(self, frames: list[_Frame]) -> list[_Frame]:
        """Duplicate, reverse or hold back the frames of one operation."""
        frames, self._held = [*frames, *self._held], []
        extra = [frame for frame in map(self._second_filled, frames) if frame is not None]
        frames += extra
        rule = self._draw(("F5",), "private")
        if rule is None:
            return frames
        self._hit(rule, f"{len(frames)} frames")
        if rule.variant == "duplicate":
            return [frame for frame in frames for _ in range(2)]
        if rule.variant == "reverse":
            return frames[::-1]
        self._held = frames[:1]
        return frames[1:]

    def _second_filled(self, frame: _Frame) -> _Frame | None:
        """F4: a cancel that raced the fill makes a second Filled message."""
        kind, account_id, rows = frame
        if kind != "order" or rows[0]["orderStatus"] != Status.FILLED.value:
            return None
        rule = self._draw(("F4:double_filled",), "/v5/order/cancel")
        if rule is None:
            return None
        self._hit(rule, rows[0]["orderId"])
        cause = {"cancelType": "CancelByUser", "rejectReason": "EC_OrigClOrdIDDoesNotExist"}
        return kind, account_id, [{**rows[0], **cause}]

    def public(self, topic: str, frames: list[bytes]) -> list[bytes]:
        """Break an order book: leave a delta out, or delete a level that is not there."""
        if not topic.startswith("orderbook.") or not frames:
            return frames
        rule = self._draw(("F8",), topic)
        if rule is None:
            return frames
        self._hit(rule, topic)
        if rule.variant == "skip":
            return frames[1:]
        message = _decode(frames[0])
        message["data"]["b"].append(["0.01", "0"])
        return [encode(message), *frames[1:]]

    def silent(self, connection: Connection) -> bool:
        """Whether a socket carries no data now."""
        self._stalls = [stall for stall in self._stalls if stall[0] > self._wall_us]
        return any(variant in ("all", connection.kind) for _, variant in self._stalls)

    def refuses_sockets(self) -> bool:
        """Whether handshakes fail now."""
        return self._wall_us < self._closed_until_us

    def trade_refusal(self) -> tuple[int, str] | None:
        """Return what the trade socket answers during maintenance."""
        if self._wall_us < self._refuse_until_us:
            return 10019, "ws trade service is restarting, please reconnect"
        return None


def _field(row: object, name: str) -> object:
    return row.get(name) if isinstance(row, dict) else None


def _row_ms(row: object, untimed_ms: int) -> int:
    """Return when a row came to be; rows that do not say, such as balances, are always shown."""
    stamp = _field(row, "createdTime") or _field(row, "execTime")
    return int(stamp) if isinstance(stamp, str) and stamp.isdigit() else untimed_ms


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
