"""Fault plans against their grain: any place, any chance, several at once."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange_simulator.fault_kinds import FAULTS
from exchange_simulator.faults import load_plan
from exchange_simulator.protocols.bybit.protocol import Bybit
from tests.unit.exchange_simulator.builders import Client, frames, hedger, make_exchange
from tests.unit.exchange_simulator.protocols.bybit.test_injector import (
    LIMIT,
    MARKET,
    PAIR,
    disturbed,
    pass_seconds,
    struck,
)

STOP = {**PAIR, "positionIdx": 1, "tpslMode": "Full"}


@pytest.mark.parametrize("variant", ["ignored", "set"])
def test_f15_with_a_chance_never_lies_about_what_it_did(tmp_path: Path, variant: str) -> None:
    """An ignored stop is never set and a set one always is, however the chance falls."""
    rule = {"fault": "F15", "variant": variant, "probability": 0.5}
    bybit, client = disturbed(tmp_path, rule)
    client.post("order/create", **MARKET)
    answers = []
    for number in range(40):
        wanted = str(50_000 + number)
        code = client.post("position/trading-stop", **STOP, stopLoss=wanted)["retCode"]
        stop = client.get("position/list", **PAIR)["result"]["list"][0]["stopLoss"]
        assert (stop == wanted) is (code == 0 or variant == "set")
        answers.append(code)
    assert {0, 34040} == set(answers)
    assert struck(bybit) == [("F15", variant)] * answers.count(34040)


@pytest.mark.parametrize("fault", ["F1", "F2"])
def test_only_what_was_accepted_can_lose_its_answer(tmp_path: Path, fault: str) -> None:
    """A refused order is answered as refused, and no fault is recorded."""
    bybit, client = disturbed(tmp_path, {"fault": fault})
    assert client.post("order/create", **{**MARKET, "positionIdx": 0})["retCode"] == 10001
    assert client.post("order/create", **{**MARKET, "qty": "0"})["retCode"] == 10001
    assert struck(bybit) == []


def test_variants_of_one_fault_work_side_by_side(tmp_path: Path) -> None:
    """Each has a place of its own, so neither hides the other."""
    bybit, client = disturbed(
        tmp_path,
        {"fault": "F4", "variant": "gone", "times": 1},
        {"fault": "F4", "variant": "double_filled"},
    )
    private = client.socket("/v5/private", "order")
    frames(private)
    client.post("order/create", **MARKET)
    order_id = client.post("order/create", **LIMIT)["result"]["orderId"]
    assert client.post("order/cancel", **PAIR, orderId=order_id)["retCode"] == 110001
    assert struck(bybit) == [("F4", "double_filled"), ("F4", "gone")]
    states = [frame["data"][0]["orderStatus"] for frame in frames(private)]
    assert states == ["Filled", "Filled", "New"]


@pytest.mark.parametrize("fault", ["F3", "F16"])
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("market/kline", {**PAIR, "interval": "1"}),
        ("market/instruments-info", {"category": "linear"}),
        ("account/wallet-balance", {"accountType": "UNIFIED"}),
        ("account/info", {}),
    ],
)
def test_stale_reads_anywhere_leave_rows_without_a_time_alone(
    tmp_path: Path, fault: str, path: str, fields: dict[str, Any]
) -> None:
    """A plan may name any path; rows that do not say when they came to be stay."""
    _, calm = disturbed(tmp_path)
    bybit, client = disturbed(tmp_path, {"fault": fault, "where": "/v5/*"})
    assert client.get(path, **fields)["result"] == calm.get(path, **fields)["result"]
    assert struck(bybit) == []


@pytest.mark.parametrize("fault", [name for name, kind in FAULTS.items() if not kind.timed])
def test_a_fault_at_any_place_is_still_an_answer(tmp_path: Path, fault: str) -> None:
    """Whatever path a plan names, no request ends in a defect of ours."""
    for variant in FAULTS[fault].known("bybit"):
        _, client = disturbed(tmp_path, {"fault": fault, "variant": variant, "where": "*"})
        private = client.socket("/v5/private", "order", "execution", "position", "wallet")
        client.socket("/v5/public/linear", "orderbook.50.BTCUSDT", "tickers.BTCUSDT")
        for path, fields in (("order/create", LIMIT), ("order/cancel-all", PAIR)):
            reply = client.raw("POST", f"/v5/{path}", json.dumps(fields).encode())
            assert reply.lost or reply.status in (200, 403, 429, 502)
        for path in ("order/realtime?category=linear&symbol=BTCUSDT", "account/wallet-balance"):
            reply = client.raw("GET", f"/v5/{path}")
            assert reply.lost or reply.status in (200, 403, 429, 502)
        private.drain()


def test_the_same_plan_strikes_the_same_requests(tmp_path: Path) -> None:
    """Seeded: two runs agree hit by hit; another seed does not."""
    seen = []
    for seed in (5, 5, 6):
        file = tmp_path / "plan.yaml"
        rules = [{"fault": "F9", "variant": "10006", "probability": 0.3}]
        file.write_text(yaml.safe_dump({"seed": seed, "faults": rules}))
        exchange = make_exchange(["60000"] * 5)
        hedger(exchange)
        client = Client(Bybit(exchange, limits_on=False, plan=load_plan(file)))
        seen.append([client.get("account/info")["retCode"] for _ in range(60)])
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
    assert 5 < seen[0].count(10006) < 35


def test_rules_strike_only_between_their_times_and_so_often(tmp_path: Path) -> None:
    """from_s and to_s are wall seconds since the start; times counts hits."""
    rule = {"fault": "F9", "variant": "10006", "from_s": 10, "to_s": 20, "times": 3}
    bybit, client = disturbed(tmp_path, rule)
    codes = []
    for _ in range(30):
        codes.append(client.get("account/info")["retCode"])
        pass_seconds(bybit, 1)
    assert codes == [0] * 10 + [10006] * 3 + [0] * 17


def test_a_rule_every_so_many_seconds_goes_on(tmp_path: Path) -> None:
    """A disconnect every seven seconds strikes four times in half a minute."""
    bybit, _ = disturbed(tmp_path, {"fault": "F7", "every_s": 7})
    for _ in range(30):
        pass_seconds(bybit, 1)
    assert struck(bybit) == [("F7", "reset")] * 4
    pass_seconds(bybit, 70)
    assert struck(bybit) == [("F7", "reset")] * 14
