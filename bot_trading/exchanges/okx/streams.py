"""OKX's public, business and private streams: greeting, and frames to events.

Whatever cannot be understood is counted and published, and the stream goes on: a frame is split
into rows first, so that one bad row takes no good one with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from msgspec import Raw

from bot_trading.clock import now_us
from bot_trading.domain.instrument import InstrumentId
from bot_trading.domain.market import Quote
from bot_trading.domain.reports import BalanceReport, CandleClosed, QuoteSeen
from bot_trading.errors import MalformedMessage
from bot_trading.exchanges.figures import above_zero, levels, not_negative, number
from bot_trading.exchanges.okx import reports, stops, wire
from bot_trading.exchanges.okx.config import EXCHANGE, OkxConfig
from bot_trading.exchanges.okx.contracts import Contracts, inst_id_of, symbol_of
from bot_trading.exchanges.okx.known import KnownLegs, holding_of
from bot_trading.exchanges.okx.requests import login_message, subscribe_message
from bot_trading.exchanges.okx.rest import SignedRest
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket, StreamLost
from bot_trading.ports import Publish

__all__ = ["BusinessFeed", "PrivateFeed", "PublicFeed", "candle_word"]

PONG = b"pong"
ARGS_PER_REQUEST = 30  # Each is answered by itself, and few answers are kept while greeting.
HOUR_MS = 3_600_000
SWAPS = {"instType": "SWAP"}
CANDLE_WORDS = {
    **{minutes * 60: f"{minutes}m" for minutes in (1, 3, 5, 15, 30)},
    **{hours * 3600: f"{hours}H" for hours in (1, 2, 4)},
    # Longer ones open by Hong Kong's time unless UTC is asked for.
    **{hours * 3600: f"{hours}Hutc" for hours in (6, 12)},
    86_400: "1Dutc",
    604_800: "1Wutc",
}


def candle_word(interval_s: int) -> str:
    """OKX's word for a candle's length; ValueError for a length that it does not have."""
    word = CANDLE_WORDS.get(interval_s)
    if word is None:
        raise ValueError(f"okx has no candles of {interval_s} s, only of {sorted(CANDLE_WORDS)} s")
    return word


class PublicFeed:
    """Prices of some symbols, and their books where `reads_depth` says so; `on_hour` is called when
    the market's clock begins an hour."""

    def __init__(
        self,
        symbols: Sequence[str],
        settle_coin: str,
        publish: Publish,
        complain: UnsupportedCounter,
        on_hour: Callable[[], None],
        contracts: Contracts,
        *,
        reads_depth: bool = False,
    ) -> None:
        self._contracts = contracts
        names = {inst_id_of(symbol, settle_coin): symbol for symbol in symbols}
        self._channels = ("tickers", "mark-price", *(("books5",) if reads_depth else ()))
        self.topics = tuple(f"{channel}.{name}" for channel in self._channels for name in names)
        self._ids = {name: InstrumentId(EXCHANGE, symbol) for name, symbol in names.items()}
        self._publish = publish
        self._complain = complain
        self._on_hour = on_hour
        self._hour = 0
        self._quotes: dict[str, Quote] = {}

    async def greet(self, socket: Socket) -> None:
        """Subscribe to everything; prices start anew."""
        self._quotes.clear()
        args = [
            {"channel": channel, "instId": name}
            for channel in (*self._channels, "funding-rate")
            for name in self._ids
        ]
        await _subscribe(socket, args)

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        return _each_row(payload, "public", self._on_row, self._complain)

    def _on_row(self, raw: Raw, arg: wire.Arg) -> None:
        instrument_id = self._ids.get(arg.inst_id)
        if instrument_id is None:
            raise MalformedMessage(f"data of {arg.inst_id[:40]!r}, which was not subscribed")
        before = self._quotes.get(arg.inst_id) or _no_quote(instrument_id)
        quote = replace(self._moved(raw, arg, before), ts_init_us=now_us())
        self._quotes[arg.inst_id] = quote
        self._publish(QuoteSeen(quote=quote))
        hour = quote.ts_event_us // 1000 // HOUR_MS
        if hour > self._hour:
            self._hour = hour
            self._on_hour()

    def _moved(self, raw: Raw, arg: wire.Arg, before: Quote) -> Quote:
        """The prices after a row; a ticker's empty text means that there is no such price."""
        if arg.channel == "tickers":
            row = wire.decode(wire.decode_ticker, raw, "ticker")
            _check_name(row.inst_id, arg)
            return replace(
                before,
                last=reports.price_or_none(row.last, "last"),
                bid=reports.price_or_none(row.bid_px, "bidPx"),
                ask=reports.price_or_none(row.ask_px, "askPx"),
                bid_qty=self._size(arg.inst_id, row.bid_sz, "bidSz"),
                ask_qty=self._size(arg.inst_id, row.ask_sz, "askSz"),
                ts_book_us=now_us(),
                ts_event_us=max(row.ts * 1000, before.ts_event_us),
            )
        if arg.channel == "books5" and arg.channel in self._channels:
            book = wire.decode(wire.decode_book, raw, "book")
            _check_name(book.inst_id, arg)
            return self._with_book(before, book)
        if arg.channel == "mark-price":
            mark = wire.decode(wire.decode_mark, raw, "mark price")
            _check_name(mark.inst_id, arg)
            return replace(
                before,
                mark=above_zero(mark.mark_px, "markPx"),
                ts_event_us=max(mark.ts * 1000, before.ts_event_us),
            )
        if arg.channel == "funding-rate":
            funding = wire.decode(wire.decode_funding_now, raw, "funding rate")
            _check_name(funding.inst_id, arg)
            rate = funding.funding_rate
            return replace(
                before,
                funding_rate=number(rate, "fundingRate") if rate else None,
                ts_funding_us=funding.funding_time * 1000,
            )
        raise MalformedMessage(f"channel {arg.channel[:40]!r}, which was not subscribed")

    def _with_book(self, before: Quote, row: wire.BookRow) -> Quote:
        """Quantities in base coin; no book while the contract is not read."""
        if not self._contracts.knows(row.inst_id):
            return replace(before, bids=(), asks=(), ts_depth_us=None)
        unit = self._contracts.quantity(symbol_of(row.inst_id), Decimal(1))
        bids, asks = (
            tuple((price, size * unit) for price, size in levels(rows, "the book"))
            for rows in (row.bids, row.asks)
        )
        ts_event_us = max(row.ts * 1000, before.ts_event_us)
        return replace(before, bids=bids, asks=asks, ts_depth_us=now_us(), ts_event_us=ts_event_us)

    def _size(self, inst_id: str, text: str, what: str) -> Decimal | None:
        """Base coin at a best price; None where it is not told, or its contract is not read yet."""
        if not text or not self._contracts.knows(inst_id):
            return None
        return self._contracts.quantity(symbol_of(inst_id), not_negative(text, what))


