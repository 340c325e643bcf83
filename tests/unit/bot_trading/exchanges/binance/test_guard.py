"""Protection on Binance while an entry fills: what is called set covers each fill to come."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import StopKind
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.config import BinanceConfig, Credentials
from bot_trading.exchanges.binance.guard import Guard
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.exchanges.binance.protection import Entry
from bot_trading.exchanges.binance.rest import SignedRest
from tests.builders.binance_frames import TS_MS, algo_row, order_row, position_row
from tests.builders.scripted_exchange import Answer, ScriptedExchange

LONG = LegId("binance", "BTCUSDT", PositionIdx.LONG)
ALGO = "/fapi/v1/algoOrder"
FULL, PART = Decimal("0.010"), Decimal("0.004")


def told(value: object) -> Answer:
    """An answer of JSON."""
    return Answer(body=json.dumps(value).encode())


class _Life:
    """A guard of an account whose entry of 0.010 has filled 0.004 and brought a stop."""

    def __init__(self, exchange: ScriptedExchange) -> None:
        base = f"http://127.0.0.1:{exchange.port}"
        config = BinanceConfig(rest_url=base, ws_public_url="", ws_market_url="", ws_private_url="")
        self.exchange = exchange
        self.rest = SignedRest(config, Credentials(api_key="key", api_secret="hush"))
        self.book = LegBook()
        self.known = KnownOrders()
        self.guard = Guard(self.rest, self.book, self.known, pytest.fail)
        self.book.expect(
            Entry(
                client_order_id="ours-1",
                leg_id=LONG,
                stop_ids=frozenset(
                    self.known.stops.of_entry(kind, "ours-1")
                    for kind in (StopKind.STOP_LOSS, StopKind.TAKE_PROFIT)
                ),
                ts_sent_ms=TS_MS,
            )
        )

    def says(self, *algos: dict[str, object], held: Decimal, filled: Decimal) -> None:
        """What the exchange answers when it is read."""
        entry = order_row(status="PARTIALLY_FILLED", executedQty=str(filled))
        answers = self.exchange.answers
        answers["/fapi/v1/openOrders"] = [told([entry])]
        answers["/fapi/v1/openAlgoOrders"] = [told(list(algos))]
        answers["/fapi/v3/positionRisk"] = [told([position_row(positionAmt=str(held))])]

    def asked(self) -> list[tuple[str, str, str]]:
        """Method, trigger price and quantity of each change of protection so far."""
        found = []
        for seen in self.exchange.seen:
            if seen.path == ALGO:
                query = {name: values[0] for name, values in parse_qs(seen.query).items()}
                price, quantity = query.get("triggerPrice", ""), query.get("quantity", "")
                found.append((seen.method, price, quantity))
        return found


async def test_a_stop_that_is_called_set_covers_the_fills_to_come() -> None:
    """What the entry brought moves with it: after each fill all of the leg has the one price."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/fapi/v1/time"] = [told({"serverTime": time.time_ns() // 1_000_000})]
        exchange.answers[ALGO] = [told({"algoId": 5})]
        life = _Life(exchange)
        await life.rest.open()
        life.says(algo_row(), held=PART, filled=PART)
        wanted = LegProtection(leg_id=LONG, stop_loss=Decimal(59_500), take_profit=None)
        assert await life.guard.protect(wanted) is None
        assert life.asked() == [("POST", "59500", "0.010"), ("DELETE", "", "")]
        for held in (PART, Decimal("0.007"), FULL):
            life.book.hold(LONG, held, Decimal(60_000), TS_MS + int(held * 1000))
            leg = life.book.report(LONG)
            assert leg is not None
            assert (leg.quantity, leg.stop_loss) == (held, wanted.stop_loss)
            assert not life.book.changes(LONG)
        await life.rest.close()


async def test_the_next_start_knows_whose_a_moved_stop_is() -> None:
    """The bot dies after the move of a partly filled entry's stop: the rest of the entry fills
    under the same price, and nothing has to be done for it."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/fapi/v1/time"] = [told({"serverTime": time.time_ns() // 1_000_000})]
        exchange.answers[ALGO] = [told({"algoId": 5})]
        life = _Life(exchange)
        await life.rest.open()
        life.says(algo_row(), held=PART, filled=PART)
        wanted = LegProtection(leg_id=LONG, stop_loss=Decimal(59_500), take_profit=None)
        assert await life.guard.protect(wanted) is None
        [placed] = [parse_qs(seen.query) for seen in exchange.seen if seen.method == "POST"]
        await life.rest.close()
    anew = LegBook()
    row = algo_row(clientAlgoId=placed["clientAlgoId"][0], triggerPrice="59500", quantity="0.010")
    anew.take_algos([wire.decode_algo(json.dumps(row).encode())], "", anew.mark())
    anew.hold(LONG, PART, Decimal(60_000), TS_MS)
    assert anew.changes(LONG)  # Nobody has told of the entry yet.
    entry = order_row(status="PARTIALLY_FILLED", executedQty=str(PART))
    told_entry = wire.decode_order(json.dumps(entry).encode())
    anew.heard(reports.order_report(told_entry, 0, pytest.fail, StopNames().kind_of))
    for held in (PART, FULL):
        anew.hold(LONG, held, Decimal(60_000), TS_MS + int(held * 1000))
        assert not anew.changes(LONG)
        leg = anew.report(LONG)
        assert leg is not None
        assert leg.stop_loss == wanted.stop_loss


async def test_a_target_that_the_entry_did_not_bring_covers_its_fills_too() -> None:
    """It has the size of the entry, beside the stop that stays where it is."""
    async with ScriptedExchange() as exchange:
        exchange.answers["/fapi/v1/time"] = [told({"serverTime": time.time_ns() // 1_000_000})]
        exchange.answers[ALGO] = [told({"algoId": 5})]
        life = _Life(exchange)
        await life.rest.open()
        life.says(algo_row(), held=PART, filled=PART)
        both = LegProtection(leg_id=LONG, stop_loss=Decimal("59000.0"), take_profit=Decimal(62_000))
        assert await life.guard.protect(both) is None
        assert life.asked() == [("POST", "62000", "0.010")]
        [stops] = life.book.filling(LONG).values()
        assert {stop.kind for stop in stops} == {StopKind.STOP_LOSS, StopKind.TAKE_PROFIT}
        assert await life.guard.protect(both) is None
        await life.rest.close()
