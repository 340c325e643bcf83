"""A TCP proxy on loopback that loses, delays or silences what passes through it.

Switches: `cut()` resets every open connection; `is_refusing` resets new ones as well;
`is_stalled` keeps connections open while nothing from the server comes through; `loses_answers`
lets requests pass and resets the connection as soon as the server begins to answer.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

__all__ = ["TcpProxy"]


class TcpProxy:
    """Forwards to `host:port`; `port` of the proxy itself is chosen by the system."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.is_refusing = False
        self.is_stalled = False
        self.loses_answers = False
        self.answers_lost = 0
        self.accepted = 0
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """Where clients connect to."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """Reset every open connection, as a broken line does."""
        for writer in list(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.is_refusing:
            _reset(writer)
            return
        try:
            upstream_reader, upstream = await asyncio.open_connection(*self._target)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, upstream}
        try:
            await asyncio.gather(
                self._forward(reader, upstream, is_answer=False),
                self._forward(upstream_reader, writer, is_answer=True),
            )
        finally:
            self._writers -= {writer, upstream}

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        try:
            while data := await reader.read(65_536):
                if is_answer and self.loses_answers:
                    self.answers_lost += 1
                    break
                if not (is_answer and self.is_stalled):
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass  # The other side is gone, and what follows tells this side too.
        finally:
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with a TCP reset rather than a polite end."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
