"""Several exchanges by name."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import Order, OrderOrigin, OrderPurpose, OrderStatus
from bot_trading.domain.reports import OrderAccepted
from bot_trading.errors import ConfigError, ExchangeUnavailable
from bot_trading.exchanges.manager import ExchangeManager
from tests.builders.bybit_frames import wallet_row
from tests.builders.intents import LONG, approved, intent
from tests.builders.scripted_exchange import Answer, ScriptedExchange, answered

WALLET = "/v5/account/wallet-balance"


async def test_calls_go_to_the_exchange_of_the_leg() -> None:
    """Place, modify, cancel, balance and legs, each to the client of that name."""
    async with ScriptedExchange() as exchange:
        exchange.answers[WALLET] = [answered({"list": [wallet_row()]})]
        manager = ExchangeManager({"bybit": exchange.client()})
        await manager.start()
        assert isinstance(await manager.place_order(approved()), OrderAccepted)
        one = intent()
        order = Order(
            client_order_id=one.client_order_id,
            leg_id=one.leg_id,
            side=one.side,
            order_type=one.order_type,
            quantity=one.quantity,
            status=OrderStatus.ACCEPTED,
            origin=OrderOrigin.BOT,
            purpose=OrderPurpose.ENTRY,
        )
        assert isinstance(await manager.modify_order(order, price=Decimal(5)), OrderAccepted)
        cancel = CancelOrder(leg_id=LONG, client_order_id="ours-1", exchange_order_id=None)
        assert isinstance(await manager.cancel_order(cancel), OrderAccepted)
        assert (await manager.get_balance("bybit")).equity == Decimal("1001.5")
        assert len(await manager.get_positions("bybit", ["BTCUSDT"])) == 2
        await manager.close()
        assert exchange.bodies("/v5/order/amend")[0]["price"] == "5"


async def test_an_exchange_that_is_not_configured_is_named() -> None:
    """A leg elsewhere is an error of configuration, and so is having no exchange at all."""
    async with ScriptedExchange() as exchange:
        manager = ExchangeManager({"bybit": exchange.client()})
        with pytest.raises(ConfigError, match="'okx' is not configured, only bybit"):
            await manager.get_balance("okx")
    with pytest.raises(ConfigError, match="no exchange is configured"):
        ExchangeManager({})


async def test_the_total_names_who_is_missing() -> None:
    """The sum is of those that answered, and a partial sum never looks whole."""
    async with ScriptedExchange() as first, ScriptedExchange() as second:
        first.answers[WALLET] = [answered({"list": [wallet_row()]})]
        second.answers[WALLET] = [answered({"list": [wallet_row()]}), Answer(status=502)]
        manager = ExchangeManager({"main": first.client(), "sub": second.client()})
        await manager.start()
        whole = await manager.get_total_balance()
        partial = await manager.get_total_balance()
        await manager.close()
    assert (whole.equity, dict(whole.missing)) == (Decimal("2003.0"), {})
    assert partial.equity == Decimal("1001.5")
    assert dict(partial.missing) == {"sub": "bybit answered HTTP 502"}
    assert manager.names == ("main", "sub")


async def test_a_start_is_whole_or_not_at_all() -> None:
    """When one exchange cannot be opened, those before it are closed again."""
    async with ScriptedExchange() as first, ScriptedExchange() as second:
        second.answers["/v5/market/time"] = [Answer(status=502)]
        manager = ExchangeManager({"main": first.client(), "sub": second.client()})
        with pytest.raises(ExchangeUnavailable, match="502"):
            await manager.start()
        with pytest.raises(ExchangeUnavailable, match="open it first"):
            await manager.get_balance("main")
