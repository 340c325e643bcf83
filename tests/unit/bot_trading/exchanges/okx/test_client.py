"""`OkxClient` at the moments that a well-behaved exchange has none of, over real sockets."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.messages import CancelOrder, QueryOrder
from bot_trading.domain.order import (
    ApprovedOrder,
    Order,
    OrderOrigin,
    OrderPurpose,
    OrderSide,
    OrderStatus,
    OrderType,
)
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
)
from bot_trading.errors import (
    AuthRejected,
    ExchangeUnavailable,
    MalformedMessage,
    PositionModeMismatch,
)
from tests.builders.intents import intent
from tests.builders.okx_frames import (
    algo_row,
    fill_row,
    order_row,
)
from tests.builders.scripted_okx import Answer, ScriptedOkx, answered, ordered

ORDER = "/api/v5/trade/order"
CANCEL = "/api/v5/trade/cancel-order"
HISTORY = "/api/v5/trade/orders-history"
FILLS = "/api/v5/trade/fills"
LEGS = "/api/v5/account/positions"
STOPS = "/api/v5/trade/orders-algo-pending"
CANCEL_STOPS = "/api/v5/trade/cancel-algos"
LONG = LegId("okx", "BTCUSDT", PositionIdx.LONG)
SHORT = LegId("okx", "BTCUSDT", PositionIdx.SHORT)
QUERY = QueryOrder(leg_id=LONG, client_order_id="ours1")


def approved(client_order_id: str = "ours1", **changes: Any) -> ApprovedOrder:
    """A market order that opens the long leg, approved just now."""
    changes.setdefault("leg_id", LONG)
    return ApprovedOrder(intent=intent(client_order_id, **changes), ts_approved_us=now_us())


def resting(**changes: Any) -> Order:
    """An order of ours that rests."""
    parts: dict[str, Any] = {
        "client_order_id": "ours1",
        "leg_id": LONG,
        "side": OrderSide.BUY,
        "order_type": OrderType.LIMIT,
        "quantity": Decimal("0.01"),
        "status": OrderStatus.ACCEPTED,
        "origin": OrderOrigin.BOT,
        "purpose": OrderPurpose.ENTRY,
    }
    return Order(**(parts | changes))


async def test_an_order_is_accepted_with_the_exchanges_id() -> None:
    """The happy answer, and the body that went out once."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        answer = await client.place_order(approved())
        assert isinstance(answer, OrderAccepted)
        assert (answer.client_order_id, answer.exchange_order_id) == ("ours1", "1001")
        (body,) = exchange.bodies(ORDER)
        assert (body["clOrdId"], body["sz"]) == ("ours1", "1.0")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(is_cut=True),
        Answer(status=403),
        Answer(status=429),
        Answer(status=500, body=b"<html>"),
        answered(code="50001", status=503),
        answered(code="50004", status=400),
        answered(code="50040", status=429),
        answered(code="50026", status=500),
        Answer(status=404),
        Answer(status=401),
        Answer(body=b"<html>"),
        Answer(body=b'{"code":'),
        answered(),
        answered(code="1"),
        answered({"sCode": "0"}, {"sCode": "0"}),
        answered({"nothing": 1}),
        answered(code="424242"),
        ordered("50013"),
        ordered("51054"),
        ordered("51149"),
        ordered("424242"),
        ordered(ordId=""),
        ordered(clOrdId="another"),
        Answer(delay_s=1.0),
    ],
)
async def test_ambiguity_is_unknown_and_nothing_is_sent_again(answer: Answer) -> None:
    """Lost, late, broken or ambiguous answers on an order all mean: ask the exchange."""
    async with ScriptedOkx() as exchange:
        exchange.answers[ORDER] = [answer]
        async with exchange.opened(submit_timeout_ms=200) as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderOutcomeUnknown), result
    assert result.client_order_id == "ours1"
    assert result.reason
    assert len(exchange.bodies(ORDER)) == 1


