"""A recording of any exchange holds no proof of who sent, and plays the same bytes again."""

import gzip
import json
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from exchange_simulator.playback import Playback, recorded_exchanges
from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.okx.protocol import Okx
from exchange_simulator.record import Recorder, events
from tests.unit.exchange_simulator.builders import SECRET, hedger, make_exchange
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker as BinanceSpeaker
from tests.unit.exchange_simulator.protocols.okx.speaking import PAIR
from tests.unit.exchange_simulator.protocols.okx.speaking import Speaker as OkxSpeaker

FLAT = ["60000"] * 5


def record_binance(sink: BinaryIO) -> list[bytes]:
    """Orders by REST and by socket, with a user stream; returns the answers and frames."""
    exchange = make_exchange(FLAT)
    hedger(exchange)
    recorder = Recorder(Binance(exchange, limits_on=False), sink)
    client = BinanceSpeaker(cast(Any, recorder))
    said = []
    key = json.loads(client.raw("POST", "/fapi/v1/listenKey").body)["listenKey"]
    stream = recorder.connect(f"/ws/{key}")
    order = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "type": "MARKET"}
    query = client.signed({**order, "quantity": "0.1"})
    said.append(client.raw("POST", f"/fapi/v1/order?{query}").body)
    said.append(client.raw("POST", "/fapi/v1/order", query.encode()).body)
    socket = recorder.connect("/ws-fapi/v1")
    assert stream is not None
    assert socket is not None
    params = {**order, "quantity": "0.1", "apiKey": "KEY", "timestamp": exchange.clock.wall_ms}
    params["signature"] = client.sign("&".join(f"{name}={params[name]}" for name in sorted(params)))
    message = {"id": 1, "method": "order.place", "params": params}
    recorder.receive(socket, json.dumps(message).encode())
    recorder.finish()
    return [*said, *stream.drain(), *socket.drain()]


def record_okx(sink: BinaryIO) -> list[bytes]:
    """Orders by REST and by socket after a login; returns the answers and frames."""
    exchange = make_exchange(FLAT)
    hedger(exchange)
    recorder = Recorder(Okx(exchange, limits_on=False), sink)
    client = OkxSpeaker(cast(Any, recorder))
    order = {"instId": PAIR, "tdMode": "cross", "side": "buy", "posSide": "long", "sz": "1"}
    body = json.dumps({**order, "ordType": "market"}).encode()
    said = [client.raw("POST", "/api/v5/trade/order", body).body]
    socket = client.socket("private", {"channel": "orders", "instType": "SWAP"})
    client.say(socket, id="1", op="order", args=[{**order, "ordType": "market"}])
    recorder.finish()
    return [*said, *socket.drain()]


RECORDS = {"binance": record_binance, "okx": record_okx}


@pytest.fixture(params=list(RECORDS))
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, list[bytes]]:
    """An exchange's name, its recording, and what was said."""
    file = tmp_path / "run.gz"
    with gzip.GzipFile(file, "wb") as sink:
        said = RECORDS[request.param](cast(BinaryIO, sink))
    return request.param, file, said


def test_nothing_proves_who_sent(recorded: tuple[str, Path, list[bytes]]) -> None:
    """Neither a signature nor a passphrase nor the secret; the key alone may be seen."""
    name, file, _ = recorded
    text = gzip.decompress(file.read_bytes()).decode()
    for proof in (SECRET, "Simulator1!", "ok-access-sign", "ok-access-passphrase"):
        assert proof not in text
    for event in events(file):
        if event["kind"] == "request":
            assert "signature=" not in event["target"] or event["target"].endswith("signature=")
            body = event["body"].get("text", "")
            assert "signature=" not in body or body.endswith("signature=")
        if event["kind"] == "in":
            assert '"sign"' not in event["frame"]["text"]
            assert '"signature":"' not in event["frame"]["text"].replace('"signature":""', "")
    assert recorded_exchanges(file) == [name]


def test_all_that_was_said_was_kept(recorded: tuple[str, Path, list[bytes]]) -> None:
    """Each answer and each frame, byte for byte."""
    _, file, said = recorded
    kept = set()
    for event in events(file):
        if event["kind"] == "request":
            kept.add(event["reply"]["body"]["text"].encode())
        if event["kind"] == "out":
            kept.add(event["frame"]["text"].encode())
    assert set(said) <= kept


def test_a_playback_answers_as_recorded_and_then_says_that_it_is_over(
    recorded: tuple[str, Path, list[bytes]],
) -> None:
    """In the words of the exchange."""
    name, file, said = recorded
    path = {"binance": "/fapi/v1/order", "okx": "/api/v5/trade/order"}[name]
    player = Playback(file, name)
    answers = [player.request(method="POST", target=path, headers={}) for _ in range(3)]
    over = [answer for answer in answers if b"no further recorded answer" in answer.body]
    assert answers[0].body == said[0]
    assert len(over) == (1 if name == "binance" else 2)
    last = json.loads(over[-1].body)
    assert (over[-1].status, last["code"]) == (
        (400, -1000) if name == "binance" else (200, "50026")
    )


def test_two_exchanges_may_share_a_file() -> None:
    """Each event names its own."""
    sink = BytesIO()
    record_binance(sink)
    exchange = make_exchange(FLAT)
    exchange.name = "okx"
    Recorder(Okx(exchange, limits_on=False), sink).finish()
    rows = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert {row["exchange"] for row in rows} == {"binance", "okx"}
