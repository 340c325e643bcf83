"""`BybitClient` at the moments that a well-behaved exchange has none of, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from bot_trading.clock import now_us
from bot_trading.domain.account import PositionMode
from bot_trading.domain.messages import CancelOrder, QueryOrder
from bot_trading.domain.order import ApprovedOrder, OrderSide
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    OrderAccepted,
    OrderNotFound,
    OrderOutcomeUnknown,
    OrderRejected,
    ProtectionRefused,
    ProtectionSet,
)
from bot_trading.errors import (
    AuthRejected,
    ExchangeUnavailable,
    MalformedMessage,
    PositionModeMismatch,
    RequestRefused,
)
from bot_trading.exchanges.bybit.client import BybitClient
from tests.builders.bybit_frames import execution_row, order_row, position_row
from tests.builders.intents import LONG, SHORT, approved, intent
from tests.builders.scripted_exchange import Answer, ScriptedExchange, answered, flat_legs

CREATE = "/v5/order/create"
CANCEL = "/v5/order/cancel"
STOP = "/v5/position/trading-stop"
LEGS = "/v5/position/list"
KEY = "/v5/user/query-api"


@asynccontextmanager
async def opened(exchange: ScriptedExchange, **changes: Any) -> AsyncIterator[BybitClient]:
    """An open client; the calls of its start are forgotten."""
    client = exchange.client(**changes)
    await client.open()
    exchange.seen.clear()
    try:
        yield client
    finally:
        await client.close()


QUERY = QueryOrder(leg_id=LONG, client_order_id="ours-1")


def page(*rows: object) -> Answer:
    """A last page of rows."""
    return answered({"list": rows, "nextPageCursor": ""})


async def test_an_order_is_accepted_with_the_exchanges_id() -> None:
    """The happy answer, and the body that went out once."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        answer = await client.place_order(approved())
        assert isinstance(answer, OrderAccepted)
        assert (answer.client_order_id, answer.exchange_order_id) == ("ours-1", "theirs-ours-1")
        assert [body["orderLinkId"] for body in exchange.bodies(CREATE)] == ["ours-1"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(is_cut=True),
        Answer(status=403),
        Answer(status=429),
        Answer(status=500, body=b"<html>"),
        Answer(status=502),
        Answer(status=404),
        Answer(status=401),
        Answer(body=b"<html>"),
        Answer(body=b'{"retCode":'),
        answered(code=10006),
        answered(code=10000),
        answered(code=10016),
        answered(code=10019),
        answered(code=170007),
        answered(code=110079),
        answered(code=424242),
        answered({}),
        answered(delay_s=1.0),
    ],
)
async def test_ambiguity_is_unknown_and_nothing_is_sent_again(answer: Answer) -> None:
    """Lost, late, broken or ambiguous answers on a create all mean: ask the exchange."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [answer]
        async with opened(exchange, submit_timeout_ms=200) as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderOutcomeUnknown)
    assert result.client_order_id == "ours-1"
    assert result.reason
    assert len(exchange.bodies(CREATE)) == 1


@pytest.mark.parametrize("code", [10001, 10002, 10003, 10004, 110007, 110017, 110094])
async def test_documented_refusals_are_rejections(code: int) -> None:
    """The exchange's code and words arrive."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [answered(code=code, message="because")]
        async with opened(exchange) as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderRejected)
    assert (result.code, result.reason) == (str(code), "because")


async def test_what_never_left_is_rejected_as_not_sent() -> None:
    """Nobody listens: the order provably does not exist."""
    async with ScriptedExchange() as exchange:
        client = exchange.client()
        await client.open()
    await asyncio.sleep(0.05)  # The kept-alive connections learn that the other side is gone.
    result = await client.place_order(approved())
    await client.close()
    assert isinstance(result, OrderRejected)
    assert result.code == "not sent"


async def test_after_a_ban_orders_are_not_sent() -> None:
    """While the exchange bans this address, orders are refused here."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [Answer(status=403)]
        async with opened(exchange) as client:
            assert isinstance(await client.place_order(approved()), OrderOutcomeUnknown)
            second = await client.place_order(approved("ours-2"))
    assert isinstance(second, OrderRejected)
    assert second.code == "not sent"
    assert len(exchange.bodies(CREATE)) == 1


async def test_a_stale_entry_is_dropped_and_an_old_exit_is_not() -> None:
    """Entries age, exits never do."""
    async with ScriptedExchange() as exchange, opened(exchange, entry_age_max_ms=500) as client:
        old_us = now_us() - 1_000_000
        entry = ApprovedOrder(intent=intent("entry"), ts_approved_us=old_us)
        closing = intent("exit", side=OrderSide.SELL, reduce_only=True)
        exit_ = ApprovedOrder(intent=closing, ts_approved_us=old_us)
        dropped = await client.place_order(entry)
        assert isinstance(dropped, OrderRejected)
        assert dropped.code == "stale"
        assert isinstance(await client.place_order(exit_), OrderAccepted)
        assert [body["orderLinkId"] for body in exchange.bodies(CREATE)] == ["exit"]


async def test_a_duplicate_id_is_looked_up() -> None:
    """110072 proves an earlier accept: the order that is found is the answer."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [answered(code=110072, message="OrderLinkedID is duplicate")]
        exchange.answers["/v5/order/history"] = [page(order_row(orderId="first"))]
        async with opened(exchange) as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderAccepted)
    assert result.exchange_order_id == "first"