class BusinessFeed:
    """Closed candles, and the account's orders of the algo service."""

    def __init__(
        self,
        symbols: Sequence[str],
        interval_s: int,
        config: OkxConfig,
        rest: SignedRest,
        contracts: Contracts,
        known: KnownLegs,
        publish: Publish,
        complain: UnsupportedCounter,
    ) -> None:
        self._channel = f"candle{candle_word(interval_s)}"
        names = {inst_id_of(symbol, config.settle_coin): symbol for symbol in symbols}
        self.topics = tuple(f"{self._channel}.{name}" for name in names)
        self._ids = {name: InstrumentId(EXCHANGE, symbol) for name, symbol in names.items()}
        self._interval_s = interval_s
        self._rest = rest
        self._contracts = contracts
        self._known = known
        self._publish = publish
        self._complain = complain

    async def greet(self, socket: Socket) -> None:
        """Authenticate, then subscribe."""
        await _login(socket, self._rest)
        args = [{"channel": self._channel, "instId": name} for name in self._ids]
        ours = [{"channel": channel, **SWAPS} for channel in ("orders-algo", "algo-advance")]
        await _subscribe(socket, [*args, *ours])

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        return _each_row(payload, "business", self._on_row, self._complain)

    def _on_row(self, raw: Raw, arg: wire.Arg) -> None:
        if arg.channel in ("orders-algo", "algo-advance"):
            self._on_algo(raw)
        elif arg.channel == self._channel and arg.inst_id in self._ids:
            self._on_candle(raw, self._ids[arg.inst_id])
        else:
            raise MalformedMessage(
                f"{arg.channel[:40]!r} of {arg.inst_id[:40]!r}, which was not subscribed"
            )

    def _on_candle(self, raw: Raw, instrument_id: InstrumentId) -> None:
        texts = wire.decode(wire.decode_texts, raw, "a candle")
        candle, is_closed = reports.candle_of(instrument_id, self._interval_s, texts)
        if is_closed:
            self._publish(CandleClosed(candle=candle, ts_init_us=now_us()))

    def _on_algo(self, raw: Raw) -> None:
        row = wire.decode(wire.decode_algo, raw, "algo order")
        if not self._contracts.knows(row.inst_id):
            self._complain(f"an algo order of {row.inst_id[:40]!r}")
            return
        algo = stops.algo_of(row, self._contracts)
        is_own = algo is not None and self._known.is_own(algo)
        quantity = Decimal(0) if algo is None else self._known.quantity(algo.leg_id)
        if algo is not None and is_own:
            self._known.protect(algo)
        told = stops.stop_reports(
            row, self._contracts, quantity, now_us(), self._complain, is_own=is_own
        )
        for report in told:
            self._publish(report)
        if algo is not None and is_own and quantity:
            self._publish(self._known.report(algo.leg_id, now_us()))


