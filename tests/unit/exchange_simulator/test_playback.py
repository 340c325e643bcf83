"""Recording and playing back without sockets: bytes, groups of frames, and what is left out."""

import gzip
import io
import json
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from exchange_simulator.connection import Connection
from exchange_simulator.errors import BadInput
from exchange_simulator.playback import Playback, recorded_exchanges
from exchange_simulator.record import Recorder, bytes_of, events
from exchange_simulator.wire_protocol import WireProtocol
from tests.unit.exchange_simulator.builders import MINUTE_US, Client, make_bybit

ORDER = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Market",
    "qty": "0.1",
    "positionIdx": 1,
}


def recorded(folder: Path) -> tuple[Path, list[bytes], list[bytes]]:
    """Record a short session; return the file, the answers and the socket's frames."""
    bybit, client = make_bybit([str(60_000 + 10 * (n % 5)) for n in range(30)])
    sink = io.BytesIO()
    protocol: WireProtocol = bybit
    recorder = Recorder(protocol, cast(BinaryIO, sink))
    voice = Client(recorder)  # type: ignore[arg-type]
    answers = [voice.raw("GET", "/v5/market/time").body]
    public = voice.socket("/v5/public/linear", "kline.1.BTCUSDT")
    frames = public.drain()
    recorder.advance(recorder.exchange.clock.wall_us + MINUTE_US)
    frames += public.drain()
    answers.append(voice.raw("POST", "/v5/order/create", json.dumps(ORDER).encode()).body)
    answers.append(voice.raw("POST", "/v5/order/create", b"\xff\xfe").body)
    voice.say(public, op="ping")
    frames += public.drain()
    recorder.disconnect(public)
    recorder.finish()
    assert client.bybit is bybit
    file = folder / "run.gz"
    file.write_bytes(gzip.compress(sink.getvalue()))
    return file, answers, frames


def test_answers_and_frames_come_back_byte_for_byte(tmp_path: Path) -> None:
    """The n-th request of a path gets its n-th answer; frames come after the client's own."""
    file, answers, frames = recorded(tmp_path)
    assert recorded_exchanges(file) == ["bybit"]
    player = Playback(file, "bybit")
    ask = [("GET", "/v5/market/time"), *[("POST", "/v5/order/create")] * 2]
    replies = [player.request(method=m, target=t, headers={}).body for m, t in ask]
    assert replies == answers
    socket = player.connect("/v5/public/linear?x=1")
    assert socket is not None
    assert socket.drain() == []
    player.receive(socket, b"subscribe")
    first = socket.drain()
    player.receive(socket, b"ping")
    assert first + socket.drain() == frames
    assert len(first) > 3
    player.disconnect(socket)
    assert player.connections == {}


def test_what_was_not_recorded_says_so(tmp_path: Path) -> None:
    """A further request is an error answer, a further socket none at all."""
    file, _, _ = recorded(tmp_path)
    player = Playback(file, "bybit")
    reply = player.request(method="GET", target="/v5/market/kline", headers={})
    assert b"no further recorded answer" in reply.body
    assert player.connect("/v5/private") is None
    assert player.next_wall_us() is None


def test_bytes_that_are_no_text_are_kept_exactly(tmp_path: Path) -> None:
    """They are stored as base64."""
    file, _, _ = recorded(tmp_path)
    bodies = [bytes_of(row["body"]) for row in events(file) if row["kind"] == "request"]
    assert bodies[-1] == b"\xff\xfe"


def test_times_and_places_are_written_down(tmp_path: Path) -> None:
    """Each event has its wall time; requests and client frames also the market's."""
    file, _, _ = recorded(tmp_path)
    rows = list(events(file))
    stamps = [row["wall_us"] for row in rows]
    assert stamps == sorted(stamps)
    assert all("market_ms" in row for row in rows if row["kind"] in ("request", "in"))
    assert [row["kind"] for row in rows[-2:]] == ["close", "faults"]
    assert rows[-1]["hits"] == []


def test_secrets_are_left_out(tmp_path: Path) -> None:
    """Neither signatures nor auth arguments are kept."""
    bybit, _ = make_bybit(["60000"] * 5)
    sink = io.BytesIO()
    voice = Client(Recorder(bybit, cast(BinaryIO, sink)))  # type: ignore[arg-type]
    voice.socket("/v5/private", "order")
    voice.get("account/info")
    text = sink.getvalue().decode()
    assert "x-bapi-sign" not in text
    assert "GET/realtime" not in text
    assert text.count('{\\"op\\":\\"auth\\"}') == 1
    assert isinstance(next(iter(bybit.connections.values())), Connection)


def test_a_recording_that_was_cut_off_serves_what_it_has(tmp_path: Path) -> None:
    """A killed run leaves an unfinished file; what was written is still good."""
    file, _, _ = recorded(tmp_path)
    whole = list(events(file))
    file.write_bytes(file.read_bytes()[:-60])
    some = list(events(file))
    assert some == whole[: len(some)]
    file.write_bytes(gzip.compress(b'{"kind":"something else"}\n'))
    with pytest.raises(BadInput, match="is no recording"):
        list(events(file))