@pytest.mark.parametrize("answer", [page(), Answer(status=500)])
async def test_a_duplicate_id_that_is_not_found_stays_unknown(answer: Answer) -> None:
    """Proof of an accept without the order is no rejection."""
    async with ScriptedExchange() as exchange:
        exchange.answers[CREATE] = [answered(code=110072)]
        exchange.answers["/v5/order/realtime"] = [answer]
        async with opened(exchange) as client:
            result = await client.place_order(approved())
    assert isinstance(result, OrderOutcomeUnknown)
    assert "accepted before" in result.reason


async def test_a_cancel_of_what_is_gone_says_so() -> None:
    """110001 is the exchange's word for finished or never there."""
    cancel = CancelOrder(leg_id=LONG, client_order_id="ours-1", exchange_order_id=None)
    async with ScriptedExchange() as exchange:
        exchange.answers[CANCEL] = [answered(code=110001), answered(code=10016), answered({})]
        async with opened(exchange) as client:
            gone = await client.cancel_order(cancel)
            unclear = await client.cancel_order(cancel)
    assert isinstance(gone, OrderRejected)
    assert gone.code == "110001"
    assert isinstance(unclear, OrderOutcomeUnknown)


async def test_an_order_is_asked_of_all_three_places() -> None:
    """Only live orders, history and executions together can say that there is none."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        assert isinstance(await client.query_order(QUERY), OrderNotFound)
        assert [seen.path for seen in exchange.seen] == [
            "/v5/order/realtime",
            "/v5/order/history",
            "/v5/execution/list",
        ]
        assert all("orderLinkId=ours-1" in seen.query for seen in exchange.seen)


async def test_a_fill_alone_proves_an_order() -> None:
    """Order lists may lag behind executions."""
    async with ScriptedExchange() as exchange:
        stranger = execution_row(execId="x", orderLinkId="", orderId="else")
        exchange.answers["/v5/execution/list"] = [page(execution_row(), stranger)]
        async with opened(exchange) as client:
            found = await client.query_order(QUERY)
    assert not isinstance(found, OrderNotFound)
    report, fills = found
    assert report is None
    assert [fill.trade_id for fill in fills] == ["exec-1"]
    assert fills[0].position_idx is LONG.position_idx


@pytest.mark.parametrize("path", ["/v5/order/realtime", "/v5/order/history", "/v5/execution/list"])
async def test_a_place_that_cannot_answer_leaves_the_question_open(path: str) -> None:
    """Two empty answers and an error are no absence."""
    async with ScriptedExchange() as exchange:
        exchange.answers[path] = [Answer(status=502)]
        async with opened(exchange) as client:
            with pytest.raises(ExchangeUnavailable):
                await client.query_order(QUERY)


STOP_AT_59 = LegProtection(leg_id=LONG, stop_loss=Decimal("59000"), take_profit=None)


@pytest.mark.parametrize(
    ("answer", "resting", "code"),
    [
        (answered(), None, None),
        (answered(code=34040), "59000.0", None),
        (answered(code=34040), "58000", "34040"),
        (answered(code=10001), None, "10001"),
        (answered(code=10016), None, "unknown"),
        (answered(code=777), None, "unknown"),
        (Answer(is_cut=True), None, "unknown"),
        (Answer(status=502), None, "unknown"),
    ],
)
async def test_protection_is_set_refused_or_unknown(
    answer: Answer, resting: str | None, code: str | None
) -> None:
    """ "Not modified" is believed only after the leg was read again."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        exchange.answers[STOP] = [answer]
        if resting is not None:
            both = position_row(stopLoss=resting), position_row(positionIdx=2, size="0")
            exchange.answers[LEGS] = [page(*both)]
        result = await client.set_protection(STOP_AT_59)
    if code is None:
        assert isinstance(result, ProtectionSet)
    else:
        assert isinstance(result, ProtectionRefused)
        assert result.code == code
    assert result.protection == STOP_AT_59


