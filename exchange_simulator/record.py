"""Keeps every request, answer and frame of a run in one file, and reads it back.

A recording is gzip-compressed JSON lines. The first says what it is; each further one is an event:
`request` with its `reply`, `open`, `in`, `out`, `close`, and at the end `faults`, with wall time in
microseconds and, for `request` and `in`, the market's time. Bytes are kept as text where they are
UTF-8, else as base64.
"""

import gzip
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from exchange_simulator.connection import Connection
from exchange_simulator.errors import BadInput
from exchange_simulator.state import Exchange
from exchange_simulator.wire_protocol import Answer, WireProtocol

__all__ = ["Recorder", "events"]

_FORMAT = "exchange_simulator recording"
_SECRET_HEADERS = (
    *("x-bapi-sign", "ok-access-sign", "ok-access-passphrase", "authorization", "cookie"),
)
_SIGNED_FIELD = re.compile(r"((?:^|[?&])signature=)[^&]*")
_SIGNED_VALUE = re.compile(rb'("signature"\s*:\s*")[^"]*"')
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def _text(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def bytes_of(kept: Mapping[str, str]) -> bytes:
    """Return the bytes that were kept."""
    return b64decode(kept["base64"]) if "base64" in kept else kept["text"].encode()


def _body_shown(body: bytes) -> dict[str, str]:
    """Return a body; a form may hold a signature."""
    kept = _text(body)
    if "text" in kept and not kept["text"].startswith(("{", "[")):
        return {"text": _SIGNED_FIELD.sub(r"\1", kept["text"])}
    return kept


def _frame_shown(data: bytes) -> dict[str, str]:
    """Return a client's frame without what proves who it is."""
    for op in ("auth", "login"):
        if f'"{op}"'.encode() in data:
            return {"text": f'{{"op":"{op}"}}'}
    return _text(_SIGNED_VALUE.sub(rb'\1"', data))


class Recorder:
    """A protocol that writes down all that passes through to another one.

    Signatures, passphrases and the arguments of `auth` and `login` are left out: a recording may
    be shown around.
    """

    def __init__(
        self, protocol: WireProtocol, sink: BinaryIO, now_us: Callable[[], int] | None = None
    ) -> None:
        """Record one protocol into an open file; several may share it.

        `now_us` stamps what passes, in a server with the machine's time; without it everything is
        stamped with the wall time that the exchange was told last, so that runs repeat.
        """
        self._protocol = protocol
        self._now_us = now_us or (lambda: protocol.exchange.clock.wall_us)
        self._sink = sink
        self.name = protocol.name
        self.exchange: Exchange = protocol.exchange
        self.connections = protocol.connections
        self._write({"kind": _FORMAT, "version": 1})

    def _write(self, event: dict[str, Any]) -> None:
        row = {"exchange": self.name, "wall_us": self._now_us(), **event}
        self._sink.write(_encode(row) + b"\n")

    def advance(self, wall_us: int) -> None:
        """Pass time on."""
        self._protocol.advance(wall_us)

    def next_wall_us(self) -> int | None:
        """Ask when something happens next."""
        return self._protocol.next_wall_us()

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Answer a request and keep both, stamped as it arrived."""
        arrived_us = self._now_us()
        reply = self._protocol.request(
            method=method, target=target, headers=headers, body=body, address=address
        )
        shown = {name: text for name, text in headers.items() if name not in _SECRET_HEADERS}
        self._write(
            {
                "kind": "request",
                "wall_us": arrived_us,
                "market_ms": self.exchange.now_ms,
                "method": method,
                "target": _SIGNED_FIELD.sub(r"\1", target),
                "headers": shown,
                "body": _body_shown(body),
                "reply": {
                    "status": reply.status,
                    "headers": reply.headers,
                    "content_type": reply.content_type,
                    "body": _text(reply.body),
                    "lost": reply.lost,
                    "delay_ms": reply.delay_ms,
                },
            }
        )
        return reply

    def defect(self, wall_ms: int) -> Answer:
        """Answer as the recorded exchange does."""
        return self._protocol.defect(wall_ms)

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a socket whose frames are kept."""
        connection = self._protocol.connect(path, wake)
        if connection is None:
            return None
        self._write({"kind": "open", "socket": connection.connection_id, "path": path})
        connection.tap = self._tap
        return connection

    def _tap(self, connection: Connection, frame: bytes) -> None:
        self._write({"kind": "out", "socket": connection.connection_id, "frame": _text(frame)})

    def receive(self, connection: Connection, data: bytes) -> None:
        """Keep a client's frame, then hand it on."""
        self._write(
            {
                "kind": "in",
                "socket": connection.connection_id,
                "market_ms": self.exchange.now_ms,
                "frame": _frame_shown(data),
            }
        )
        self._protocol.receive(connection, data)

    def disconnect(self, connection: Connection) -> None:
        """Note the end of a socket."""
        if connection.connection_id in self.connections:
            self._write({"kind": "close", "socket": connection.connection_id})
        self._protocol.disconnect(connection)

    def finish(self) -> None:
        """Write down, as the last event, which faults really struck."""
        reply = self._protocol.request(method="GET", target="/simulator/faults", headers={})
        if reply.status == 200:
            self._write({"kind": "faults", "hits": _decode(reply.body)})


def events(file: Path) -> Iterator[dict[str, Any]]:
    """Read a recording's events in order.

    Raises:
        BadInput: the file is no recording, or is damaged before its first event.
    """
    first = True
    try:
        with gzip.open(file, "rb") as source:
            for line in source:
                row = _decode(line)
                if first and (not isinstance(row, dict) or row.get("kind") != _FORMAT):
                    raise BadInput(f"{file} is no recording of the simulator.")
                first = False
                if row["kind"] != _FORMAT:
                    yield cast(dict[str, Any], row)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        # A run that was killed leaves its last block unfinished: what was read stays good.
        if first:
            raise BadInput(f"Recording {file} cannot be read: {error}.") from error
    if first:
        raise BadInput(f"Recording {file} is empty; give a file that --record wrote.")