class PrivateFeed:
    """Orders with their fills, legs and money of the account.

    `on_shrunk` is called when stops wait for more than their leg holds.
    """

    def __init__(
        self,
        config: OkxConfig,
        rest: SignedRest,
        contracts: Contracts,
        known: KnownLegs,
        publish: Publish,
        complain: UnsupportedCounter,
        on_shrunk: Callable[[], None],
    ) -> None:
        self._config = config
        self._rest = rest
        self._contracts = contracts
        self._known = known
        self._publish = publish
        self._complain = complain
        self._on_shrunk = on_shrunk
        self._handlers: dict[str, Callable[[Raw], None]] = {
            "orders": self._on_order,
            "positions": self._on_position,
            "account": self._on_account,
        }

    async def greet(self, socket: Socket) -> None:
        """Authenticate, then subscribe."""
        await _login(socket, self._rest)
        channels = [{"channel": channel, **SWAPS} for channel in ("orders", "positions")]
        await _subscribe(socket, [*channels, {"channel": "account"}])

    def on_frame(self, payload: bytes) -> str | None:
        """Publish what a frame says; its topic, or None when it is no data."""
        return _each_row(payload, "private", self._on_row, self._complain)

    def _on_row(self, raw: Raw, arg: wire.Arg) -> None:
        handle = self._handlers.get(arg.channel)
        if handle is None:
            raise MalformedMessage(f"channel {arg.channel[:40]!r}, which was not subscribed")
        handle(raw)

    def _on_order(self, raw: Raw) -> None:
        row = wire.decode(wire.decode_order, raw, "order")
        if not self._is_ours(row.inst_id):
            return
        ts_us, contracts = now_us(), self._contracts
        coin = self._config.settle_coin
        kind = self._known.kind_of(row)
        report = reports.order_report(row, contracts, kind, ts_us, self._complain)
        fill = reports.fill_of_order(row, contracts, coin, ts_us, self._complain)
        self._publish(report)
        if fill is not None:
            self._publish(fill)

    def _on_position(self, raw: Raw) -> None:
        row = wire.decode(wire.decode_position, raw, "position")
        if not self._is_ours(row.inst_id):
            return
        if row.mgn_mode not in ("", self._config.margin_mode):
            self._complain(f"a leg of {row.inst_id[:40]} with {row.mgn_mode[:20]!r} margin")
            return
        holding = holding_of(row, self._contracts)
        if self._known.hold(holding):
            self._publish(self._known.report(holding.leg_id, now_us()))
            stops_wait = self._known.stops(holding.leg_id)
            if stops_wait and (not holding.quantity or self._known.oversized()):
                self._on_shrunk()

    def _on_account(self, raw: Raw) -> None:
        row = wire.decode(wire.decode_balance, raw, "account")
        balance = reports.balance_of(row, self._config.settle_coin)
        if balance is not None:
            self._publish(BalanceReport(balance=balance, ts_init_us=now_us()))

    def _is_ours(self, inst_id: str) -> bool:
        is_known = self._contracts.knows(inst_id)
        if not is_known:
            self._complain(f"a message of {inst_id[:40]!r}")
        return is_known