async def test_protection_that_never_left_is_not_sent() -> None:
    """Nobody listens, so the leg's protection did not change."""
    async with ScriptedExchange() as exchange:
        client = exchange.client()
        await client.open()
    await asyncio.sleep(0.05)  # The kept-alive connections learn that the other side is gone.
    result = await client.set_protection(STOP_AT_59)
    await client.close()
    assert isinstance(result, ProtectionRefused)
    assert result.code == "not sent"


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ({"permissions": {"Wallet": ["AccountTransfer", "Withdraw"]}}, "remove the permission"),
        ({"readOnly": 1, "permissions": {"Wallet": []}}, "allow it to trade"),
    ],
)
async def test_a_key_with_the_wrong_rights_is_refused(info: dict[str, Any], words: str) -> None:
    """One that may withdraw, one that may only read: each says what to change."""
    async with ScriptedExchange() as exchange:
        exchange.answers[KEY] = [answered(info)]
        with pytest.raises(AuthRejected, match=words):
            await exchange.client().open()


async def test_a_key_that_does_not_tell_its_rights_is_let_in() -> None:
    """Where the field is absent the account says that it is not known."""
    async with ScriptedExchange() as exchange:
        exchange.answers[KEY] = [answered({"uta": 1, "unified": 0})]
        exchange.answers["/v5/account/wallet-balance"] = [
            page({"coin": [], "totalAvailableBalance": "0"})
        ]
        async with opened(exchange) as client:
            snapshot = await client.take_snapshot([], now_us())
    assert snapshot.account.can_withdraw is None


async def test_a_one_way_account_is_refused() -> None:
    """The sentence names the symbol and what to change."""
    async with ScriptedExchange() as exchange:
        exchange.answers[LEGS] = [answered(flat_legs("BTCUSDT", (0,)))]
        with pytest.raises(PositionModeMismatch, match=r"BTCUSDT is in one-way mode.*switch-mode"):
            await exchange.client().open()


@pytest.mark.parametrize(
    ("code", "words"), [(10003, "key is unknown"), (10004, "secret does not"), (10002, "by ")]
)
async def test_a_refused_key_is_named(code: int, words: str) -> None:
    """Key, secret and clock each get their own sentence, without the secret."""
    async with ScriptedExchange() as exchange:
        exchange.answers[KEY] = [answered(code=code)]
        with pytest.raises(AuthRejected, match=words) as raised:
            await exchange.client().open()
    assert "hush" not in str(raised.value)


async def test_a_mode_switched_behind_the_back_shows_in_the_snapshot() -> None:
    """After the start the mode is reported rather than raised, so that legs stay protected."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        exchange.answers[LEGS] = [page(), answered(flat_legs("BTCUSDT", (0,)))]
        exchange.answers["/v5/account/wallet-balance"] = [
            page({"coin": [], "totalAvailableBalance": "0"})
        ]
        snapshot = await client.take_snapshot(["BTCUSDT"], now_us())
    assert snapshot.account.position_mode is PositionMode.ONE_WAY
    assert snapshot.account.account_uid == "7"


async def test_legs_of_other_symbols_are_in_the_snapshot() -> None:
    """A position that a person opened elsewhere is not overlooked."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        other = position_row(symbol="DOGEUSDT", positionIdx=2, side="Sell")
        exchange.answers[LEGS] = [page(other), answered(flat_legs("BTCUSDT"))]
        legs = await client.get_positions(["BTCUSDT"])
    assert [str(leg.leg_id) for leg in legs] == [
        "DOGEUSDT.bybit-SHORT",
        "BTCUSDT.bybit-LONG",
        "BTCUSDT.bybit-SHORT",
    ]


async def test_a_snapshot_with_a_hole_raises() -> None:
    """A part that cannot be read leaves no snapshot at all."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/v5/account/wallet-balance"] = [answered({"list": 5})]
        async with opened(exchange) as client:
            with pytest.raises(MalformedMessage):
                await client.take_snapshot(["BTCUSDT"], now_us())


async def test_leverage_is_a_setting() -> None:
    """A refusal raises, since nothing was traded."""
    async with ScriptedExchange() as exchange:
        path = "/v5/position/set-leverage"
        exchange.answers[path] = [answered(code=110043), answered(code=110013)]
        async with opened(exchange) as client:
            await client.set_leverage("BTCUSDT", Decimal(5))
            with pytest.raises(RequestRefused):
                await client.set_leverage("BTCUSDT", Decimal(500))
        assert exchange.bodies(path)[0]["buyLeverage"] == "5"


async def test_the_short_leg_is_named_on_every_order() -> None:
    """positionIdx 2 goes out for entries and exits of the short leg."""
    async with ScriptedExchange() as exchange, opened(exchange) as client:
        await client.place_order(approved("in", leg_id=SHORT, side=OrderSide.SELL))
        await client.place_order(
            approved("out", leg_id=SHORT, side=OrderSide.BUY, reduce_only=True)
        )
        sent = [(body["positionIdx"], body["reduceOnly"]) for body in exchange.bodies(CREATE)]
    assert sent == [(2, False), (2, True)]
