"""One client's WebSocket as the exchange sees it: frames wait in an outbox to be carried."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange_simulator.model import Account

__all__ = ["Connection"]


@dataclass(slots=True, kw_only=True, eq=False)
class Connection:
    """A socket's state.

    `wake` is called when an empty outbox gets its first frame, and `tap`, if there is one, with
    each frame as it leaves. `active` says that something passed since the last look at
    `last_active_us`.
    """

    connection_id: str
    kind: str
    last_active_us: int
    idle_max_us: int = 600_000_000
    active: bool = False
    outbox: deque[bytes] = field(default_factory=deque)
    topics: dict[str, None] = field(default_factory=dict)
    account: Account | None = None
    request_ids: set[str] = field(default_factory=set)
    wake: Callable[[], None] | None = None
    closing: bool = False
    tap: "Callable[[Connection, bytes], None] | None" = None

    def send(self, frame: bytes) -> None:
        """Queue a frame for the client."""
        self.active = True
        self.outbox.append(frame)
        if len(self.outbox) == 1 and self.wake is not None:
            self.wake()

    def close(self) -> None:
        """Ask the carrier to close the socket after what is queued."""
        self.closing = True
        if self.wake is not None:
            self.wake()

    def take(self) -> bytes:
        """Take the oldest queued frame, which now leaves."""
        frame = self.outbox.popleft()
        if self.tap is not None:
            self.tap(self, frame)
        return frame

    def drain(self) -> list[bytes]:
        """Take all queued frames."""
        return [self.take() for _ in range(len(self.outbox))]