def _each_row(
    payload: bytes,
    name: str,
    on_row: Callable[[Raw, wire.Arg], None],
    complain: UnsupportedCounter,
) -> str | None:
    """Hand over each row of a frame; the frame's topic, or None when nothing of it was data."""
    if payload == PONG:
        return None
    try:
        frame = wire.decode(wire.decode_frame, payload, f"{name} frame")
    except MalformedMessage as error:
        complain(f"malformed {error}")
        return None
    if frame.arg is None or frame.data is None:
        if not frame.event:
            complain(f"{name} frame that is neither data nor an event")
        elif frame.event == "error":
            complain(f"{name} stream error {frame.code[:20]}: {frame.msg[:100]}")
        return None
    topic = f"{frame.arg.channel}.{frame.arg.inst_id}"
    understood = 0
    for raw in frame.data:
        try:
            on_row(raw, frame.arg)
            understood += 1
        except MalformedMessage as error:
            complain(f"malformed {topic[:60]}: {error}")
    return topic if understood or not frame.data else None


def _check_name(inst_id: str, arg: wire.Arg) -> None:
    if inst_id != arg.inst_id:
        raise MalformedMessage(f"data of {inst_id[:40]!r} came as {arg.inst_id[:40]!r}")


def _no_quote(instrument_id: InstrumentId) -> Quote:
    return Quote(
        instrument_id=instrument_id,
        last=None,
        mark=None,
        bid=None,
        ask=None,
        ts_event_us=0,
        ts_init_us=0,
    )


async def _login(socket: Socket, rest: SignedRest) -> None:
    keys = rest.credentials
    socket.send(login_message(keys.api_key, keys.passphrase, rest.sign, rest.now_ms()))
    await _await_event(socket, "login", 1)


async def _subscribe(socket: Socket, args: Sequence[dict[str, str]]) -> None:
    for start in range(0, len(args), ARGS_PER_REQUEST):
        some = args[start : start + ARGS_PER_REQUEST]
        socket.send(subscribe_message(some))
        await _await_event(socket, "subscribe", len(some))


async def _await_event(socket: Socket, event: str, count: int) -> None:
    """Wait for so many confirmations; an error refuses all, other words are passed over."""
    while count:
        payload = await socket.reply()
        if payload == PONG:
            continue
        try:
            answer = wire.decode(wire.decode_frame, payload, f"answer to {event}")
        except MalformedMessage as error:
            raise StreamLost(str(error)) from error
        if answer.event in ("error", "channel-conn-count-error"):
            raise StreamLost(f"{event} was refused: {answer.code}: {answer.msg[:200]}")
        if answer.event == event:
            count -= 1
