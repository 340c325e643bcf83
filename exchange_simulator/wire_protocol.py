"""What the server needs of a protocol, so that each exchange's language plugs in alike."""

from collections.abc import Callable, Mapping
from typing import Protocol

from exchange_simulator.connection import Connection
from exchange_simulator.state import Exchange

__all__ = ["Answer", "WireProtocol"]


class Answer(Protocol):
    """An HTTP answer of any protocol."""

    status: int
    body: bytes
    headers: dict[str, str]
    content_type: str
    delay_ms: int
    lost: bool


class WireProtocol(Protocol):
    """One exchange in one language: bytes in, bytes out, time told by the caller."""

    name: str
    exchange: Exchange
    connections: dict[str, Connection]

    def advance(self, wall_us: int) -> None:
        """Let everything happen that is due by a wall time."""

    def next_wall_us(self) -> int | None:
        """Return when something happens next."""

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Answer an HTTP request."""

    def defect(self, wall_ms: int) -> Answer:
        """Return what a request is answered with when the simulator itself failed at a time."""

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a WebSocket, or return None where the path is none."""

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle a client's frame."""

    def disconnect(self, connection: Connection) -> None:
        """Forget a WebSocket that is gone."""
