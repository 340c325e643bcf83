"""The watch: each invariant is told when it breaks, once, and not before."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.domain.order import OrderStatus
from bot_trading.settings import core_config, load
from bot_trading.storage.memory import Memory, MemoryStore
from exchange_simulator.model import Account, Leg, OrderKind, Side, TriggerBy
from exchange_simulator.orders import OrderRequest, place
from exchange_simulator.state import Exchange
from exchange_simulator.world import WorldOptions, build_world
from readiness.chaos import watch as watch_module
from readiness.chaos.watch import UNPROTECTED_MAX_S, Watch, judge_together, look_at_all
from tests.integration.storage import samples
from tests.integration.storage.samples import records

OPTIONS = WorldOptions(symbols=("BTCUSDT",), points=6)


class Scene:
    """An exchange, a store and a watch over both."""

    def __init__(self, name: str = "bybit") -> None:
        world = build_world(replace(OPTIONS, markets=(name,)), 0)
        self.exchange: Exchange = world[name].exchange
        self.account: Account = self.exchange.accounts[OPTIONS.api_key]
        self.memory = Memory()
        limits = core_config(load(), "main").limits
        self.watch = Watch(self.exchange, self.account, self.memory, limits)

    async def store(self, *rows: Any) -> None:
        """Keep rows as the bot would."""
        store = MemoryStore(self.memory)
        await store.open("main")
        await store.commit(records(*rows))
        await store.close()

    def hold(self, index: int, quantity: str, price: str = "60000") -> Leg:
        """Let the exchange hold a leg, without a stop."""
        leg = self.exchange.leg(self.account, "BTCUSDT", index)
        leg.qty = Decimal(quantity)
        leg.cost = leg.qty * Decimal(price)
        leg.side = Side.BUY if index == 1 else Side.SELL
        return leg

    def rest_stop(self, index: int, quantity: str, *, rises: bool) -> None:
        """Let a conditional order of its own rest that closes so much of a leg."""
        place(
            self.exchange,
            self.account,
            OrderRequest(
                symbol="BTCUSDT",
                side=Side.SELL if index == 1 else Side.BUY,
                kind=OrderKind.MARKET,
                qty=Decimal(quantity),
                leg_index=index,
                trigger_price=Decimal(200_000 if rises else 1_000),
                trigger_rises=rises,
                trigger_by=TriggerBy.LAST,
                awaits_position=True,
            ),
        )


def _create(**changes: object) -> bytes:
    body = {
        "symbol": "BTCUSDT",
        "orderLinkId": "o1",
        "positionIdx": 1,
        "reduceOnly": False,
        "stopLoss": "59000",
    }
    return json.dumps({**body, **changes}).encode()


async def test_a_stored_entry_with_its_stop_breaks_nothing() -> None:
    """The promise kept, over REST and over the socket alike."""
    scene = Scene()
    await scene.store(samples.order(), samples.order(client_order_id="o2"))
    scene.watch.request("POST", "/v5/order/create", _create())
    frame = {"op": "order.create", "args": [json.loads(_create(orderLinkId="o2"))]}
    scene.watch.request("SOCKET", "/v5/trade", json.dumps(frame, separators=(",", ":")).encode())
    scene.watch.request("SOCKET", "/v5/trade", b'{"op":"ping"}')
    scene.watch.request("POST", "/v5/order/cancel", b"{}")
    assert scene.watch.violations == []
    assert set(scene.watch.created) == {"o1", "o2"}


def test_an_entry_that_was_not_stored_before_is_told() -> None:
    """Written before sent; an exit may leave while the store is down."""
    scene = Scene()
    scene.watch.request("POST", "/v5/order/create", _create())
    assert "left before it was stored" in scene.watch.violations[0]
    exits = Scene()
    exits.watch.request("POST", "/v5/order/create", _create(reduceOnly=True))
    assert exits.watch.violations == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"positionIdx": 0}, "names no leg"), ({"stopLoss": None}, "carries no stop")],
)
async def test_a_defective_request_is_told(changes: dict[str, object], says: str) -> None:
    """No leg, or no stop."""
    scene = Scene()
    await scene.store(samples.order())
    body = {name: value for name, value in json.loads(_create(**changes)).items()}
    body = {name: value for name, value in body.items() if value is not None}
    scene.watch.request("POST", "/v5/order/create", json.dumps(body).encode())
    assert [says in text for text in scene.watch.violations] == [True]


async def test_a_doubled_order_is_told() -> None:
    """The same id twice, whatever the exchange answers."""
    scene = Scene()
    await scene.store(samples.order())
    for _ in range(2):
        scene.watch.request("POST", "/v5/order/create", _create())
    assert ["was sent 2 times" in text for text in scene.watch.violations] == [True]


def test_quantity_without_a_stop_is_told_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A moment is allowed, longer is not; a flat leg needs none."""
    scene = Scene()
    now_us = [0]
    monkeypatch.setattr(watch_module, "now_us", lambda: now_us[0])
    scene.hold(1, "0.01")
    for at_s in (0, UNPROTECTED_MAX_S):
        now_us[0] = int(at_s * 1e6)
        scene.watch.look()
    assert scene.watch.violations == []
    now_us[0] += 1_000_000
    scene.watch.look()
    scene.watch.look()
    assert len(scene.watch.violations) == 1
    assert "without a stop" in scene.watch.violations[0]
    assert scene.watch.worst_bare_s == UNPROTECTED_MAX_S + 1


