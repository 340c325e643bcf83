"""Serves the bytes of a recording again, to whoever asks for the same things in the same order.

A request is answered with the recorded answer of the next recorded request of the same method and
path. A socket on a path gets the recorded frames of the next recorded socket on that path: those
sent before the client's first frame at once, those after its n-th frame when its n-th frame comes.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from exchange_simulator.clock import SimulatedClock
from exchange_simulator.connection import Connection
from exchange_simulator.protocols.answers import Reply
from exchange_simulator.record import bytes_of, events
from exchange_simulator.rules import Rules
from exchange_simulator.state import Exchange

__all__ = ["Playback", "recorded_exchanges"]

_GONE = {
    "bybit": b'{"retCode":10001,"retMsg":"no further recorded answer","result":{},"retExtInfo":{}}',
    "binance": b'{"code":-1000,"msg":"no further recorded answer"}',
    "okx": b'{"code":"50026","data":[],"msg":"no further recorded answer"}',
}


@dataclass(slots=True, kw_only=True)
class _Socket:
    """The frames of one recorded socket, in groups: before, and after each client frame."""

    path: str
    groups: list[list[bytes]] = field(default_factory=lambda: [[]])


def recorded_exchanges(file: Path) -> list[str]:
    """Return the names of the exchanges in a recording, in order of appearance."""
    return list(dict.fromkeys(event["exchange"] for event in events(file)))


class Playback:
    """A protocol that only repeats."""

    def __init__(self, file: Path, name: str) -> None:
        """Load one exchange of a recording."""
        self.name = name
        clock = SimulatedClock(wall_us=0, market_us=0, speed=Fraction(1))
        self.exchange = Exchange(name=name, clock=clock, markets={}, rules=Rules(), seed=0)
        self.connections: dict[str, Connection] = {}
        self._replies: dict[tuple[str, str], deque[Reply]] = {}
        self._sockets: dict[str, deque[_Socket]] = {}
        self._playing: dict[str, deque[list[bytes]]] = {}
        by_id: dict[str, _Socket] = {}
        for event in events(file):
            if event["exchange"] == name:
                self._load(event, by_id)

    def _load(self, event: dict[str, Any], by_id: dict[str, _Socket]) -> None:
        kind = event["kind"]
        if kind == "request":
            kept = event["reply"]
            key = (event["method"], event["target"].partition("?")[0])
            self._replies.setdefault(key, deque()).append(
                Reply(
                    status=kept["status"],
                    body=bytes_of(kept["body"]),
                    headers=kept["headers"],
                    content_type=kept["content_type"],
                    lost=kept["lost"],
                    delay_ms=kept["delay_ms"],
                )
            )
        elif kind == "open":
            socket = by_id[event["socket"]] = _Socket(path=event["path"].partition("?")[0])
            self._sockets.setdefault(socket.path, deque()).append(socket)
        elif kind == "in":
            by_id[event["socket"]].groups.append([])
        elif kind == "out":
            by_id[event["socket"]].groups[-1].append(bytes_of(event["frame"]))

    def advance(self, wall_us: int) -> None:
        """Time does nothing in a recording."""
        self.exchange.clock.tell(wall_us)

    def next_wall_us(self) -> int | None:
        """Return None: nothing happens by itself."""
        return None

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Reply:
        """Return the next recorded answer for this method and path."""
        waiting = self._replies.get((method, target.partition("?")[0]))
        if waiting:
            return waiting.popleft()
        return Reply(status=400 if self.name == "binance" else 200, body=_GONE[self.name])

    def defect(self, wall_ms: int) -> Reply:
        """Return that the recording could not be read on."""
        return Reply(status=503, body=b"{}")

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open the next recorded socket of a path."""
        waiting = self._sockets.get(path.partition("?")[0])
        if not waiting:
            return None
        connection = Connection(
            connection_id=self.exchange.identifier("connection"),
            kind="recorded",
            last_active_us=self.exchange.clock.wall_us,
            wake=wake,
        )
        self.connections[connection.connection_id] = connection
        self._playing[connection.connection_id] = deque(waiting.popleft().groups)
        self._send_group(connection)
        return connection

    def receive(self, connection: Connection, data: bytes) -> None:
        """Send what was recorded after the client's next frame."""
        self._send_group(connection)

    def _send_group(self, connection: Connection) -> None:
        groups = self._playing[connection.connection_id]
        for frame in groups.popleft() if groups else ():
            connection.send(frame)

    def disconnect(self, connection: Connection) -> None:
        """Forget a socket."""
        self.connections.pop(connection.connection_id, None)
        self._playing.pop(connection.connection_id, None)
