"""Fills of stops that fired while nobody listened are told as what they are."""

from __future__ import annotations

import msgspec

from bot_trading.domain.reports import FillReport, StopKind
from bot_trading.exchanges.okx.fired import name_fired
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.reports import fill_report
from bot_trading.exchanges.okx.wire import decode, decode_fill
from bot_trading.exchanges.ownership import OwnStops
from tests.builders.okx_frames import algo_row, btc_contracts, fill_row
from tests.builders.scripted_okx import ScriptedOkx, answered

HISTORY = "/api/v5/trade/orders-algo-history"


def _fill(**changes: str) -> FillReport:
    row = decode(decode_fill, msgspec.json.encode(fill_row(**changes)), "fill")
    return fill_report(row, btc_contracts(), "USDT", 1, lambda _: None)


async def test_a_fill_of_our_own_stop_is_not_a_persons() -> None:
    """The history of stops names the order that each became; those of others stay nameless."""
    known = KnownLegs(OwnStops("ours"))
    fired = {"state": "effective", "actualSide": "sl"}
    rows = (
        algo_row(algoId="1", algoClOrdId="ours1", ordId="501", **fired),
        algo_row(algoId="2", algoClOrdId="theirs", ordId="502", **fired),
    )
    fills = [
        _fill(ordId="501", clOrdId="", tradeId="1"),
        _fill(ordId="502", clOrdId="", tradeId="2"),
    ]
    async with ScriptedOkx() as exchange:
        exchange.answers[HISTORY] = [answered(*rows)]
        async with exchange.opened() as client:
            named = await name_fired(client._rest, btc_contracts(), known, fills)
    assert [fill.stop_kind for fill in named] == [StopKind.STOP_LOSS, None]


async def test_fills_that_all_have_names_ask_nothing() -> None:
    """The history is read only where something in it could be found."""
    async with ScriptedOkx() as exchange:
        async with exchange.opened() as client:
            fills = [_fill(clOrdId="ent1")]
            assert await name_fired(client._rest, btc_contracts(), KnownLegs(), fills) == tuple(
                fills
            )
        assert HISTORY not in [seen.path for seen in exchange.seen]