@pytest.mark.parametrize("code", ["51000", "51008", "51020", "51023", "51112", "51121"])
async def test_documented_refusals_are_rejections(code: str) -> None:
    """The order's own code and words arrive, not the envelope's."""
    async with ScriptedOkx() as exchange:
        exchange.answers[ORDER] = [ordered(code, "because")]
        async with exchange.opened() as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderRejected)
    assert (result.code, result.reason) == (code, "because")


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal("0.0015")},
        {"quantity": Decimal("0.00000001")},
        {"leg_id": LegId("okx", "ETHUSDT", PositionIdx.LONG)},
        {"leg_id": LegId("okx", "BTCUSDC", PositionIdx.LONG)},
        {"order_type": OrderType.STOP_MARKET, "trigger_price": Decimal(1)},
    ],
)
async def test_what_does_not_fit_is_never_sent(changes: dict[str, Any]) -> None:
    """Between two lots, unknown or conditional: refused here, in one sentence."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        result = await client.place_order(approved(**changes))
        assert isinstance(result, OrderRejected)
        assert result.code == "does not fit"
        assert not exchange.seen


async def test_what_never_left_is_rejected_as_not_sent() -> None:
    """Nobody listens, or nothing was opened: the order provably does not exist."""
    async with ScriptedOkx() as exchange:
        closed = await exchange.client().place_order(approved())
        client = exchange.client()
        await client.open()
    await asyncio.sleep(0.05)  # The kept-alive connections learn that the other side is gone.
    result = await client.place_order(approved())
    await client.close()
    for answer in (closed, result):
        assert isinstance(answer, OrderRejected)
        assert answer.code == "not sent"


async def test_a_stale_entry_is_dropped_and_an_old_exit_is_not() -> None:
    """Entries age, exits never do."""
    async with ScriptedOkx() as exchange, exchange.opened(entry_age_max_ms=500) as client:
        old_us = now_us() - 1_000_000
        entry = ApprovedOrder(intent=intent("entry", leg_id=LONG), ts_approved_us=old_us)
        closing = intent("exit", leg_id=LONG, side=OrderSide.SELL, reduce_only=True)
        dropped = await client.place_order(entry)
        assert isinstance(dropped, OrderRejected)
        assert dropped.code == "stale"
        exit_ = ApprovedOrder(intent=closing, ts_approved_us=old_us)
        assert isinstance(await client.place_order(exit_), OrderAccepted)
        assert [body["clOrdId"] for body in exchange.bodies(ORDER)] == ["exit"]


async def test_a_duplicate_id_is_looked_up() -> None:
    """51016 proves an earlier accept: the order that is found is the answer."""
    async with ScriptedOkx() as exchange:
        found = answered(order_row(ordId="77"))
        exchange.answers[ORDER] = [ordered("51016", "Client order ID already exists."), found]
        async with exchange.opened() as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderAccepted)
    assert result.exchange_order_id == "77"


@pytest.mark.parametrize("answer", [answered(code="51603"), Answer(status=500)])
async def test_a_duplicate_id_that_is_not_found_stays_unknown(answer: Answer) -> None:
    """Proof of an accept without the order is no rejection."""
    async with ScriptedOkx() as exchange:
        exchange.answers[ORDER] = [ordered("51016"), answer]
        async with exchange.opened() as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderOutcomeUnknown)
    assert "accepted before" in result.reason


async def test_a_cancel_of_what_is_gone_says_so() -> None:
    """51400 to 51402 end it; a cancel that is under way already has to be asked for."""
    cancel = CancelOrder(leg_id=LONG, client_order_id="ours1", exchange_order_id="1001")
    async with ScriptedOkx() as exchange:
        exchange.answers[CANCEL] = [ordered("51400"), ordered("51410"), ordered()]
        async with exchange.opened() as client:
            gone, unclear, taken = [await client.cancel_order(cancel) for _ in range(3)]
    assert isinstance(gone, OrderRejected)
    assert gone.code == "51400"
    assert isinstance(unclear, OrderOutcomeUnknown)
    assert isinstance(taken, OrderAccepted)
    assert exchange.bodies(CANCEL)[0] == {"instId": "BTC-USDT-SWAP", "clOrdId": "ours1"}


async def test_a_stop_of_the_algo_service_is_canceled_there() -> None:
    """Its name leads to the service; other orders without our id go by theirs."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        stop = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id="7001-sl")
        other = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id="1001")
        assert isinstance(await client.cancel_order(stop), OrderAccepted)
        assert isinstance(await client.cancel_order(other), OrderAccepted)
        (algos,) = exchange.bodies("/api/v5/trade/cancel-algos")
        assert algos == [{"instId": "BTC-USDT-SWAP", "algoId": "7001"}]
        assert [body["ordId"] for body in exchange.bodies(CANCEL)] == ["1001"]
        nameless = CancelOrder(leg_id=LONG, client_order_id="", exchange_order_id=None)
        with pytest.raises(ValueError, match="named by"):
            await client.cancel_order(nameless)


