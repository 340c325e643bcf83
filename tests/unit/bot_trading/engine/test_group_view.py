"""A pair and a group as the state shows them, by the bot's own orders and legs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot_trading.arbitrage.pair import Pair, PairRefused
from bot_trading.domain.account import TradingState
from bot_trading.domain.group import GroupPhase
from bot_trading.domain.instrument import LegId, PositionIdx
from bot_trading.domain.market import BookLevel
from bot_trading.domain.messages import Announce
from bot_trading.domain.order import OrderOrigin
from bot_trading.engine.group_view import are_free, pair_of, quoted, sides_of
from tests.builders.core import an_order, d
from tests.builders.paper_pair import BINANCE, BYBIT, PaperPair, a_spec

SPEC = a_spec()
LONG = LegId("bybit", "BTCUSDT", PositionIdx.LONG)


def _pair(paper: PaperPair) -> Pair:
    pair = pair_of(paper.state, SPEC, "BTCUSDT")
    assert isinstance(pair, Pair)
    return pair


def test_a_pair_is_made_once_for_the_same_rules() -> None:
    """Only other rules of an exchange make another pair; before both are known there is none."""
    assert pair_of(PaperPair().state, SPEC, "BTCUSDT") is None
    paper = PaperPair.ready()
    first = _pair(paper)
    assert _pair(paper) is first
    assert (first.first.exchange, first.second.exchange) == ("bybit", "binance")
    refused = PaperPair.ready(bybit={"base_coin": "ETH"})
    assert isinstance(pair_of(refused.state, SPEC, "BTCUSDT"), PairRefused)


def test_a_side_is_what_orders_and_leg_say() -> None:
    """What is held, what entries may add, and what closes still take, from the bot's own books."""
    paper = PaperPair.ready()
    long, short = paper.enter()
    paper.fill(long.client_order_id, d("0.005"))
    assert paper.group is not None
    sides = sides_of(paper.state, SPEC, _pair(paper), paper.group)
    assert (sides[0].held, sides[0].opening) == (d("0.005"), d("0.014"))
    assert (sides[1].held, sides[1].opening) == (0, short.quantity)
    assert (sides[0].entry_px, sides[1].entry_px) == (d(50_000), None)
    assert not sides[0].is_quiet


def test_thousands_are_shown_as_single_coins() -> None:
    """Quantities and prices of a side that counts in thousands are those of one coin."""
    paper = PaperPair.ready(
        bybit={"base_coin": "1000PEPE", "qty_step": d("0.001")},
        binance={
            "base_coin": "PEPE",
            "qty_step": Decimal(1),
            "min_qty": Decimal(1),
            "max_market_qty": Decimal(10**6),
            "max_qty": Decimal(10**6),
        },
    )
    pair = _pair(paper)
    assert (pair.step, pair.first.coins_per_unit) == (1, 1000)


def test_what_was_told_is_quoted() -> None:
    """Book, funding and the assumed round trip of a side; what nobody told is None."""
    paper = PaperPair.ready()
    side = _pair(paper).first
    known = quoted(paper.state, SPEC, side)
    assert known.book is not None
    assert known.book.bids == ((d(50_000), d(100)),)
    assert known.funding is not None
    assert known.round_trip_us == SPEC.round_trip_us
    paper.state.quotes.clear()
    unknown = quoted(paper.state, SPEC, side)
    assert (unknown.book, unknown.funding) == (None, None)


def test_legs_are_free_without_orders_and_quantities() -> None:
    """A person's order stands in nobody's way; one of ours that can fill does."""
    paper = PaperPair.ready()
    assert are_free(paper.state, SPEC, "BTCUSDT")
    paper.state.put_order(an_order(client_order_id="theirs", origin=OrderOrigin.FOREIGN))
    assert are_free(paper.state, SPEC, "BTCUSDT")
    paper.state.put_order(an_order(client_order_id="ours"))
    assert not are_free(paper.state, SPEC, "BTCUSDT")


def _held() -> PaperPair:
    paper = PaperPair.ready()
    for intent in paper.enter():
        paper.fill(intent.client_order_id)
        paper.end(intent.client_order_id)
    return paper


