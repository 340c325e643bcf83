"""A loopback CONNECT proxy with a throw-away certificate, for clients with fixed host names.

A client that is told to use the proxy and to trust the certificate asks it for `api.bybit.com:443`;
the proxy answers with a certificate of that name and hands the decrypted bytes to the simulator.
"""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from pathlib import Path

from exchange_simulator.errors import BadInput

__all__ = ["HOSTS", "Authority", "TlsProxy", "make_authority"]

HOSTS = {"bybit": ("bybit.com",), "binance": ("binance.com",), "okx": ("okx.com",)}
_LINE_MAX = 8192
_CHUNK = 65536
_JOIN_S = 5  # To the exchange on the other side, which runs on this machine.
_HEAD_TIMEOUT_S = 30


class Authority:
    """A certificate that clients may trust, and a server context that it vouches for."""

    def __init__(self, ca_file: Path, context: ssl.SSLContext) -> None:
        """Hold both."""
        self.ca_file = ca_file
        self.context = context


def make_authority(folder: Path) -> Authority:
    """Make a certificate authority and one certificate for all known hosts, valid for a week.

    Raises:
        BadInput: the `openssl` command is missing or fails.
    """
    command = shutil.which("openssl")
    if command is None:
        raise BadInput("--tls-proxy needs the openssl command to make its certificate; install it.")
    folder.mkdir(parents=True, exist_ok=True)
    key, ca = folder / "ca.key", folder / "ca.pem"
    leaf_key, request, leaf = folder / "leaf.key", folder / "leaf.csr", folder / "leaf.pem"
    names = [name for row in HOSTS.values() for name in row]
    listed = ",".join(f"DNS:{name},DNS:*.{name}" for name in names)
    extensions = folder / "leaf.ext"
    extensions.write_text(f"subjectAltName={listed},DNS:localhost,IP:127.0.0.1\n")
    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    vouched = ("-CA", str(ca), "-CAkey", str(key), "-CAcreateserial", "-days", "7")
    _run(
        *(command, "req", "-x509", *elliptic, "-keyout", str(key), "-out", str(ca)),
        *("-days", "7", "-subj", "/CN=exchange simulator throw-away authority"),
    )
    _run(
        *(command, "req", *elliptic, "-keyout", str(leaf_key), "-out", str(request)),
        *("-subj", "/CN=exchange simulator"),
    )
    _run(
        *(command, "x509", "-req", "-in", str(request), *vouched),
        *("-out", str(leaf), "-extfile", str(extensions)),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, leaf_key)
    return Authority(ca, context)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        reason = " ".join(done.stderr.split())[-200:]
        raise BadInput(f"openssl could not make the proxy's certificate: {reason}")


class TlsProxy:
    """Accepts CONNECT for known hosts and carries bytes to the exchange of that name."""

    def __init__(self, authority: Authority, ports: dict[str, int], *, host: str) -> None:
        """`ports` are the exchanges' plain ports by name."""
        self._authority = authority
        self._ports = ports
        self._host = host
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, self._host, port, limit=_LINE_MAX)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def _target(self, name: str) -> int | None:
        """Return the port behind a host name, or None for a stranger."""
        for exchange, domains in HOSTS.items():
            for domain in domains:
                if (name == domain or name.endswith(f".{domain}")) and exchange in self._ports:
                    return self._ports[exchange]
        return None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                method, _, rest = head.decode("latin-1").partition(" ")
                port = self._target(rest.partition(":")[0])
                if method != "CONNECT" or port is None:
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    await writer.drain()
                    return
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
                await writer.start_tls(self._authority.context)
            await self._join(reader, writer, port)
        except (
            OSError,
            TimeoutError,
            ssl.SSLError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
        ):
            return
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        async with asyncio.timeout(_JOIN_S):
            inner_reader, inner_writer = await asyncio.open_connection(self._host, port)
        ways = {
            asyncio.create_task(_pipe(reader, inner_writer)),
            asyncio.create_task(_pipe(inner_reader, writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            inner_writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
