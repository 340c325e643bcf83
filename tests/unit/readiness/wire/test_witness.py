"""The witness: what is held, covered and resting is written down in the same words everywhere."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any, cast

import pytest

from exchange_simulator.protocols.binance.protocol import Binance
from exchange_simulator.protocols.okx.protocol import Okx
from exchange_simulator.world import WorldOptions, build_world
from readiness.wire.stage import Curtain, Stage
from readiness.wire.witness import Witness
from tests.unit.exchange_simulator.builders import hedger, make_exchange
from tests.unit.exchange_simulator.protocols.binance.speaking import Speaker as BinanceSpeaker
from tests.unit.exchange_simulator.protocols.okx.speaking import Speaker as OkxSpeaker


def watched(protocol: Any) -> tuple[Witness, list[dict[str, Any]], list[str]]:
    """A witness, what it writes, and what it tells."""
    rows: list[dict[str, Any]] = []
    told: list[str] = []
    return Witness(protocol, rows.append, told.append, flood=9), rows, told


def states(rows: list[dict[str, Any]]) -> list[list[tuple[str, Decimal, Decimal]]]:
    """Leg, quantity and covered quantity of each state."""
    return [
        [(leg["leg"], Decimal(leg["qty"]), Decimal(leg["covered"])) for leg in row["legs"]]
        for row in rows
        if row["kind"] == "truth"
    ]


def test_a_leg_without_a_stop_and_with_one() -> None:
    """On Binance the stop is an order of its own; one for a part covers that part."""
    exchange = make_exchange(["60000"] * 5)
    hedger(exchange)
    witness, rows, told = watched(Binance(exchange, limits_on=False))
    client = BinanceSpeaker(cast(Any, witness))
    client.order("BUY", "LONG", "0.2")
    client.algo("STOP_MARKET", "SELL", "LONG", triggerPrice="50000", quantity="0.1")
    held, half = Decimal("0.2"), Decimal("0.1")
    assert states(rows) == [[("long", held, Decimal(0))], [("long", held, half)]]
    assert [order["closes"] for order in rows[-1]["orders"]] == [True]
    assert told == ["held"]


def test_a_target_covers_nothing() -> None:
    """An order that waits for a better price does not close the leg when it falls."""
    exchange = make_exchange(["60000"] * 5)
    hedger(exchange)
    witness, rows, _ = watched(Okx(exchange, limits_on=False))
    client = OkxSpeaker(cast(Any, witness))
    client.order("buy", "long", "1")
    client.algo("conditional", "sell", "long", "1", tpTriggerPx="70000", tpOrdPx="-1")
    client.algo("conditional", "sell", "long", "1", slTriggerPx="50000", slOrdPx="-1")
    covers = [covered == qty for state in states(rows) for _, qty, covered in state]
    assert covers == [False, False, True]
    assert len(rows[-1]["orders"]) == 2


def test_what_does_not_change_is_written_once_and_a_flood_is_told() -> None:
    """Asking changes nothing; the ninth message here is one too many, and said once."""
    exchange = make_exchange(["60000"] * 5)
    hedger(exchange)
    witness, rows, told = watched(Binance(exchange, limits_on=False))
    for _ in range(12):
        witness.request(method="GET", target="/fapi/v1/ping", headers={})
    assert len(rows) == 1
    assert told == ["flood"]


def test_a_refused_handshake_leaves_a_row() -> None:
    """A path that is none is refused, and nothing else of it would be left."""
    exchange = make_exchange(["60000"] * 5)
    hedger(exchange)
    witness, rows, _ = watched(Binance(exchange, limits_on=False))
    assert witness.connect("/nowhere") is None
    connection = witness.connect("/ws")
    assert connection is not None
    witness.receive(connection, b"{}")
    witness.disconnect(connection)
    assert [row["kind"] for row in rows] == ["refused", "truth"]
    assert witness.defect(1).body


@pytest.mark.parametrize("name", ["bybit", "okx"])
def test_the_market_begins_when_somebody_comes(name: str) -> None:
    """Until then no time passes; the first request opens every exchange of the stage."""
    told: list[str] = []
    sink = io.BytesIO()
    stage = Stage(WorldOptions(markets=("bybit", "okx")), sink, told.append)
    curtain, other = Curtain(stage, name), Curtain(stage, "bybit")
    before = curtain.exchange
    curtain.advance(10**18)
    assert curtain.next_wall_us() is None
    assert (told, curtain.connections) == ([], {})
    assert curtain.request(method="GET", target="/x", headers={}).status == 404
    assert told == ["contact"]
    assert curtain.exchange is not before
    assert other.exchange.name == "bybit"
    assert stage.is_open
    connection = curtain.connect({"bybit": "/v5/private", "okx": "/ws/v5/private"}[name])
    assert connection is not None
    curtain.receive(connection, b"{}")
    curtain.disconnect(connection)
    stage.finish()
    kinds = [json.loads(line)["kind"] for line in sink.getvalue().splitlines()]
    assert {"request", "open", "in", "close", "faults"} <= set(kinds)
    assert curtain.defect(1).body


def test_a_world_has_one_witness_per_exchange() -> None:
    """Each is recorded under its own name."""
    world = build_world(WorldOptions(markets=("bybit", "binance")), 0)
    assert [watched(protocol)[0].name for protocol in world.values()] == ["bybit", "binance"]
