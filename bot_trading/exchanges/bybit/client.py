"""`BybitClient`: one hedge-mode account on Bybit V5, as the port `ExchangeClient` wants it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.account import Account, Balance, PositionMode
from bot_trading.domain.instrument import InstrumentId, LegId, PositionIdx
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.messages import CancelOrder, QueryOrder
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.position import LegProtection
from bot_trading.domain.reports import (
    ExchangeSnapshot,
    FillReport,
    LegReport,
    OrderAccepted,
    OrderNotFound,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
)
from bot_trading.errors import AuthRejected, ExchangeError, PositionModeMismatch
from bot_trading.exchanges.answers import (
    NOT_SENT,
    STALE,
    UNKNOWN,
    Answer,
    look_up_accepted,
    not_protected,
    rejected,
    unknown,
)
from bot_trading.exchanges.bybit import reads, requests, wire
from bot_trading.exchanges.bybit.config import EXCHANGE, BybitConfig, Credentials
from bot_trading.exchanges.bybit.errors import DUPLICATE_ID, NOT_MODIFIED, proves_refusal
from bot_trading.exchanges.bybit.known import KnownOrders
from bot_trading.exchanges.bybit.live import LiveStreams
from bot_trading.exchanges.bybit.net import close_net
from bot_trading.exchanges.bybit.rest import Group, Reply, SignedRest
from bot_trading.exchanges.http import RequestNotSent, closed_on_failure
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.outgoing import EntryStale
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.ports import Publish

__all__ = ["BybitClient"]


class BybitClient:
    """See `bot_trading.ports.ExchangeClient` for what each call promises.

    `random_ratio` gives numbers in [0, 1) for the jitter of reconnects, `network` carries bytes.
    """

    exchange = EXCHANGE

    def __init__(
        self,
        config: BybitConfig,
        credentials: Credentials,
        *,
        random_ratio: Callable[[], float] = random.random,
        network: Network = REAL_NETWORK,
    ) -> None:
        self._config = config
        self._rest = SignedRest(config, credentials, random_ratio, network)
        self._known = KnownOrders()
        self._complain = UnsupportedCounter(EXCHANGE)
        self._streams = LiveStreams(
            config, self._rest, self._known, self._complain, random_ratio, network.connect
        )
        self._account_uid = ""
        self._can_withdraw: bool | None = None

    @property
    def unsupported(self) -> Counter[str]:
        """How often each thing that we do not understand was seen."""
        return self._complain.counts

    @property
    def clock_offset_ms(self) -> int:
        """The exchange's clock less ours, as measured last."""
        return self._rest.offset_ms

    async def open(self) -> None:
        """Connect, measure the clock, and prove key, permissions and hedge mode.

        Raises `AuthRejected`, `PositionModeMismatch`, `RateLimited` or `ExchangeUnavailable`, with
        every connection closed again.
        """
        await self.connect()
        async with closed_on_failure(self._rest.close):
            await self._check_key()
            for symbol in self._config.probe_symbols:
                await self._check_mode(symbol)

    async def connect(self) -> None:
        """Connect and prove nothing: see `ports.TakesRiskAway`."""
        async with closed_on_failure(self._rest.close):
            await self._rest.open()

    async def close_net(self) -> tuple[str, ...]:
        """Close what the account holds in one-way mode; what could not be, as sentences."""
        return await close_net(self._rest, self._config.settle_coin)

    async def tell_unlisted(self) -> tuple[str, ...]:
        """Nothing: snapshots list what is held in one-way mode too."""
        return ()

    async def close(self) -> None:
        """Close the REST connections; streams end with the task that runs them."""
        await self._rest.close()

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Set the leverage of both legs; already being there is success."""
        body = requests.leverage_body(symbol, leverage)
        await self._rest.set("/v5/position/set-leverage", body)

    async def get_balance(self) -> Balance:
        """The money of the account in the settle coin, as confirmed now."""
        return await reads.read_balance(self._rest, self._config.settle_coin)

    async def get_positions(self, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        """Both legs of each symbol, flat ones too, and every open leg of any other symbol."""
        legs = {leg.leg_id: leg for leg in await self._open_legs()}
        for rows in await _together(reads.read_legs(self._rest, symbol) for symbol in symbols):
            legs |= {leg.leg_id: leg for leg in rows}
        return tuple(legs.values())

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything the exchange holds of ours; fills and funding since `since_us`.

        Orders are read before legs, and legs before executions: what moves meanwhile from one to
        the next is then seen later rather than never.
        """
        coin = self._config.settle_coin
        balance = await self.get_balance()
        instruments = await reads.read_instruments(self._rest, frozenset(symbols))
        orders = await reads.read_open_orders(self._rest, coin, self._known, self._complain)
        legs = await self.get_positions(symbols)
        windows = await self._windows(symbols, since_us)
        fills, funding = await reads.read_executions(
            self._rest, {}, windows, self._known, coin, self._complain
        )
        return ExchangeSnapshot(
            account=Account(
                exchange=EXCHANGE,
                account_uid=self._account_uid,
                position_mode=_mode_of(legs),
                can_withdraw=self._can_withdraw,
            ),
            instruments=instruments,
            balance=balance,
            legs=legs,
            open_orders=orders,
            fills=fills,
            funding=funding,
            ts_init_us=now_us(),
        )

    async def _windows(self, symbols: Sequence[str], since_us: int) -> list[dict[str, str]]:
        """Windows of executions since `since_us`, by the market's clock where a symbol tells it."""
        if not symbols:
            return reads.windows_since(since_us, self._rest.now_ms())
        return reads.windows_since(since_us, await reads.read_market_ms(self._rest, symbols[0]))

    async def get_candles(
        self,
        instrument_id: InstrumentId,
        interval_s: int,
        limit: int,
        until_us: int | None = None,
    ) -> tuple[Candle, ...]:
        """The last `limit` closed candles, oldest first, of all or of those that close by then."""
        return await reads.read_candles(self._rest, instrument_id, interval_s, limit, until_us)

    async def get_funding_rates(
        self, instrument_id: InstrumentId, limit: int, until_us: int | None = None
    ) -> tuple[FundingRate, ...]:
        """The last settled rates, oldest first, at most 200 at once; see `ports`."""
        return await reads.read_funding_rates(self._rest, instrument_id, limit, until_us)

    async def place_order(self, approved: ApprovedOrder) -> Answer:
        """Send an order once; entries give way to exits and are dropped when they grow stale."""
        intent = approved.intent
        leg = intent.leg_id.position_idx
        body = requests.create_body(intent)
        self._known.remember_id(intent.client_order_id, leg)
        oldest_us = approved.ts_approved_us + self._config.entry_age_max_ms * 1000
        is_fresh = None if intent.reduce_only else lambda: now_us() <= oldest_us
        answer, code = await self._send(
            "/v5/order/create",
            body,
            Group.CREATE,
            intent.client_order_id,
            urgent=intent.reduce_only,
            is_fresh=is_fresh,
        )
        if code == DUPLICATE_ID:
            query = QueryOrder(leg_id=intent.leg_id, client_order_id=intent.client_order_id)
            return await look_up_accepted(query, self.query_order)
        if isinstance(answer, OrderAccepted):
            self._known.remember_id(answer.exchange_order_id, leg)
        return answer

    async def modify_order(
        self,
        order: Order,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> Answer:
        """Change a resting order; None leaves a part as it is."""
        body = requests.amend_body(order, quantity, price, stop_loss, take_profit)
        answer, _ = await self._send(
            "/v5/order/amend", body, Group.AMEND, order.client_order_id, urgent=order.reduce_only
        )
        return answer

    async def cancel_order(self, cancel: CancelOrder) -> Answer:
        """Ask for a cancel; whether it won against a fill is told by the order's own reports."""
        body = requests.cancel_body(cancel)
        answer, _ = await self._send(
            "/v5/order/cancel", body, Group.CANCEL, cancel.client_order_id, urgent=True
        )
        return answer

    async def cancel_resting(self, seen: Sequence[OrderReport]) -> None:
        """Take back every order that rests on the book, of any symbol, in one request: see
        `ports.TakesRiskAway`."""
        body = requests.cancel_resting_body(self._config.settle_coin)
        await self._rest.set("/v5/order/cancel-all", body)

    async def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make exactly this stop loss and take profit rest for the whole leg.

        A trailing stop is asked for once: set again, it would follow anew from the price of now. It
        rests when the position tells its distance.
        """
        asked = protection
        try:
            if protection.trailing is not None and await self._trails_already(protection):
                asked = replace(protection, trailing=None)
            reply = await self._rest.send(
                *("/v5/position/trading-stop", requests.protection_body(asked), Group.PROTECT),
                urgent=True,
            )
            is_set = reply.code == 0
            if reply.code == NOT_MODIFIED:
                is_set = await self._rests_already(asked)
            if is_set and protection.trailing is not None:
                is_set = await self._trails_already(protection)
        except RequestNotSent as error:
            return not_protected(protection, NOT_SENT, str(error))
        except ExchangeError as error:
            return not_protected(protection, UNKNOWN, str(error))
        if is_set:
            return ProtectionSet(protection=protection, ts_init_us=now_us())
        refused = reply.code == NOT_MODIFIED or proves_refusal(reply.code)
        code = str(reply.code) if refused else UNKNOWN
        return not_protected(protection, code, f"{reply.code}: {reply.message[:200]}")

    async def query_order(
        self, query: QueryOrder
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """Ask live orders, history and executions; raises when one of them cannot answer."""
        named = query.client_order_id
        symbol = query.leg_id.symbol
        self._known.remember_id(named, query.leg_id.position_idx)
        report = await reads.read_order(self._rest, symbol, named, self._known, self._complain)
        fills, _ = await reads.read_executions(
            self._rest,
            {"symbol": symbol, "orderLinkId": named},
            [{}],
            self._known,
            self._config.settle_coin,
            self._complain,
        )
        ours = tuple(fill for fill in fills if fill.client_order_id == named)
        if report is None and not ours:
            return OrderNotFound(client_order_id=named, ts_init_us=now_us())
        return report, ours

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Keep public and private streams alive and publish what they say, until cancelled."""
        await self._streams.run(symbols, interval_s, publish)

    async def _send(
        self,
        path: str,
        body: bytes,
        group: Group,
        client_order_id: str,
        *,
        urgent: bool,
        is_fresh: Callable[[], bool] | None = None,
    ) -> tuple[Answer, int]:
        """Send once, and say what the answer proves, with the exchange's code (0 without one)."""
        try:
            reply = await self._rest.send(path, body, group, urgent=urgent, is_fresh=is_fresh)
        except EntryStale as error:
            return rejected(client_order_id, STALE, str(error)), 0
        except RequestNotSent as error:
            return rejected(client_order_id, NOT_SENT, str(error)), 0
        except ExchangeError as error:
            return unknown(client_order_id, str(error)), 0
        if reply.code == 0:
            return self._accepted(reply, client_order_id), 0
        said = reply.message[:200]
        if proves_refusal(reply.code):
            return rejected(client_order_id, str(reply.code), said), reply.code
        return unknown(client_order_id, f"bybit {reply.code}: {said}"), reply.code

    def _accepted(self, reply: Reply, client_order_id: str) -> Answer:
        """An acceptance without an order id proves nothing."""
        ids = wire.decode_order_ids(reply.result)
        if not ids.order_id:
            return unknown(client_order_id, "accepted, but the answer names no order")
        self._streams.group.expect_private_data()
        return OrderAccepted(
            client_order_id=client_order_id,
            exchange_order_id=ids.order_id,
            ts_init_us=now_us(),
        )

    async def _rests_already(self, protection: LegProtection) -> bool:
        leg = await self._read_leg(protection.leg_id)
        return (leg.stop_loss, leg.take_profit) == (protection.stop_loss, protection.take_profit)

    async def _trails_already(self, protection: LegProtection) -> bool:
        told = (await self._read_leg(protection.leg_id)).trailing_distance
        return protection.trailing is not None and told == protection.trailing.distance

    async def _read_leg(self, leg_id: LegId) -> LegReport:
        """The leg as its position tells it now; both legs are told in hedge mode, flat ones too."""
        for leg in await reads.read_legs(self._rest, leg_id.symbol):
            if leg.leg_id == leg_id:
                return leg
        raise PositionModeMismatch(f"{leg_id.symbol} lists no leg {leg_id.position_idx}")

    async def _open_legs(self) -> tuple[LegReport, ...]:
        return await reads.read_open_legs(self._rest, self._config.settle_coin)

    async def _check_key(self) -> None:
        path = "/v5/user/query-api"
        reply = await self._rest.read(path, {}, Group.ACCOUNT)
        info = wire.decode(wire.decode_api_key, reply.result, path)
        self._account_uid = str(info.user_id)
        self._can_withdraw = (
            None if info.permissions is None else "Withdraw" in info.permissions.wallet
        )
        if self._can_withdraw:
            raise AuthRejected(
                "this API key may withdraw money, which a trading bot must not: remove the "
                "permission Withdraw from it, or create a key without it"
            )
        if info.read_only == 1:
            raise AuthRejected(
                "this API key may only read: allow it to trade contracts (orders and positions)"
            )

    async def _check_mode(self, symbol: str) -> None:
        if _mode_of(await reads.read_legs(self._rest, symbol)) is PositionMode.ONE_WAY:
            raise PositionModeMismatch(
                f"{symbol} is in one-way mode on this account, expected hedge mode: close its "
                "positions and orders, then switch the position mode of USDT contracts to hedge "
                "(POST /v5/position/switch-mode with mode 3, or the exchange's own settings)"
            )


async def _together(
    reading: Iterable[Coroutine[None, None, tuple[LegReport, ...]]],
) -> list[tuple[LegReport, ...]]:
    """Read at the same time; the first failure ends all of it before it is raised."""
    tasks = [asyncio.create_task(each) for each in reading]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _mode_of(legs: Sequence[LegReport]) -> PositionMode:
    """ONE_WAY as soon as one leg says so: its index is 0."""
    is_one_way = any(leg.leg_id.position_idx is PositionIdx.ONE_WAY for leg in legs)
    return PositionMode.ONE_WAY if is_one_way else PositionMode.HEDGE