async def test_an_amendment_counts_contracts_and_its_answer_counts_as_an_orders() -> None:
    """Refused, unknown, accepted, or not fitting."""
    path = "/api/v5/trade/amend-order"
    async with ScriptedOkx() as exchange:
        exchange.answers[path] = [ordered("51503"), Answer(is_cut=True), ordered()]
        async with exchange.opened() as client:
            answers = [
                await client.modify_order(resting(), quantity=Decimal("0.02"), price=Decimal(5))
                for _ in range(3)
            ]
            odd = await client.modify_order(resting(), quantity=Decimal("0.0001"))
    kinds = [type(answer) for answer in answers]
    assert kinds == [OrderRejected, OrderOutcomeUnknown, OrderAccepted]
    assert exchange.bodies(path)[0]["newSz"] == "2.0"
    assert isinstance(odd, OrderRejected)


async def test_an_order_is_asked_of_all_three_places() -> None:
    """Only live orders, history and executions together can say that there is none."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        assert isinstance(await client.query_order(QUERY), OrderNotFound)
        assert [seen.path for seen in exchange.seen] == [ORDER, HISTORY, FILLS]


async def test_a_fill_alone_proves_an_order() -> None:
    """Order lists may lag behind executions."""
    async with ScriptedOkx() as exchange:
        stranger = fill_row(tradeId="x", clOrdId="", ordId="else", billId="2")
        exchange.answers[FILLS] = [answered(fill_row(), stranger)]
        async with exchange.opened() as client:
            found = await client.query_order(QUERY)
    assert not isinstance(found, OrderNotFound)
    report, fills = found
    assert report is None
    assert [fill.trade_id for fill in fills] == ["501"]


async def test_history_is_asked_for_what_the_name_does_not_find() -> None:
    """A canceled order without fills is forgotten by name after two hours."""
    async with ScriptedOkx() as exchange:
        rows = order_row(ordId="5", clOrdId="other"), order_row(state="canceled")
        exchange.answers[HISTORY] = [answered(*rows)]
        async with exchange.opened() as client:
            found = await client.query_order(QUERY)
    assert not isinstance(found, OrderNotFound)
    assert found[0] is not None
    assert found[0].status is OrderStatus.CANCELED


@pytest.mark.parametrize("path", [ORDER, HISTORY, FILLS])
async def test_a_place_that_cannot_answer_leaves_the_question_open(path: str) -> None:
    """Two empty answers and an error are no absence."""
    async with ScriptedOkx() as exchange:
        exchange.answers[path] = [Answer(status=502)]
        async with exchange.opened() as client:
            with pytest.raises(ExchangeUnavailable):
                await client.query_order(QUERY)


async def test_another_order_than_asked_for_is_malformed() -> None:
    """An answer about something else is none."""
    async with ScriptedOkx() as exchange:
        exchange.answers[ORDER] = [answered(order_row(clOrdId="another"))]
        async with exchange.opened() as client:
            with pytest.raises(MalformedMessage, match="not asked for"):
                await client.query_order(QUERY)


@pytest.mark.parametrize(
    ("config", "error"),
    [
        ({"posMode": "net_mode", "perm": "trade"}, PositionModeMismatch),
        ({"posMode": "long_short_mode", "perm": "trade,withdraw"}, AuthRejected),
        ({"posMode": "long_short_mode"}, MalformedMessage),
    ],
)
async def test_open_proves_account_and_key(config: dict[str, str], error: type[Exception]) -> None:
    """What would not trade as we mean it is refused before the first order."""
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/account/config"] = [answered({"uid": "7", **config})]
        with pytest.raises(error):
            await exchange.client().open()


async def test_isolated_leverage_is_set_leg_by_leg() -> None:
    """Cross margin has one leverage for both."""
    path = "/api/v5/account/set-leverage"
    async with ScriptedOkx() as exchange:
        async with exchange.opened(margin_mode="isolated") as client:
            await client.set_leverage("BTCUSDT", Decimal(5))
        legs = [body["posSide"] for body in exchange.bodies(path)]
        async with exchange.opened() as client:
            await client.set_leverage("BTCUSDT", Decimal(5))
        assert legs == ["long", "short"]
        assert exchange.bodies(path) == [
            {"instId": "BTC-USDT-SWAP", "lever": "5", "mgnMode": "cross"}
        ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ordered("51023", "flat"), "51023"),
        (ordered("51280", "beyond"), "51280"),
        (ordered("50013"), "unknown"),
        (ordered(algoId="", ordId=""), "unknown"),
        (Answer(is_cut=True), "unknown"),
        (Answer(status=502), "unknown"),
    ],
)
async def test_protection_is_refused_or_unknown(answer: Answer, code: str) -> None:
    """Only OKX's own proof is a refusal."""
    protection = LegProtection(leg_id=LONG, stop_loss=Decimal(59000), take_profit=None)
    async with ScriptedOkx() as exchange:
        exchange.answers["/api/v5/trade/order-algo"] = [answer]
        async with exchange.opened() as client:
            result = await client.set_protection(protection)
    assert isinstance(result, ProtectionRefused)
    assert result.code == code


