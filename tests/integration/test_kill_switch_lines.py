"""The kill switch where lines are down, come back, and where two persons pull it at once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from bot_trading.kill_switch import kill_all
from bot_trading.killing import KillOrder
from tests.builders.core import risk_limits
from tests.builders.persons_market import let_rest, open_leg, persons_market, read_account
from tests.builders.tcp_proxy import TcpProxy
from tests.builders.waiting import wait_until


async def test_an_exchange_that_does_not_answer_keeps_no_other_waiting() -> None:
    """Refused and silent, each is told of at its deadline; the third is done long before."""
    told: list[str] = []
    async with persons_market() as (simulator, client), AsyncExitStack() as stack:
        await let_rest(client, 20)
        proxies = [
            await stack.enter_async_context(TcpProxy(simulator.port)) for _ in ("refuses", "stalls")
        ]
        proxies[0].is_refusing = proxies[1].is_stalled = True
        clients = {
            "refuses": simulator.client(via_port=proxies[0].port),
            "stalls": simulator.client(via_port=proxies[1].port),
            "answers": simulator.client(),
        }
        reports = await kill_all(
            *(clients, KillOrder(ident="one-down"), risk_limits()),
            deadline_s=4,
            tell=lambda report: told.append(report.exchange),
        )
        assert not (await read_account(client)).open_orders
    refused, stalled, answered = reports
    assert told[0] == answered.exchange
    assert sorted(told[1:]) == ["refuses", "stalls"]
    assert (answered.canceled, answered.left) == (20, ())
    for report in (refused, stalled):
        assert f"{report.exchange} could not be reached: no answer in 4 s" in report.left[0]
    assert proxies[0].accepted > 1


async def test_an_exchange_that_comes_back_is_emptied() -> None:
    """It is asked again: a line that was down for a second is no reason to leave risk behind."""
    async with persons_market() as (simulator, client), TcpProxy(simulator.port) as proxy:
        await let_rest(client, 20)
        proxy.is_refusing = True
        killing = asyncio.create_task(
            kill_all(
                {"bybit": simulator.client(via_port=proxy.port)},
                KillOrder(ident="comes-back"),
                risk_limits(),
            )
        )
        await wait_until(lambda: proxy.accepted >= 2)
        proxy.is_refusing = False
        [report] = await asyncio.wait_for(killing, 30)
        assert (report.canceled, report.left) == (20, ())
        assert not (await read_account(client)).open_orders


async def test_two_switches_at_once_do_the_same_thing_once() -> None:
    """Both say that nothing is left; the leg is closed, and not turned round."""
    async with persons_market() as (simulator, client):
        await open_leg(client)
        await let_rest(client, 20)
        pulled = await asyncio.gather(
            *(
                kill_all(
                    {"bybit": simulator.client()},
                    KillOrder(ident=f"hand-{number}", closes=True),
                    risk_limits(),
                )
                for number in range(2)
            )
        )
        assert [report.left for [report] in pulled] == [(), ()]
        seen = await read_account(client)
        assert not seen.open_orders
        assert not [leg for leg in seen.legs if leg.quantity]
