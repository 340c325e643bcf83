"""Runs the streams of a Bybit account together with its trade socket, and measures its clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from bot_trading.clock import now_us
from bot_trading.domain.messages import StreamDown, StreamUp
from bot_trading.errors import ExchangeError
from bot_trading.exchanges.bybit.config import EXCHANGE, BybitConfig
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.requests import PING
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.bybit.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import StreamPlan, WebSocketManager
from bot_trading.ports import Publish

__all__ = ["LiveStreams"]

KLINE_PERIOD_MAX_MS = 60_000  # Bybit sends a candle every 1 to 60 s, whether it changed or not.
OFFSET_ALARM_MS = 500

_log = logging.getLogger(__name__)


class LiveStreams:
    """Publishes `StreamUp` when both streams are up, and `StreamDown` whenever one is not."""

    def __init__(
        self,
        config: BybitConfig,
        rest: SignedRest,
        known: KnownOrders,
        complain: UnsupportedCounter,
        random_ratio: Callable[[], float],
        connect: Connect,
    ) -> None:
        self._config = config
        self._rest = rest
        self._known = known
        self._complain = complain
        self._random_ratio = random_ratio
        self._connect = connect
        self._private: WebSocketManager | None = None

    def expect_private_data(self) -> None:
        """An order was taken, so the private stream must soon say something."""
        if self._private is not None:
            self._private.expect_data()

    async def run(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Run until cancelled; raises ValueError for a candle length that Bybit does not have."""
        plans = self._plans(symbols, interval_s, publish)
        up: set[str] = set()
        managers = {plan.name: self._manager(plan, up, len(plans), publish) for plan in plans}
        self._private = managers["private"]
        self._complain.publish = publish
        try:
            async with asyncio.TaskGroup() as tasks:
                for manager in managers.values():
                    tasks.create_task(manager.run())
                if self._rest.trade is not None:
                    tasks.create_task(self._rest.trade.run())
                tasks.create_task(self._keep_clock())
        finally:
            self._private = None
            self._complain.publish = None

    def _plans(
        self, symbols: Sequence[str], interval_s: int, publish: Publish
    ) -> tuple[StreamPlan, StreamPlan]:
        config = self._config
        public = PublicFeed(symbols, interval_s, publish, self._complain)
        private = PrivateFeed(self._rest, self._known, config.settle_coin, publish, self._complain)
        kline_age_ms = config.data_age_max_ms + KLINE_PERIOD_MAX_MS
        ages = dict.fromkeys(public.ticker_topics, config.data_age_max_ms)
        return (
            StreamPlan(
                name="public",
                url=config.ws_public_url,
                greet=public.greet,
                on_frame=public.on_frame,
                topics=ages | dict.fromkeys(public.kline_topics, kline_age_ms),
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
            ),
            StreamPlan(
                name="private",
                url=config.ws_private_url,
                greet=private.greet,
                on_frame=private.on_frame,
                topics={},  # A quiet account says nothing; see `expect_private_data`.
                ping=PING,
                ping_interval_ms=config.ping_interval_ms,
                expected_ms=config.private_silence_max_ms,
            ),
        )

    def _manager(
        self, plan: StreamPlan, up: set[str], all_up: int, publish: Publish
    ) -> WebSocketManager:
        def on_up() -> None:
            up.add(plan.name)
            if len(up) == all_up:
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
                    "this clock differs from bybit's by %d ms: synchronise it",
                    self._rest.offset_ms,
                )