def test_legs_above_their_limits_are_told() -> None:
    """One leg above its own limit; a negative one is impossible."""
    scene = Scene()
    scene.hold(1, "0.1")
    scene.watch.look()
    assert any("above its limit" in text for text in scene.watch.violations)
    negative = Scene()
    negative.hold(2, "-0.001")
    negative.watch.look()
    assert any("holds -0.001" in text for text in negative.watch.violations)


async def test_the_books_are_compared_at_the_end() -> None:
    """Stored fills, stored legs and the exchange's legs; and nothing left without an outcome."""
    scene = Scene()
    scene.watch.judge_end()
    assert "nothing was ever stored" in scene.watch.violations[0]
    await scene.store(samples.order(), samples.fill(), samples.leg())
    later = Watch(scene.exchange, scene.account, scene.memory, core_config(load(), "main").limits)
    later.judge_end()
    text = " ".join(later.violations)
    assert "it holds 0" in text
    assert "SUBMITTED at the end" in text
    assert "1 fills are stored, the exchange made 0" in text
    assert "commissions sum to" in text


@pytest.mark.parametrize(("index", "rises"), [(1, False), (2, True)])
def test_stops_that_are_orders_of_their_own_must_cover_the_leg(index: int, rises: bool) -> None:
    """Half a leg's quantity is half a protection; what waits on the other side is a target."""
    scene = Scene("binance")
    leg = scene.hold(index, "0.02")
    covered: list[bool] = []
    for quantity, is_rising in (("0.02", not rises), ("0.01", rises), ("0.01", rises)):
        scene.rest_stop(index, quantity, rises=is_rising)
        covered.append(scene.watch._is_covered(leg))
    assert covered == [False, False, True]


async def test_an_entry_that_cannot_carry_its_stop_finds_it_resting() -> None:
    """On Binance the stop is there before the entry, or the entry is told."""
    scene = Scene("binance")
    here = samples.LONG._replace(exchange="binance")
    await scene.store(samples.order(leg_id=here))
    target = "/fapi/v1/order?symbol=BTCUSDT&side=BUY&positionSide=LONG&newClientOrderId=o1"
    scene.watch.request("POST", target, b"")
    assert ["carries no stop" in text for text in scene.watch.violations] == [True]
    protected = Scene("binance")
    protected.memory = scene.memory
    protected.watch._memory = scene.memory
    protected.rest_stop(1, "0.01", rises=False)
    protected.watch.request("POST", target, b"")
    assert protected.watch.violations == []


async def test_an_entry_of_another_exchange_is_told() -> None:
    """What was decided for one exchange is not sent to the next one."""
    scene = Scene("okx")
    await scene.store(samples.order())
    body = {
        "instId": "BTC-USDT-SWAP",
        "clOrdId": "o1",
        "side": "buy",
        "posSide": "long",
        "attachAlgoOrds": [{"slTriggerPx": "1"}],
    }
    scene.watch.request("POST", "/api/v5/trade/order", json.dumps(body).encode())
    assert ["was sent to another exchange" in text for text in scene.watch.violations] == [True]


def test_all_exchanges_together_stay_below_the_limit() -> None:
    """Each alone is small enough, and their sum is not."""
    scenes = [Scene(name) for name in ("bybit", "binance", "okx")]
    for scene in scenes:
        for index in (1, 2):
            scene.hold(index, "0.06", "60000")
    limits = core_config(load(), "main").limits
    look_at_all([scene.watch for scene in scenes], limits)
    told = [text for scene in scenes for text in scene.watch.violations]
    assert len(told) == 1
    assert "all legs are worth 21600" in told[0]


async def test_a_close_that_is_followed_on_two_exchanges_is_told() -> None:
    """The same candle, leg and side once; an order that never left does not count."""
    scene, other = Scene(), Scene("okx")
    there = samples.LONG._replace(exchange="okx")
    first = samples.signal()
    second = replace(first, signal_id="again", instrument_id=there.instrument_id)
    await scene.store(
        first,
        second,
        samples.order(signal_id=first.signal_id),
        samples.order(client_order_id="o2", signal_id="again", leg_id=there),
    )
    other.watch._memory = scene.memory
    scene.watch.created["o1"] = 1
    judge_together([scene.watch, other.watch], scene.memory)
    assert not any("followed twice" in text for text in scene.watch.violations)
    other.watch.created["o2"] = 1
    judge_together([scene.watch, other.watch], scene.memory)
    assert sum("followed twice" in text for text in scene.watch.violations) == 1


