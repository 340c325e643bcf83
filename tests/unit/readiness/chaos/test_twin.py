"""Pictures of a killed run and of its twin: what differs is told, what cannot be equal is not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.order import (
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection, PositionLeg
from bot_trading.engine.state import EngineState
from bot_trading.settings import core_config, load
from exchange_simulator.model import OrderKind, Side, StopMode, TriggerBy
from exchange_simulator.orders import OrderRequest, place
from exchange_simulator.stops import StopRequest, set_stops
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos.twin import Entry, Picture, differences, take_picture

LEG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)
NAMED = "bybit BTCUSDT-1"
BEFORE = Picture(
    facts={
        f"{NAMED}: leg": "0.015 of 0.015",
        "bybit ETHUSDT-2: stop": "3420 and None",
        "figure executions ": "4",
    },
    entries={"e1": Entry(leg=NAMED, is_filled=True, paid=Decimal("0.5"))},
    wallets={"bybit": Decimal(99)},
)


def _order(**changes: object) -> Order:
    parts: dict[str, object] = {
        "client_order_id": "x1",
        "leg_id": LEG,
        "side": OrderSide.BUY,
        "order_type": OrderType.MARKET,
        "quantity": Decimal("0.015"),
        "status": OrderStatus.ACCEPTED,
        "origin": OrderOrigin.BOT,
        "purpose": OrderPurpose.ENTRY,
    }
    return Order(**(parts | changes))  # type: ignore[arg-type]


def test_equal_pictures_differ_in_nothing() -> None:
    """Every fact, every entry and every wallet."""
    assert differences(BEFORE, BEFORE) == []


@pytest.mark.parametrize("about", list(BEFORE.facts))
def test_a_fact_that_differs_is_told_with_both_sides(about: str) -> None:
    """What was there only once is told as nothing on the other side."""
    other = replace(BEFORE, facts={**BEFORE.facts, about: "7"})
    before = BEFORE.facts[about]
    assert differences(BEFORE, other) == [f"{about}: {before} after the kill, 7 without it"]
    without = replace(BEFORE, facts={k: v for k, v in BEFORE.facts.items() if k != about})
    assert differences(without, BEFORE) == [f"{about}: nothing after the kill, {before} without it"]


def test_a_wallet_that_differs_is_told() -> None:
    """To the last unit."""
    other = replace(BEFORE, wallets={"bybit": Decimal("99.01")})
    assert differences(BEFORE, other) == ["bybit: a wallet of 99, without the kill 99.01"]


def test_an_entry_that_only_the_twin_could_send_is_taken_out() -> None:
    """Its leg, its execution and its fee are the twin's alone; all other legs have to agree."""
    lost = Entry(leg=NAMED, is_filled=True, paid=Decimal("0.25"))
    twin = Picture(
        facts={
            **BEFORE.facts,
            f"{NAMED}: leg": "0.031 of 0.031",
            f"{NAMED}: level 1": "SENT 0 of 0.006 at 61793",
            "figure executions ": "5",
        },
        entries={**BEFORE.entries, "e2": lost},
        wallets={"bybit": Decimal("98.75")},
    )
    assert differences(BEFORE, twin) == []
    stolen = {**twin.facts, "bybit ETHUSDT-2: stop": "3500 and None"}
    assert len(differences(BEFORE, replace(twin, facts=stolen))) == 1
    assert len(differences(BEFORE, replace(twin, wallets={"bybit": Decimal("98.5")}))) == 1


def test_a_lost_entry_that_never_filled_excuses_nothing() -> None:
    """It changed no leg, so that a leg that differs has another reason."""
    lost = Entry(leg=NAMED, is_filled=False, paid=Decimal(0))
    twin = replace(
        BEFORE,
        entries={**BEFORE.entries, "e2": lost},
        facts={**BEFORE.facts, f"{NAMED}: leg": "0.031 of 0.031"},
    )
    assert len(differences(BEFORE, twin)) == 1


def test_a_picture_holds_legs_stops_orders_and_the_exchanges_own_facts() -> None:
    """Orders by role, no ids and no instants; entries only where they arrived."""
    options = WorldOptions(symbols=("BTCUSDT",), points=6)
    exchange = build_world(options, 0)["bybit"].exchange
    account = exchange.accounts[options.api_key]
    leg = exchange.leg(account, "BTCUSDT", 1)
    leg.qty, leg.cost, leg.side = Decimal("0.015"), Decimal(900), Side.BUY
    request = StopRequest(mode=StopMode.FULL, stop_loss=Decimal(1_000))
    set_stops(exchange, account, leg, request)
    state = EngineState(config=core_config(load(), "main"))
    state.put_leg(PositionLeg(leg_id=LEG, quantity=Decimal("0.015"), entry_value=Decimal(900)))
    state.resting[LEG] = LegProtection(leg_id=LEG, stop_loss=Decimal(59_000), take_profit=None)
    state.orders = {"x1": _order(), "x2": _order(client_order_id="x2", filled_qty=Decimal("0.01"))}
    picture = take_picture(state, {"bybit": (exchange, account)}, {"x2": 1})
    assert picture.facts[f"{NAMED}: leg"].startswith("0.015 of 0 for 900,")
    assert picture.facts[f"{NAMED}: stop"] == "59000 and None"
    assert picture.facts[f"{NAMED}: held"] == "0.015 for 900, 1000.00 and None"
    assert picture.facts[f"{NAMED}: live orders"] == (
        "ENTRY BUY MARKET 0 of 0.015 at None ACCEPTED;"
        " ENTRY BUY MARKET 0.01 of 0.015 at None ACCEPTED"
    )
    assert set(picture.entries) == {"x2"}
    assert picture.entries["x2"].is_filled
    assert picture.wallets == {"bybit": account.wallet}


def test_several_stops_of_one_level_are_as_good_as_one() -> None:
    """What counts is how much of the leg is closed from where; no stop closes more than its leg."""
    rests = []
    for quantities in (["0.015"], ["0.005", "0.010"], ["0.005", "0.015"], ["0.005"]):
        options = WorldOptions(markets=("okx",), symbols=("BTCUSDT",), points=6)
        exchange = build_world(options, 0)["okx"].exchange
        account = exchange.accounts[options.api_key]
        leg = exchange.leg(account, "BTCUSDT", 1)
        leg.qty, leg.cost, leg.side = Decimal("0.015"), Decimal(900), Side.BUY
        for quantity in quantities:
            place(
                exchange,
                account,
                OrderRequest(
                    symbol="BTCUSDT",
                    side=Side.SELL,
                    kind=OrderKind.MARKET,
                    qty=Decimal(quantity),
                    leg_index=1,
                    trigger_price=Decimal(1_000),
                    trigger_rises=False,
                    trigger_by=TriggerBy.LAST,
                    awaits_position=True,
                ),
            )
        state = EngineState(config=core_config(load(), "main"))
        picture = take_picture(state, {"okx": (exchange, account)}, {})
        rests.append(picture.facts["okx BTCUSDT-1: rests"])
    assert rests == ["0.015 closed from 1000"] * 3 + ["0.005 closed from 1000"]