def test_a_bound_of_an_ended_group_halts_once_for_all_starts() -> None:
    """What was told before is not told again by a process that has no alarm of it."""
    paper = _held()
    ended = replace(paper.groups[0], phase=GroupPhase.OVER, unmatched_loss_worst=Decimal(1_000))
    paper.state.groups["BTCUSDT"] = ended
    paper.tick(1_000)
    assert paper.state.trading_state is TradingState.ACTIVE


def test_a_group_is_followed_while_its_instrument_does_not_trade() -> None:
    """Nothing new is entered there, and a leg that the exchange closed takes the other along."""
    paper = _held()
    paper.connect(BINANCE, is_trading=False)
    paper.stop_out(LegId("binance", "BTCUSDT", PositionIdx.SHORT))
    (close,) = paper.sent()
    assert close.reduce_only
    assert close.leg_id == LONG
    idle = PaperPair.ready(binance={"is_trading": False})
    idle.quote(BYBIT, 50_000)
    idle.quote(BINANCE, 50_250)
    assert idle.sent() == []
    assert idle.state.counters["no_entry:is_trading"] > 0


def test_a_book_is_as_old_as_its_best_prices() -> None:
    """A mark price that goes on keeps no best price young, and unheard ones make no book."""
    paper = PaperPair.ready()
    heard_us = paper.now_us
    paper.now_us += 5_000_000
    paper.quote(BINANCE, 50_250, ts_book_us=heard_us)
    side = quoted(paper.state, SPEC, _pair(paper).second)
    assert side.book is not None
    assert side.book.ts_init_us == heard_us
    paper.quote(BYBIT, 50_000)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:book_age_max"] > 0
    paper.quote(BINANCE, 50_250, ts_book_us=None)
    assert quoted(paper.state, SPEC, _pair(paper).second).book is None


def test_a_leg_without_best_prices_is_valued_as_last_seen() -> None:
    """No best price is no reason to see no loss."""
    paper = _held()
    group = paper.groups[0]
    paper.quote(BYBIT, 49_000, bid=None, ask=None)
    long, _ = sides_of(paper.state, SPEC, _pair(paper), group)
    assert long.close_px == 49_000
    assert long.open_px is None


def test_an_open_group_without_its_pair_is_said_once() -> None:
    """Nobody follows it then: a person has to look."""
    paper = _held()
    for _ in range(2):
        paper.connect(BINANCE, quote_coin="USDC")
    told = [each.text for each in paper.out if isinstance(each, Announce)]
    assert len([text for text in told if "is not followed" in text]) <= 1
    assert f"{paper.groups[0].group_id}:not_followed" in paper.state.risk.alarms


def _deep(best: str, second: str) -> tuple[BookLevel, ...]:
    """Bids of the dearer exchange: a little at 50 250, the rest 200 below."""
    return ((d(50_250), d(best)), (d(50_050), d(second)))


def test_the_difference_is_that_at_the_depth_of_the_quantity() -> None:
    """The best level alone would pay; what a group's 0.019 coins would really get does not."""
    paper = PaperPair.ready()
    paper.quote(BINANCE, 50_250, bids=_deep("0.001", "5"))
    assert paper.sent() == []
    assert paper.state.counters["no_entry:entry_net_min_bps"] > 0
    paper.quote(BINANCE, 50_250, bids=_deep("0.018", "5"))
    assert len(paper.sent()) == 2
    assert paper.group is not None
    net_bps = paper.group.expected_net_bps
    whole = PaperPair.ready()
    whole.enter()
    assert whole.group is not None
    # 0.018 at 50 250 and 0.001 at 50 050 is 10.53 less a coin, 2.1 of 10 000 parts.
    assert d("2.09") < whole.group.expected_net_bps - net_bps < d("2.11")


def test_a_quantity_beyond_the_levels_that_were_told_is_refused() -> None:
    """Best prices say nothing of what lies behind the levels."""
    paper = PaperPair.ready()
    asks = ((d(50_251), d("0.018")),)
    paper.quote(BINANCE, 50_250, bids=_deep("0.01", "0.008"), asks=asks)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:depth"] > 0


def test_without_a_book_best_prices_open_nothing() -> None:
    """A gap in the book's stream leaves best prices, by which no entry is decided."""
    paper = PaperPair.ready()
    paper.quote(BINANCE, 50_250, bids=(), asks=(), ts_depth_us=None)
    assert paper.sent() == []
    assert paper.state.counters["no_entry:book"] > 0
