"""Bybit's public and private streams: greeting, and frames to events.

Whatever cannot be understood is counted and published, and the stream goes on: a frame is split
into rows first, so that one bad row takes no good one with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec
from msgspec import Raw

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Quote
from bot_trading.domain.reports import BalanceReport, CandleClosed, QuoteSeen
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.bybit import reports, wire
from bot_trading.exchanges.bybit.config import EXCHANGE
from bot_trading.exchanges.bybit.depth import DepthBook, depth_topic
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.requests import auth_message
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.figures import above_zero, number
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket, StreamLost
from bot_trading.ports import Publish

__all__ = ["PRIVATE_TOPICS", "PrivateFeed", "PublicFeed", "interval_word"]

PRIVATE_TOPICS = ("order", "execution", "position", "wallet")
TOPICS_PER_REQUEST = 200  # Of at most 40 characters each, below the limit of 21,000 per request.
INTERVAL_WORDS = {
    **{minutes * 60: str(minutes) for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    86_400: "D",
    604_800: "W",
}


def interval_word(interval_s: int) -> str:
    """Bybit's word for a candle's length; ValueError for a length that it does not have."""
    word = INTERVAL_WORDS.get(interval_s)
    if word is None:
        raise ValueError(
            f"bybit has no candles of {interval_s} s, only of {sorted(INTERVAL_WORDS)} s"
        )
    return word


class PublicFeed:
    """Closed candles and prices of some symbols, and their books where `reads_depth` says so."""

    def __init__(
        self,
        symbols: Sequence[str],
        interval_s: int,
        publish: Publish,
        complain: UnsupportedCounter,
        *,
        reads_depth: bool = False,
    ) -> None:
        word = interval_word(interval_s)
        self.kline_topics = tuple(f"kline.{word}.{symbol}" for symbol in symbols)
        self.ticker_topics = tuple(f"tickers.{symbol}" for symbol in symbols)
        self._books = {symbol: DepthBook() for symbol in symbols} if reads_depth else {}
        self.depth_topics = tuple(depth_topic(symbol) for symbol in self._books)
        self._symbols = dict(zip(self.kline_topics, symbols, strict=True))
        self._symbols |= dict(zip(self.ticker_topics, symbols, strict=True))
        self._symbols |= dict(zip(self.depth_topics, self._books, strict=True))
        self._interval_s = interval_s
        self._publish = publish
        self._complain = complain
        self._quotes: dict[str, Quote] = {}
        self._socket: Socket | None = None

    async def greet(self, socket: Socket) -> None:
        """Subscribe to everything; prices start anew, since each subscription brings a snapshot."""
        self._socket = socket
        self._quotes.clear()
        self._books = {symbol: DepthBook() for symbol in self._books}
        topics = self.kline_topics + self.ticker_topics + self.depth_topics
        for start in range(0, len(topics), TOPICS_PER_REQUEST):
            await _subscribe(socket, topics[start : start + TOPICS_PER_REQUEST])

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        frame = _frame(payload, "public", self._complain)
        if frame is None or not frame.topic:
            return None
        symbol = self._symbols.get(frame.topic)
        try:
            if symbol is None:
                self._complain(f"public topic {frame.topic[:60]!r}, which was not subscribed")
            elif frame.topic.startswith("tickers."):
                self._on_ticker(frame, symbol)
            elif frame.topic.startswith("orderbook."):
                return self._on_depth(frame, symbol)
            else:
                self._on_klines(frame, symbol)
        except MalformedMessage as error:
            self._complain(f"malformed {frame.topic[:60]}: {error}")
            return None
        return frame.topic

    def _on_ticker(self, frame: wire.Frame, symbol: str) -> None:
        row = wire.decode(wire.decode_ticker, frame.data, "ticker")
        if row.symbol != symbol:
            raise MalformedMessage(f"a ticker of {row.symbol[:20]!r} came as {frame.topic}")
        known = self._quotes.get(row.symbol) or _no_quote(row.symbol)
        before = known if frame.type == "delta" else _only_depth(known)
        heard_us = now_us()
        quote = Quote(
            instrument_id=before.instrument_id,
            last=_moved(row.last_price, before.last),
            mark=_moved(row.mark_price, before.mark),
            bid=_moved(row.bid1_price, before.bid),
            ask=_moved(row.ask1_price, before.ask),
            bid_qty=_moved(row.bid1_size, before.bid_qty),
            ask_qty=_moved(row.ask1_size, before.ask_qty),
            funding_rate=_rate(row.funding_rate, before.funding_rate),
            ts_funding_us=_instant(row.next_funding_time, before.ts_funding_us),
            ts_event_us=frame.ts * 1000,
            ts_init_us=heard_us,
            ts_book_us=heard_us,  # One stream in order: what a frame leaves out has not changed.
            bids=before.bids,
            asks=before.asks,
            ts_depth_us=before.ts_depth_us,
        )
        self._quotes[row.symbol] = quote
        self._publish(QuoteSeen(quote=quote))

    def _on_depth(self, frame: wire.Frame, symbol: str) -> str | None:
        """Publish the book; one with a gap is gone at once, and subscribed to anew."""
        row = wire.decode(wire.decode_depth, frame.data, "depth")
        if row.symbol != symbol:
            raise MalformedMessage(f"a book of {row.symbol[:20]!r} came as {frame.topic}")
        book, heard_us = self._books[symbol], now_us()
        was_whole = book.is_whole
        try:
            book.take(row, is_snapshot=frame.type == "snapshot")
        finally:
            if was_whole and not book.is_whole:
                self._begin_anew(frame.topic)
            before = self._quotes.get(symbol) or _no_quote(symbol)
            quote = self._quotes[symbol] = replace(
                before,
                bids=book.bids(),
                asks=book.asks(),
                ts_depth_us=heard_us if book.is_whole else None,
                ts_event_us=max(before.ts_event_us, frame.ts * 1000),
                ts_init_us=heard_us,
            )
            self._publish(QuoteSeen(quote=quote))
        return frame.topic if book.is_whole else None

    def _begin_anew(self, topic: str) -> None:
        """Ask for a snapshot; without one the silent topic ends the stream."""
        self._complain(f"a gap in {topic}")
        if self._socket is not None:
            for op in ("unsubscribe", "subscribe"):
                self._socket.send(msgspec.json.encode({"op": op, "args": [topic]}))

    def _on_klines(self, frame: wire.Frame, symbol: str) -> None:
        for raw in wire.decode(wire.decode_rows, frame.data, "klines"):
            row = wire.decode(wire.decode_kline, raw, "kline")
            if not row.confirm:
                continue
            if row.end + 1 - row.start != self._interval_s * 1000:
                raise MalformedMessage(
                    f"a candle from {row.start} to {row.end}, expected {self._interval_s} s"
                )
            candle = reports.candle_of(
                InstrumentId(EXCHANGE, symbol),
                self._interval_s,
                row.start,
                (row.open, row.high, row.low, row.close, row.volume),
            )
            self._publish(CandleClosed(candle=candle, ts_init_us=now_us()))


class PrivateFeed:
    """Orders, executions, legs and money of the account."""

    def __init__(
        self,
        rest: SignedRest,
        known: KnownOrders,
        settle_coin: str,
        publish: Publish,
        complain: UnsupportedCounter,
    ) -> None:
        self._rest = rest
        self._known = known
        self._settle_coin = settle_coin
        self._publish = publish
        self._complain = complain
        self._handlers: dict[str, Callable[[Raw, wire.Frame], None]] = {
            "order": self._on_order,
            "execution": self._on_execution,
            "position": self._on_position,
            "wallet": self._on_wallet,
        }

    async def greet(self, socket: Socket) -> None:
        """Authenticate, then subscribe."""
        socket.send(auth_message(self._rest.key, self._rest.sign, self._rest.now_ms()))
        await _await_success(socket, "auth")
        await _subscribe(socket, PRIVATE_TOPICS)

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        frame = _frame(payload, "private", self._complain)
        if frame is None or not frame.topic:
            return None
        handle = self._handlers.get(frame.topic)
        if handle is None:
            self._complain(f"private topic {frame.topic[:60]!r}")
            return frame.topic
        try:
            rows = wire.decode(wire.decode_rows, frame.data, "rows")
        except MalformedMessage as error:
            self._complain(f"malformed {frame.topic}: {error}")
            return None
        for raw in rows:
            try:
                handle(raw, frame)
            except MalformedMessage as error:
                self._complain(f"malformed {frame.topic}: {error}")
        return frame.topic

    def _on_order(self, raw: Raw, frame: wire.Frame) -> None:
        row = wire.decode(wire.decode_order, raw, "order")
        if not self._is_linear(row.category):
            return
        report = reports.order_report(row, now_us(), self._complain)
        self._known.remember(report)
        self._publish(report)

    def _on_execution(self, raw: Raw, frame: wire.Frame) -> None:
        row = wire.decode(wire.decode_execution, raw, "execution")
        if not self._is_linear(row.category):
            return
        report = reports.execution_report(
            row, self._known.leg_of(row), self._settle_coin, now_us(), self._complain
        )
        if report is not None:
            self._publish(report)

    def _on_position(self, raw: Raw, frame: wire.Frame) -> None:
        row = wire.decode(wire.decode_position, raw, "position")
        if self._is_linear(row.category):
            self._publish(reports.leg_report(row, now_us()))

    def _on_wallet(self, raw: Raw, frame: wire.Frame) -> None:
        row = wire.decode(wire.decode_wallet, raw, "wallet")
        balance = reports.balance_of(row, self._settle_coin, frame.creation_time * 1000)
        if balance is not None:
            self._publish(BalanceReport(balance=balance, ts_init_us=now_us()))

    def _is_linear(self, category: str) -> bool:
        if category != "linear":
            self._complain(f"a message of category {category[:20]!r}")
        return category == "linear"


def _frame(payload: bytes, name: str, complain: UnsupportedCounter) -> wire.Frame | None:
    try:
        return wire.decode(wire.decode_frame, payload, f"{name} frame")
    except MalformedMessage as error:
        complain(f"malformed {error}")
        return None


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


def _only_depth(quote: Quote) -> Quote:
    """The book of a quote, whose prices are to be told anew."""
    return replace(
        _no_quote(quote.instrument_id.symbol),
        bids=quote.bids,
        asks=quote.asks,
        ts_depth_us=quote.ts_depth_us,
    )


def _moved(text: str | None, before: Decimal | None) -> Decimal | None:
    """The new price or size where one was told, else the one before; an empty text means none."""
    if text is None:
        return before
    value = number(text, "a ticker's figure") if text else None
    if value is not None and value < 0:
        raise MalformedMessage(f"a ticker's figure is {text}, expected zero or more")
    return value or None


def _rate(text: str | None, before: Decimal | None) -> Decimal | None:
    """The new rate where one was told, which may be below zero; an empty text means none."""
    if text is None:
        return before
    return number(text, "a ticker's fundingRate") if text else None


def _instant(text: str | None, before: int | None) -> int | None:
    """Milliseconds as microseconds, where they were told; an empty text or zero means none."""
    if text is None:
        return before
    return int(above_zero(text, "nextFundingTime")) * 1000 if text not in ("", "0") else None


async def _subscribe(socket: Socket, topics: Sequence[str]) -> None:
    socket.send(msgspec.json.encode({"op": "subscribe", "args": topics}))
    await _await_success(socket, "subscribe")


async def _await_success(socket: Socket, op: str) -> None:
    """Wait for the answer to an operation; answers to others, such as pings, are passed over."""
    while True:
        try:
            answer = wire.decode(wire.decode_frame, await socket.reply(), f"answer to {op}")
        except MalformedMessage as error:
            raise StreamLost(str(error)) from error
        if answer.op != op:
            continue
        if answer.success is not True:
            raise StreamLost(f"{op} was refused: {answer.ret_msg[:200]}")
        return