def test_a_stop_that_outlives_its_leg_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at once, since the bot has to hear of the close first, and only while the leg is flat."""
    now = [0]
    monkeypatch.setattr(watch_module, "now_us", lambda: now[0])
    scene = Scene("binance")
    leg = scene.hold(1, "0.01")
    scene.rest_stop(1, "0.01", rises=False)
    for at_s, quantity in ((0, "0.01"), (100, "0.01"), (101, "0"), (150, "0")):
        now[0], leg.qty = at_s * 1_000_000, Decimal(quantity)
        scene.watch.look()
    assert scene.watch.violations == []
    now[0] = 162_000_000
    scene.watch.look()
    assert "BTCUSDT-1 is flat, and a stop rests for it" in scene.watch.violations[0]


async def test_what_the_exchange_took_is_never_called_refused() -> None:
    """An order that rests or filled there; one that it does not hold was refused indeed."""
    scene = Scene()
    order = replace(samples.order(), status=OrderStatus.REJECTED)
    await scene.store(order)
    scene.watch.look()
    assert scene.watch.violations == []
    place(
        scene.exchange,
        scene.account,
        OrderRequest(
            symbol="BTCUSDT",
            side=Side.BUY,
            kind=OrderKind.MARKET,
            qty=Decimal("0.01"),
            leg_index=1,
            client_id=order.client_order_id,
        ),
    )
    scene.watch.look()
    assert any("is stored as REJECTED" in text for text in scene.watch.violations)


async def test_a_doubt_has_a_bound_while_rows_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts from when it was seen first; a store that is away tells nothing of it."""
    scene, now = Scene(), [0]
    monkeypatch.setattr(watch_module, "now_us", lambda: now[0])
    await scene.store(replace(samples.order(), status=OrderStatus.UNKNOWN))
    for at_s, is_kept in ((0, True), (10, True), (11, False), (12, True), (22, True)):
        now[0] = at_s * 1_000_000
        scene.watch.look_for_doubts(10, is_kept=is_kept)
        assert scene.watch.violations == []
    now[0] = 23_000_000
    scene.watch.look_for_doubts(10, is_kept=True)
    assert any("was in doubt for over 10 s" in text for text in scene.watch.violations)


async def test_an_ended_order_is_never_taken_back() -> None:
    """What is handed over counts, kept or not; the last of each order, since rows come again."""
    scene = Scene()
    live = samples.order()
    ended = replace(live, status=OrderStatus.CANCELED)
    await scene.store(ended)
    scene.watch.look_at_rows(records(live, ended))
    scene.watch.look_at_rows(records(replace(ended, status=OrderStatus.FILLED)))
    assert scene.watch.violations == []
    scene.watch.look_at_rows(records(live))
    assert [f"was CANCELED, and is {live.status} again" in v for v in scene.watch.violations] == [
        True
    ]


def test_a_leg_that_is_held_for_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time begins anew when the leg was flat."""
    scene, now = Scene(), [0]
    monkeypatch.setattr(watch_module, "now_us", lambda: now[0])
    for at_s, quantity in ((0, "0.01"), (60, "0"), (61, "0.01"), (121, "0.02")):
        now[0] = at_s * 1_000_000
        scene.hold(1, quantity)
        scene.watch.look_for_old_legs(60)
        assert scene.watch.violations == []
    now[0] = 122_000_000
    scene.watch.look_for_old_legs(60)
    assert ["was held for over 60 s" in text for text in scene.watch.violations] == [True]


async def test_fees_in_another_coin_are_kept_and_told() -> None:
    """What left the purse is stored with the fills, and somebody heard of it."""
    scene = Scene("binance")
    scene.account.fee_coins, scene.account.burns_fee_coins = Decimal(1), True
    order = OrderRequest(
        symbol="BTCUSDT",
        side=Side.BUY,
        kind=OrderKind.MARKET,
        qty=Decimal("0.01"),
        leg_index=1,
    )
    place(scene.exchange, scene.account, order)
    await scene.store(samples.order())
    scene.watch.judge_end()
    assert any("stored fees in another coin sum to 0" in text for text in scene.watch.violations)
    assert any("nobody was told" in text for text in scene.watch.violations)


def test_stops_that_somebody_takes_are_counted() -> None:
    """Conditional orders alone, of both legs."""
    scene = Scene()
    scene.hold(1, "0.01")
    scene.rest_stop(1, "0.01", rises=False)
    assert scene.watch.take_stops() == 1
    assert scene.watch.take_stops() == 0