async def test_no_stop_of_an_ended_life_meets_an_entry() -> None:
    """It is canceled first, once; while that is not certain the entry is not sent, an exit is."""
    gone = {"algoId": "7001", "sCode": "0", "sMsg": ""}
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        exchange.answers |= {STOPS: [answered(algo_row()), answered(), answered()]}
        exchange.answers[CANCEL_STOPS] = [answered(code="50013"), answered(gone)]
        assert await client._protector.listed_orphans()
        refused = await client.place_order(approved())
        assert isinstance(refused, OrderRejected)
        assert refused.code == "not sent"
        assert "ended life" in refused.reason
        assert not exchange.bodies(ORDER)
        leaving = approved("out", side=OrderSide.SELL, reduce_only=True)
        assert isinstance(await client.place_order(leaving), OrderAccepted)
        assert isinstance(await client.place_order(approved("in1")), OrderAccepted)
        assert isinstance(await client.place_order(approved("in2")), OrderAccepted)
        paths = [seen.path for seen in exchange.seen if seen.path in (ORDER, CANCEL_STOPS)]
        assert paths == [CANCEL_STOPS, ORDER, CANCEL_STOPS, ORDER, ORDER]


@pytest.mark.parametrize(
    "answer", [answered(code="50011", status=429), answered(code="50061"), ordered("50061")]
)
async def test_haste_is_a_refusal_and_an_exit_may_be_sent_again(answer: Answer) -> None:
    """OKX says that it rejected the request: nobody has to ask what became of it."""
    async with ScriptedOkx() as exchange, exchange.opened() as client:
        exchange.answers[ORDER] = [answer]
        leaving = approved("out", side=OrderSide.SELL, reduce_only=True)
        result = await client.place_order(leaving)
        assert isinstance(result, OrderRejected)
        assert result.code in ("50011", "50061")
