"""The exchange that bots are judged at: `python -m readiness.wire.stage OPTIONS`, as JSON.

The simulator with a witness beside it, everything in one recording. Its market and its faults begin
when the first client knocks, so that a slow start changes nothing of what a bot meets. It announces
itself by one line of JSON, as the simulator does; further lines tell `contact`, `held` (a leg holds
something for the first time) and `flood`. Where speed is measured, its market rests from SIGUSR1 on
and moves again from SIGUSR2 on. It ends with SIGTERM, with its parent, or when flooded.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from exchange_simulator.clock import machine_us
from exchange_simulator.connection import Connection
from exchange_simulator.errors import BadInput
from exchange_simulator.faults import load_plan
from exchange_simulator.model import PositionMode
from exchange_simulator.record import Recorder
from exchange_simulator.run import Serving, serve_until_stopped
from exchange_simulator.state import Exchange
from exchange_simulator.wire_protocol import Answer, WireProtocol
from exchange_simulator.world import WorldOptions, build_world
from readiness.wire.witness import FLOOD, Witness

__all__ = ["Curtain", "Stage", "StageOptions", "main"]

_encode = msgspec.json.Encoder().encode


class StageOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is served; an empty text leaves the usual."""

    markets: tuple[str, ...]
    recording: str
    mode: str = "hedge"
    speed: int = 60
    seed: int = 11
    faults: str = ""
    replay: str = ""
    symbols: tuple[str, ...] = ("BTCUSDT", "ETHUSDT")
    flood: int = FLOOD
    points: int = 20  # Trades of each minute: enough to trade on, and a third of the usual work.
    is_timed: bool = False  # Speed is measured: no limit of requests, and no delay of its own.


class Stage:
    """Every exchange of one session: closed until somebody comes, recorded from then on."""

    def __init__(
        self,
        options: WorldOptions,
        sink: BinaryIO,
        tell: Callable[[str], None],
        flood: int = FLOOD,
    ) -> None:
        """Raises BadInput where the world cannot be built."""
        self._options = options
        self._flood = flood
        self._sink = sink
        self._tell = tell
        self._recorders: dict[str, Recorder] = {}
        self.is_resting = False
        self.waiting: Mapping[str, WireProtocol] = build_world(options, machine_us())

    @property
    def is_open(self) -> bool:
        """Whether somebody has come."""
        return bool(self._recorders)

    def opened(self, name: str) -> Recorder:
        """The exchange of this name; the first call begins the market and the faults of all."""
        if not self._recorders:
            for world_name, protocol in build_world(self._options, machine_us()).items():
                witness = Witness(protocol, self._writer(world_name), self._tell, self._flood)
                spoken = cast(WireProtocol, witness)
                self._recorders[world_name] = Recorder(spoken, self._sink, machine_us)
            self._tell("contact")
        return self._recorders[name]

    def rest(self) -> None:
        """Let the market stand still from now on; whoever asks is answered all the same."""
        self.is_resting = True

    def move(self) -> None:
        """Let the market go on where it stood still."""
        self.is_resting = False

    def finish(self) -> None:
        """Write down which faults struck."""
        for recorder in self._recorders.values():
            recorder.finish()

    def _writer(self, name: str) -> Callable[[dict[str, Any]], None]:
        def write(row: dict[str, Any]) -> None:
            self._sink.write(_encode({"exchange": name, "wall_us": machine_us(), **row}) + b"\n")

        return write


class Curtain:
    """One exchange of a stage, which opens with the first request or handshake."""

    def __init__(self, stage: Stage, name: str) -> None:
        """Serve this exchange of the stage."""
        self._stage = stage
        self.name = name

    @property
    def exchange(self) -> Exchange:
        """What is served, or will be."""
        return self._now().exchange

    @property
    def connections(self) -> dict[str, Connection]:
        """Its sockets."""
        return self._now().connections

    def _now(self) -> WireProtocol:
        stage = self._stage
        now: Any = stage.opened(self.name) if stage.is_open else stage.waiting[self.name]
        return cast(WireProtocol, now)

    def advance(self, wall_us: int) -> None:
        """Pass time on once it has begun; no market time passes while the market rests."""
        stage = self._stage
        if not stage.is_open:
            return
        if stage.is_resting:
            clock = self.exchange.clock
            clock.stand_still(max(0, wall_us - clock.wall_us_at(clock.market_us)))
        stage.opened(self.name).advance(wall_us)

    def next_wall_us(self) -> int | None:
        """Ask when something happens next."""
        stage = self._stage
        moves = stage.is_open and not stage.is_resting
        return self._now().next_wall_us() if moves else None

    def request(
        self,
        *,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Answer a request."""
        return self._stage.opened(self.name).request(
            method=method, target=target, headers=headers, body=body, address=address
        )

    def defect(self, wall_ms: int) -> Answer:
        """Answer as the exchange does."""
        return self._now().defect(wall_ms)

    def connect(self, path: str, wake: Callable[[], None] | None = None) -> Connection | None:
        """Open a socket."""
        return self._stage.opened(self.name).connect(path, wake)

    def receive(self, connection: Connection, data: bytes) -> None:
        """Handle a frame."""
        self._stage.opened(self.name).receive(connection, data)

    def disconnect(self, connection: Connection) -> None:
        """Forget a socket."""
        self._stage.opened(self.name).disconnect(connection)


def main(text: str) -> None:
    """Serve until told to stop; ends with 2 and one sentence where that cannot be done."""
    options = msgspec.json.decode(text, type=StageOptions)
    try:
        asyncio.run(_serve(options))
    except BadInput as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


async def _serve(options: StageOptions) -> None:
    # codelint: ok D08 because nothing runs in this loop before the world is served
    world = _world_options(options)
    serving = Serving(
        host="127.0.0.1",
        port=0,
        as_json=True,
        until_stdin_closes=True,
        api_key=world.api_key,
        api_secret=world.api_secret,
    )
    if options.is_timed:
        serving = replace(serving, socket_delay_ms=0, trade_delay_ms=0)
    # codelint: ok D12 because nothing else runs yet, and the file is written to all the time
    with gzip.GzipFile(options.recording, "wb", compresslevel=1) as sink:
        # codelint: ok D08 because nothing runs in this loop before the world is served
        stage = Stage(world, cast(BinaryIO, sink), _tell, options.flood)
        if options.is_timed:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGUSR1, stage.rest)
            loop.add_signal_handler(signal.SIGUSR2, stage.move)
        curtains = {name: cast(WireProtocol, Curtain(stage, name)) for name in options.markets}
        facts = {"symbols": list(options.symbols), "speed": options.speed}
        await serve_until_stopped(curtains, serving, facts)
        stage.finish()


def _world_options(options: StageOptions) -> WorldOptions:
    """Raises BadInput for a fault plan that cannot be used."""
    hedge = options.mode == "hedge"
    return replace(
        WorldOptions(),
        markets=options.markets,
        symbols=options.symbols,
        seed=options.seed,
        speed=Fraction(options.speed),
        points=options.points,
        limits_on=not options.is_timed,
        mode=PositionMode.HEDGE if hedge else PositionMode.ONE_WAY,
        replay=(Path(options.replay),) if options.replay else (),
        faults=load_plan(Path(options.faults)) if options.faults else None,
    )


def _tell(word: str) -> None:
    """Tell whoever started us; a flood ends the exchange."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
    if word == "flood":
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
