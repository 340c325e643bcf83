"""Runs the streams of an OKX account, measures its clock, reads funding, and takes away stops that
outlived their leg."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from bot_trading.domain.messages import Event, StreamUp
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.live import PRIVATE, StreamGroup
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
from bot_trading.exchanges.websocket import StreamPlan
from bot_trading.ports import Publish

__all__ = ["LiveStreams"]

CANDLE_PERIOD_MAX_MS = 60_000  # A candle is sent again while it changes, at most once a second.
ORPHAN_GRACE_S = 5.0  # A flat leg and its stops are told apart: give the others time to be heard.
FUNDING_LAG_S = 5.0  # Bills are written some seconds after the hour.
FUNDING_LOOK_BACK_MS = 12 * 3_600_000

_log = logging.getLogger(__name__)


class LiveStreams:
    """What each stream of the account says, and the `group` that keeps them up."""

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
        self.group = StreamGroup(
            EXCHANGE, rest, config.clock_interval_ms, complain, random_ratio, connect
        )
        self._funding_due = asyncio.Event()
        self._stops_untidy = asyncio.Event()

    async def run(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Run until cancelled; raises ValueError for a candle length that OKX does not have."""
        plans = self._plans(symbols, interval_s, publish)
        beside = [self._tidy_stops]
        if symbols:
            beside.append(partial(self._tell_funding, symbols[0], publish))

        def tell(event: Event) -> None:
            if isinstance(event, StreamUp):
                self._stops_untidy.set()
            publish(event)

        await self.group.run(plans, tell, *beside)

    def _plans(
        self, symbols: Sequence[str], interval_s: int, publish: Publish
    ) -> tuple[StreamPlan, ...]:
        config, complain = self._config, self._complain
        parts = (config, self._rest, self._contracts, self._known, publish, complain)
        due, contracts = self._funding_due.set, self._contracts
        told = (publish, complain, due, contracts)
        public = PublicFeed(symbols, config.settle_coin, *told, reads_depth=config.reads_depth)
        business = BusinessFeed(symbols, interval_s, *parts)
        private = PrivateFeed(*parts, self._stops_untidy.set)
        candle_age_ms = config.data_age_max_ms + CANDLE_PERIOD_MAX_MS
        feeds = (
            ("public", config.ws_public_url, public, public.topics, config.data_age_max_ms),
            ("business", config.ws_business_url, business, business.topics, candle_age_ms),
            # A quiet account says nothing; see `StreamGroup`.
            (PRIVATE, config.ws_private_url, private, (), 0),
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
