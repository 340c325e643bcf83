"""Runs the streams of an OKX account, measures its clock, reads funding, and takes away stops that
outlived their leg."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from bot_trading.clock import now_us
from bot_trading.domain.messages import StreamDown, StreamUp
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.okx.config import EXCHANGE, OkxConfig
from bot_trading.exchanges.okx.contracts import Contracts, inst_id_of
from bot_trading.exchanges.okx.funding import read_funding
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.protection import Protector, StopRefused
from bot_trading.exchanges.okx.reads import read_market_ms
from bot_trading.exchanges.okx.requests import PING
from bot_trading.exchanges.okx.rest import SignedRest
from bot_trading.exchanges.okx.streams import BusinessFeed, PrivateFeed, PublicFeed
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import StreamPlan, WebSocketManager
from bot_trading.ports import Publish

__all__ = ["LiveStreams"]

CANDLE_PERIOD_MAX_MS = 60_000  # A candle is sent again while it changes, at most once a second.
OFFSET_ALARM_MS = 500
ORPHAN_GRACE_S = 5.0  # A flat leg and its stops are told apart: give the others time to be heard.
FUNDING_LAG_S = 5.0  # Bills are written some seconds after the hour.
FUNDING_LOOK_BACK_MS = 12 * 3_600_000

_log = logging.getLogger(__name__)


class LiveStreams:
    """Publishes `StreamUp` when all streams are up, and `StreamDown` whenever one is not."""

    def __init__(
        self,
        config: OkxConfig,
        rest: SignedRest,
        contracts: Contracts,
        known: KnownLegs,
        protector: Protector,
        complain: UnsupportedCounter,
        random_ratio: Callable[[], float],
        connect: Connect,
    ) -> None:
        self._config = config
        self._rest = rest
        self._contracts = contracts
        self._known = known
        self._protector = protector
        self._complain = complain
        self._random_ratio = random_ratio
        self._connect = connect
        self._private: WebSocketManager | None = None
        self._funding_due = asyncio.Event()
        self._stops_untidy = asyncio.Event()

    def expect_private_data(self) -> None:
        """An order was taken, so the private stream must soon say something."""
        if self._private is not None:
            self._private.expect_data()

    async def run(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Run until cancelled; raises ValueError for a candle length that OKX does not have."""
        plans = self._plans(symbols, interval_s, publish)
        up: set[str] = set()
        managers = {plan.name: self._manager(plan, up, len(plans), publish) for plan in plans}
        self._private = managers["private"]
        self._complain.publish = publish
        try:
            async with asyncio.TaskGroup() as tasks:
                for manager in managers.values():
                    tasks.create_task(manager.run())
                tasks.create_task(self._keep_clock())
                tasks.create_task(self._tidy_stops())
                if symbols:
                    tasks.create_task(self._tell_funding(symbols[0], publish))
        finally:
            self._private = None
            self._complain.publish = None

    def _plans(
        self, symbols: Sequence[str], interval_s: int, publish: Publish
    ) -> tuple[StreamPlan, ...]:
        config, complain = self._config, self._complain
        parts = (config, self._rest, self._contracts, self._known, publish, complain)
        public = PublicFeed(symbols, config.settle_coin, publish, complain, self._funding_due.set)
        business = BusinessFeed(symbols, interval_s, *parts)
        private = PrivateFeed(*parts, self._stops_untidy.set)
        candle_age_ms = config.data_age_max_ms + CANDLE_PERIOD_MAX_MS
        feeds = (
            ("public", config.ws_public_url, public, public.topics, config.data_age_max_ms),
            ("business", config.ws_business_url, business, business.topics, candle_age_ms),
            # A quiet account says nothing; see `expect_private_data`.
            ("private", config.ws_private_url, private, (), 0),
        )
        return tuple(
            StreamPlan(
                name=name,
                url=url,
                greet=feed.greet,
                on_frame=feed.on_frame,
                topics=dict.fromkeys(topics, age_ms),
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
                expected_ms=config.private_silence_max_ms,
            )
            for name, url, feed, topics, age_ms in feeds
        )

    def _manager(
        self, plan: StreamPlan, up: set[str], all_up: int, publish: Publish
    ) -> WebSocketManager:
        def on_up() -> None:
            up.add(plan.name)
            if len(up) == all_up:
                self._stops_untidy.set()
                publish(StreamUp(exchange=EXCHANGE, ts_init_us=now_us()))

        def on_down(reason: str) -> None:
            up.discard(plan.name)
            publish(StreamDown(exchange=EXCHANGE, reason=reason, ts_init_us=now_us()))

        return WebSocketManager(
            plan,
            on_up=on_up,
            on_down=on_down,
            random_ratio=self._random_ratio,
            connect=self._connect,
        )

    async def _keep_clock(self) -> None:
        """Measure the offset now and then, and at once when a request was refused for its time."""
        doubted = self._rest.clock_doubted
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._config.clock_interval_ms / 1000):
                    await doubted.wait()
            doubted.clear()
            try:
                await self._rest.measure_clock()
            except ExchangeError as error:
                _log.warning("the clock's offset could not be measured: %s", error)
                await asyncio.sleep(1)
            if abs(self._rest.offset_ms) > OFFSET_ALARM_MS:
                _log.warning(
                    "this clock differs from okx's by %d ms: synchronise it", self._rest.offset_ms
                )

    async def _tell_funding(self, symbol: str, publish: Publish) -> None:
        """Read bills at the start of each of the market's hours: no stream tells of funding."""
        inst_id = inst_id_of(symbol, self._config.settle_coin)
        while True:
            await self._funding_due.wait()
            self._funding_due.clear()
            await asyncio.sleep(FUNDING_LAG_S)
            try:
                market_ms = await read_market_ms(self._rest, inst_id)
                paid = await read_funding(
                    self._rest,
                    self._contracts,
                    since_ms=max(1, market_ms - FUNDING_LOOK_BACK_MS),
                    market_ms=market_ms,
                    coin=self._config.settle_coin,
                    complain=self._complain,
                )
            except ExchangeError as error:
                _log.warning("funding could not be read, the next hour tries again: %s", error)
                continue
            for report in paid:
                publish(report)

    async def _tidy_stops(self) -> None:
        """Fit stops to legs that shrank; again later when it could not be done."""
        while True:
            await self._stops_untidy.wait()
            self._stops_untidy.clear()
            try:
                for leg_id in self._known.oversized():
                    await self._protector.make_whole(leg_id)
                await self._cancel_orphans()
            except (ExchangeError, StopRefused) as error:
                _log.warning("stops could not be fitted to their legs: %s", error)
                await asyncio.sleep(ORPHAN_GRACE_S)
                self._stops_untidy.set()

    async def _cancel_orphans(self) -> None:
        """Take away stops whose leg is flat, as streams and REST agree for a while.

        Only stops that were seen on a flat leg at first are touched: those of an entry that comes
        meanwhile are not among them.
        """
        first = await self._protector.listed_orphans()
        if not first:
            return
        await asyncio.sleep(ORPHAN_GRACE_S)
        seen = {algo.algo_id for algo in first}
        still = [a for a in await self._protector.listed_orphans() if a.algo_id in seen]
        await self._protector.cancel(still)
        for algo in still:
            _log.warning("stop %s outlived %s and was canceled", algo.algo_id, algo.leg_id)
