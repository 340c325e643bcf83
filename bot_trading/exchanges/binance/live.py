"""The streams of a Binance account, its listen key, and its money when it moved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from picows import WSListener, WSTransport

from bot_trading.clock import now_us
from bot_trading.domain.reports import BalanceReport
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.binance import history, reads
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.config import EXCHANGE, BinanceConfig
from bot_trading.exchanges.binance.guard import Guard
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.requests import PING
from bot_trading.exchanges.binance.rest import SignedRest
from bot_trading.exchanges.binance.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.live import PRIVATE, StreamGroup
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import Socket, StreamPlan
from bot_trading.ports import Publish

__all__ = ["LiveStreams"]

KLINE_PERIOD_MAX_MS = 60_000  # A candle is sent when somebody trades.
MONEY_CALM_S = 0.2  # A burst of fills is one question about money.
AGAIN_S = 1.0
FUNDING_BACK_MS = 600_000

_log = logging.getLogger(__name__)


class LiveStreams:
    """What each stream of the account says, and the `group` that keeps them up."""

    def __init__(
        self,
        config: BinanceConfig,
        rest: SignedRest,
        known: KnownOrders,
        book: LegBook,
        guard: Guard,
        complain: UnsupportedCounter,
        random_ratio: Callable[[], float],
        connect: Connect,
    ) -> None:
        self.money_ms = 0
        self._config = config
        self._rest = rest
        self._known = known
        self._book = book
        self._guard = guard
        self._complain = complain
        self.group = StreamGroup(
            EXCHANGE, rest, config.clock_interval_ms, complain, random_ratio, connect
        )
        self._connect = connect
        self._listen_key = ""
        self._money_moved = asyncio.Event()
        self._prices_wanted = asyncio.Event()
        self._funding_since_ms: int | None = None

    async def run(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Run until cancelled; raises ValueError for a candle length that Binance does not have."""
        public = PublicFeed(
            symbols, interval_s, publish, self._complain, reads_depth=self._config.reads_depth
        )
        plans = self._plans(public, publish)
        beside = (
            *(self._guard.run, self._keep_listen_key, partial(self._tell_money, publish)),
            partial(self._tell_prices, public, symbols),
        )
        await self.group.run(plans, publish, *beside, connects={PRIVATE: self._connect_private})

    def _plans(self, public: PublicFeed, publish: Publish) -> tuple[StreamPlan, ...]:
        config = self._config
        private = PrivateFeed(
            self._book,
            self._known,
            config.settle_coin,
            publish,
            self._complain,
            self._guard.look_at,
            self._on_money,
        )
        kline_age_ms = config.data_age_max_ms + KLINE_PERIOD_MAX_MS
        ages = dict.fromkeys(public.mark_topics, config.data_age_max_ms)
        return (
            StreamPlan(
                name="market",
                url=config.ws_market_url,
                greet=partial(self._greet_market, public),
                on_frame=public.on_frame,
                topics=ages | dict.fromkeys(public.kline_topics, kline_age_ms),
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
            ),
            StreamPlan(
                name="public",
                url=config.ws_public_url,
                greet=public.greet_book,
                on_frame=public.on_frame,
                topics=dict.fromkeys(
                    public.book_topics + public.depth_topics, config.data_age_max_ms
                ),
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
            ),
            StreamPlan(
                name=PRIVATE,
                url=config.ws_private_url,
                greet=private.greet,
                on_frame=private.on_frame,
                topics={},  # A quiet account says nothing; see `StreamGroup`.
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
                expected_ms=config.private_silence_max_ms,
            ),
        )

    async def _greet_market(self, public: PublicFeed, socket: Socket) -> None:
        await public.greet_market(socket)
        self._prices_wanted.set()

    async def _tell_prices(self, public: PublicFeed, symbols: Sequence[str]) -> None:
        """Read the last prices after each subscription: the streams tell them when somebody trades,
        and until then no stop would follow."""
        while True:
            await self._prices_wanted.wait()
            self._prices_wanted.clear()
            try:
                public.tell_last(await reads.read_last_prices(self._rest, symbols))
            except ExchangeError as error:
                _log.warning("the last prices could not be read: %s", error)
                await asyncio.sleep(AGAIN_S)
                self._prices_wanted.set()

    async def _connect_private(self, listener: Callable[[], WSListener], url: str) -> WSTransport:
        """Connect to the address that the listen key names; the key is shown to nobody else."""
        try:
            self._listen_key = await self._rest.listen_key()
        except ExchangeError as error:
            raise ConnectionError(f"no listen key: {error}") from error
        return await self._connect(listener, f"{url}?listenKey={self._listen_key}")

    def _on_money(self, time_ms: int, is_funding: bool) -> None:
        self.money_ms = max(self.money_ms, time_ms)
        if is_funding:
            since_ms = time_ms - FUNDING_BACK_MS
            self._funding_since_ms = min(self._funding_since_ms or since_ms, since_ms)
        self._money_moved.set()

    async def _tell_money(self, publish: Publish) -> None:
        """Read the wallet after it moved: the stream tells neither equity nor what is free."""
        while True:
            await self._money_moved.wait()
            self._money_moved.clear()
            try:
                await self._read_money(publish)
                await asyncio.sleep(MONEY_CALM_S)
            except ExchangeError as error:
                _log.warning("the balance could not be read: %s", error)
                await asyncio.sleep(AGAIN_S)
                self._money_moved.set()

    async def _read_money(self, publish: Publish) -> None:
        coin, least_us = self._config.settle_coin, self.money_ms * 1000
        balance = await reads.read_balance(self._rest, coin, least_us)
        publish(BalanceReport(balance=balance, ts_init_us=now_us()))
        since_ms = self._funding_since_ms
        if since_ms is None:
            return
        for payment in await history.read_funding(self._rest, since_ms, coin, self._complain):
            publish(payment)
        self._funding_since_ms = None

    async def _keep_listen_key(self) -> None:
        """Prolong the key in time; another one in its place means that the stream's own is gone."""
        wait_s = self._config.listen_key_interval_ms / 1000
        while True:
            await asyncio.sleep(wait_s)
            try:
                key = await self._rest.listen_key()
            except ExchangeError as error:
                _log.warning("the listen key could not be prolonged: %s", error)
                wait_s = min(wait_s, 60.0)
                continue
            wait_s = self._config.listen_key_interval_ms / 1000
            if key != self._listen_key:
                _log.warning("the listen key was replaced: its stream must speak or is dead")
                self.group.expect_private_data()
