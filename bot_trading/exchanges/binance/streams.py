"""Binance's public and private streams: greeting, and frames to events.

Whatever cannot be understood is counted and published, and the stream goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId, LegId
from bot_trading.domain.market import Quote
from bot_trading.domain.reports import CandleClosed, QuoteSeen
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.binance import reports, wire
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.config import EXCHANGE
from bot_trading.exchanges.binance.depth import DepthBook, decode_book_ticker, decode_depth
from bot_trading.exchanges.binance.figures import candle_of
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.protection import Stop
from bot_trading.exchanges.binance.reads import interval_word
from bot_trading.exchanges.binance.requests import PING
from bot_trading.exchanges.figures import not_negative, number, price_or_none
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket, StreamLost
from bot_trading.ports import Publish

__all__ = ["PrivateFeed", "PublicFeed"]

STREAMS_PER_REQUEST = 100
KNOWN_BUT_UNUSED = frozenset(
    {"TRADE_LITE", "ACCOUNT_CONFIG_UPDATE", "STRATEGY_UPDATE", "GRID_UPDATE"}
)


class PublicFeed:
    """Closed candles and prices of some symbols, from two sockets that share the prices, and their
    books where `reads_depth` says so."""

    def __init__(
        self,
        symbols: Sequence[str],
        interval_s: int,
        publish: Publish,
        complain: UnsupportedCounter,
        *,
        reads_depth: bool = False,
    ) -> None:
        self._word = interval_word(interval_s)
        self.kline_topics = tuple(f"{symbol.lower()}@kline_{self._word}" for symbol in symbols)
        self.mark_topics = tuple(f"{symbol.lower()}@markPrice@1s" for symbol in symbols)
        self.book_topics = tuple(f"{symbol.lower()}@bookTicker" for symbol in symbols)
        self._books = {symbol: DepthBook() for symbol in symbols} if reads_depth else {}
        self.depth_topics = tuple(f"{symbol.lower()}@depth5@100ms" for symbol in self._books)
        self._symbols = frozenset(symbols)
        self._interval_s = interval_s
        self._publish = publish
        self._complain = complain
        self._quotes: dict[str, Quote] = {symbol: _no_quote(symbol) for symbol in symbols}
        self._handlers: dict[str, Callable[[bytes], str | None]] = {
            "kline": self._on_kline,
            "markPriceUpdate": self._on_mark,
            "bookTicker": self._on_book,
            "depthUpdate": self._on_depth,
        }

    async def greet_market(self, socket: Socket) -> None:
        """Subscribe to candles and mark prices, which begin anew."""
        for symbol, quote in self._quotes.items():
            self._quotes[symbol] = replace(
                quote, last=None, mark=None, funding_rate=None, ts_funding_us=None
            )
        await _subscribe(socket, self.kline_topics + self.mark_topics)

    async def greet_book(self, socket: Socket) -> None:
        """Subscribe to best prices and books, which begin anew."""
        for symbol, quote in self._quotes.items():
            quote = replace(quote, bids=(), asks=(), ts_depth_us=None)
            self._quotes[symbol] = replace(quote, bid=None, ask=None, bid_qty=None, ask_qty=None)
        self._books = {symbol: DepthBook() for symbol in self._books}
        await _subscribe(socket, self.book_topics + self.depth_topics)

    def tell_last(self, prices: Mapping[str, tuple[Decimal, int]]) -> None:
        """Take prices that were read, with their milliseconds; what a stream told is newer."""
        for symbol, (price, time_ms) in prices.items():
            if self._quotes[symbol].last is None:
                self._show(replace(self._quotes[symbol], last=price), time_ms)

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        try:
            kind = wire.decode(wire.decode_public, payload, "public frame").e
            if not kind:
                return None
            handle = self._handlers.get(kind)
            if handle is None:
                self._complain(f"public event {kind[:60]!r}")
                return None
            return handle(payload)
        except MalformedMessage as error:
            self._complain(f"malformed {error}")
            return None

    def _on_kline(self, payload: bytes) -> str:
        event = wire.decode(wire.decode_kline, payload, "kline")
        symbol, row = self._wanted(event.symbol), event.kline
        if row.interval != self._word:
            raise MalformedMessage(f"a kline of {row.interval[:10]!r}, expected {self._word}")
        last = _price(row.close)
        self._show(replace(self._quotes[symbol], last=last), event.time_ms)
        if row.is_closed:
            self._close_candle(symbol, row)
        return f"{symbol.lower()}@kline_{self._word}"

    def _close_candle(self, symbol: str, row: wire.KlineRow) -> None:
        if row.end + 1 - row.start != self._interval_s * 1000:
            raise MalformedMessage(
                f"a candle from {row.start} to {row.end}, expected {self._interval_s} s"
            )
        candle = candle_of(
            InstrumentId(EXCHANGE, symbol),
            self._interval_s,
            row.start,
            (row.open, row.high, row.low, row.close, row.volume),
        )
        self._publish(CandleClosed(candle=candle, ts_init_us=now_us()))

    def _on_mark(self, payload: bytes) -> str:
        event = wire.decode(wire.decode_mark_price, payload, "mark price")
        symbol = self._wanted(event.symbol)
        quote = replace(
            self._quotes[symbol],
            mark=_price(event.mark),
            funding_rate=number(event.rate, "r") if event.rate else None,
            ts_funding_us=event.next_ms * 1000 or None,
        )
        self._show(quote, event.time_ms)
        return f"{symbol.lower()}@markPrice@1s"

    def _on_book(self, payload: bytes) -> str:
        event = wire.decode(decode_book_ticker, payload, "book ticker")
        symbol = self._wanted(event.symbol)
        before, book = self._quotes[symbol], self._books.get(symbol)
        if book is not None:
            book.take_best(event)
            bids, asks = book.sides()
            before = replace(before, bids=bids, asks=asks)
        quote = replace(
            before,
            bid=_price(event.bid),
            ask=_price(event.ask),
            bid_qty=not_negative(event.bid_qty, "B"),
            ask_qty=not_negative(event.ask_qty, "A"),
            ts_book_us=now_us(),
        )
        self._show(quote, event.time_ms)
        return f"{symbol.lower()}@bookTicker"

    def _on_depth(self, payload: bytes) -> str | None:
        event = wire.decode(decode_depth, payload, "depth")
        symbol = self._wanted(event.symbol)
        book = self._books.get(symbol)
        if book is None:
            raise MalformedMessage(f"a book of {symbol}, which was not subscribed")
        if not book.take_levels(event):
            return None
        bids, asks = book.sides()
        quote = replace(self._quotes[symbol], bids=bids, asks=asks, ts_depth_us=now_us())
        self._show(quote, event.time_ms)
        return f"{symbol.lower()}@depth5@100ms"

    def _wanted(self, symbol: str) -> str:
        if symbol not in self._symbols:
            raise MalformedMessage(f"an event of {symbol[:20]!r}, which was not subscribed")
        return symbol

    def _show(self, quote: Quote, time_ms: int) -> None:
        """Publish the prices of a symbol; its time never runs backwards between two sockets."""
        ts_event_us = max(quote.ts_event_us, time_ms * 1000)
        quote = replace(quote, ts_event_us=ts_event_us, ts_init_us=now_us())
        self._quotes[quote.instrument_id.symbol] = quote
        self._publish(QuoteSeen(quote=quote))


class PrivateFeed:
    """Orders, fills, conditional orders and legs of the account.

    `on_legs` gets the legs that something was told of, `on_money` the time in milliseconds and
    whether it was funding: what the account then owns has to be read.
    """

    def __init__(
        self,
        book: LegBook,
        known: KnownOrders,
        settle_coin: str,
        publish: Publish,
        complain: UnsupportedCounter,
        on_legs: Callable[[Sequence[LegId]], None],
        on_money: Callable[[int, bool], None],
    ) -> None:
        self._book = book
        self._known = known
        self._settle_coin = settle_coin
        self._publish = publish
        self._complain = complain
        self._on_legs = on_legs
        self._on_money = on_money
        self._handlers: dict[str, Callable[[wire.Event], None]] = {
            "ORDER_TRADE_UPDATE": self._on_order,
            "ALGO_UPDATE": self._on_algo,
            "ACCOUNT_UPDATE": self._on_account,
        }

    async def greet(self, socket: Socket) -> None:
        """The address itself names the account: only see that the socket answers."""
        socket.send(PING)
        await _await_answer(socket, "the first question")

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its kind, or None when it is no data.

        Raises `StreamLost` when the key of the stream has ended, and with it the stream.
        """
        try:
            event = wire.decode(wire.decode_event, payload, "private frame")
        except MalformedMessage as error:
            self._complain(f"malformed {error}")
            return None
        if not event.e:
            return None
        if event.e == "listenKeyExpired":
            raise StreamLost("the listen key has expired")
        handle = self._handlers.get(event.e)
        if handle is None:
            if event.e not in KNOWN_BUT_UNUSED:
                self._complain(f"private event {event.e[:60]!r}")
            return event.e
        try:
            handle(event)
        except MalformedMessage as error:
            self._complain(f"malformed {event.e}: {error}")
        return event.e

    def _on_order(self, event: wire.Event) -> None:
        order = wire.decode(wire.decode_order_event, event.o, "order")
        kind_of = self._known.stops.kind_fired
        report = reports.event_report(order, now_us(), self._complain, kind_of)
        coin = self._settle_coin
        fill = reports.event_fill(order, coin, now_us(), self._complain, kind_of)
        self._known.remember(order.order_id, order.client_order_id)
        self._book.heard(report)
        if fill is not None:
            self._publish(fill)
        self._publish(report)
        self._on_legs([reports.leg_of(order.symbol, order.position_side)])

    def _on_algo(self, event: wire.Event) -> None:
        algo = wire.decode(wire.decode_algo_event, event.o, "algo order")
        leg_id = reports.leg_of(algo.symbol, algo.position_side)
        trigger = number(algo.trigger_price, "tp")
        kind = self._known.stops.kind_at(algo.client_algo_id, leg_id, trigger)
        report = reports.algo_event_report(
            algo, event.time_ms, now_us(), self._complain, self._known.stops.kind_of
        )
        if kind is None:
            if report is not None:
                self._publish(report)
            return
        if algo.status in reports.ALGO_RESTS:
            stop = Stop(
                client_id=algo.client_algo_id,
                leg_id=leg_id,
                kind=kind,
                trigger=trigger,
                quantity=not_negative(algo.quantity, "q"),
            )
            self._book.rests(stop)
        elif algo.status in reports.ALGO_ENDED:  # One that woke still acts for the leg.
            self._book.gone(algo.client_algo_id)
        self._book.touch(leg_id, event.time_ms)
        self._tell_leg(leg_id)

    def _on_account(self, event: wire.Event) -> None:
        update = wire.decode(wire.decode_account_update, event.a, "account")
        self._on_money(event.time_ms, update.reason == "FUNDING_FEE")
        for raw in update.positions:
            part = wire.decode(wire.decode_position_part, raw, "position")
            leg_id = reports.leg_of(part.symbol, part.position_side)
            self._book.hold(
                leg_id,
                reports.held_quantity(leg_id, part.amount),
                price_or_none(part.entry_price, "ep"),
                event.time_ms,
            )
            self._tell_leg(leg_id)

    def _tell_leg(self, leg_id: LegId) -> None:
        report = self._book.report(leg_id)
        if report is not None:
            self._publish(report)
        self._on_legs([leg_id])


def _no_quote(symbol: str) -> Quote:
    return Quote(
        instrument_id=InstrumentId(EXCHANGE, symbol),
        last=None,
        mark=None,
        bid=None,
        ask=None,
        ts_event_us=0,
        ts_init_us=0,
    )


def _price(text: str) -> Decimal | None:
    """A price of the stream; zero means that there is none."""
    return price_or_none(text, "a price of the stream")


async def _subscribe(socket: Socket, topics: Sequence[str]) -> None:
    for start in range(0, len(topics), STREAMS_PER_REQUEST):
        names = topics[start : start + STREAMS_PER_REQUEST]
        message = {"method": "SUBSCRIBE", "params": names, "id": start + 1}
        socket.send(msgspec.json.encode(message))
        await _await_answer(socket, "subscribing")


async def _await_answer(socket: Socket, what: str) -> None:
    """Wait for the answer to a request; an error in it ends the greeting."""
    try:
        answer = wire.decode(wire.decode_public, await socket.reply(), f"answer to {what}")
    except MalformedMessage as error:
        raise StreamLost(str(error)) from error
    if bytes(answer.error) != b"null":
        said = bytes(answer.error)[:200].decode("utf-8", "replace")
        raise StreamLost(f"{what} was refused: {said}")
