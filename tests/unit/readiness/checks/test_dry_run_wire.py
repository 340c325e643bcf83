"""What passed at the exchange of a dry run is read from its recording, and judged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from readiness.checks.dry_run_wire import read_wire
from tests.unit.readiness.wire.recordings import closed, opened, order, request

HEADER = {"kind": "exchange_simulator recording", "version": 1}


def _recorded(folder: Path, *events: dict[str, Any]) -> Path:
    file = folder / "run.gz"
    lines = [json.dumps(each) for each in (HEADER, *events)]
    file.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    return file


@pytest.mark.parametrize("exchange", ["bybit", "binance", "okx"])
def test_the_orders_of_every_exchange_are_judged(tmp_path: Path, exchange: str) -> None:
    """An entry and its close are two commands, and nothing is wrong with them."""
    wire = read_wire(
        _recorded(
            tmp_path,
            order(exchange, 1, "short", "sell", "e1", "0.02"),
            order(exchange, 2, "short", "buy", "x1", "0.02"),
        )
    )
    assert (wire.commands, wire.findings, wire.problem) == (2, (), "")


def test_a_close_that_may_open_is_found(tmp_path: Path) -> None:
    """Bybit closes a leg without reduceOnly only by luck, and an exit of the short leg buys."""
    careless = order("bybit", 1, "long", "sell", "x1", "0.02")
    careless["body"]["text"] = careless["body"]["text"].replace("true", "false")
    wrong = order("bybit", 2, "short", "buy", "x2", "0.02")
    wrong["body"]["text"] = wrong["body"]["text"].replace("Buy", "Sell")
    found = read_wire(_recorded(tmp_path, careless, wrong)).findings
    assert [(each.rule_id, each.severity) for each in found] == [("W03", "CRITICAL")]
    assert "closes without reduceOnly, and 1 times more" in found[0].message


def test_orders_that_were_amended_are_counted(tmp_path: Path) -> None:
    """Those that the exchange took."""
    told = {"symbol": "BTCUSDT", "orderLinkId": "t1", "qty": "0.02"}
    amends = [
        request("bybit", 2, "POST", "/v5/order/amend", told),
        request("bybit", 3, "POST", "/v5/order/amend", told, reply={"retCode": 110001}),
    ]
    assert read_wire(_recorded(tmp_path, *amends)).amended == 1


def test_what_only_counts_seconds_is_not_asked(tmp_path: Path) -> None:
    """Sockets that come back without a subscription prove nothing where hours take seconds."""
    events = [
        opened("bybit", 0, "a", "/v5/private"),
        closed("bybit", 1, "a"),
        opened("bybit", 2, "b", "/v5/private"),
        order("bybit", 30, "long", "buy", "e1", "0.02"),
    ]
    assert read_wire(_recorded(tmp_path, *events)).findings == ()


def test_a_run_without_an_order_shows_nothing(tmp_path: Path) -> None:
    """Reading alone is no trade."""
    wire = read_wire(_recorded(tmp_path, request("okx", 1, "GET", "/api/v5/public/time")))
    assert (wire.commands, wire.problem) == (0, "no order passed at the exchange")


@pytest.mark.parametrize("content", [None, b"", b"no recording"])
def test_a_recording_that_is_none_is_told(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty or of another kind: its place is in the reason."""
    file = tmp_path / "run.gz"
    if content is not None:
        file.write_bytes(content)
    wire = read_wire(file)
    assert wire.commands == 0
    assert wire.problem.startswith("the recording of the run cannot be read: ")
    assert str(file) in wire.problem
