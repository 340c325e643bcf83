"""The streams of a Bybit account, together with its trade socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot_trading.exchanges.bybit.config import EXCHANGE, BybitConfig
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.requests import PING
from bot_trading.exchanges.bybit.rest import SignedRest
from bot_trading.exchanges.bybit.streams import PrivateFeed, PublicFeed
from bot_trading.exchanges.live import PRIVATE, StreamGroup
from bot_trading.exchanges.network import Connect
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.exchanges.websocket import StreamPlan
from bot_trading.ports import Publish

__all__ = ["LiveStreams"]

KLINE_PERIOD_MAX_MS = 60_000  # Bybit sends a candle every 1 to 60 s, whether it changed or not.


class LiveStreams:
    """What each stream of the account says, and the `group` that keeps them up."""

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
        self.group = StreamGroup(
            EXCHANGE, rest, config.clock_interval_ms, complain, random_ratio, connect
        )

    async def run(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Run until cancelled; raises ValueError for a candle length that Bybit does not have."""
        plans = self._plans(symbols, interval_s, publish)
        beside = () if self._rest.trade is None else (self._rest.trade.run,)
        await self.group.run(plans, publish, *beside)

    def _plans(
        self, symbols: Sequence[str], interval_s: int, publish: Publish
    ) -> tuple[StreamPlan, StreamPlan]:
        config = self._config
        public = PublicFeed(
            symbols, interval_s, publish, self._complain, reads_depth=config.reads_depth
        )
        private = PrivateFeed(self._rest, self._known, config.settle_coin, publish, self._complain)
        kline_age_ms = config.data_age_max_ms + KLINE_PERIOD_MAX_MS
        ages = dict.fromkeys(public.ticker_topics + public.depth_topics, config.data_age_max_ms)
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
