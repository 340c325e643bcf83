"""`BinanceClient`: one hedge-mode account on Binance USDⓈ-M, as the port `ExchangeClient` wants."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.account import Account, Balance
from bot_trading.domain.instrument import InstrumentId
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
    OrderRejected,
    OrderReport,
    ProtectionRefused,
    ProtectionSet,
)
from bot_trading.errors import AuthRejected, ExchangeError, MalformedMessage
from bot_trading.exchanges.answers import (
    NOT_SENT,
    STALE,
    Answer,
    look_up_accepted,
    not_protected,
    rejected,
    unknown,
)
from bot_trading.exchanges.binance import clearing, history, reads, reports, requests, wire
from bot_trading.exchanges.binance.book import LegBook
from bot_trading.exchanges.binance.config import EXCHANGE, BinanceConfig, Credentials
from bot_trading.exchanges.binance.errors import (
    ALREADY_SO,
    DUPLICATE_ID,
    UNKNOWN_CANCEL,
    proves_refusal,
)
from bot_trading.exchanges.binance.guard import Guard
from bot_trading.exchanges.binance.known import KnownOrders
from bot_trading.exchanges.binance.live import LiveStreams
from bot_trading.exchanges.binance.names import StopNames
from bot_trading.exchanges.binance.net import close_net
from bot_trading.exchanges.binance.requests import ALGO_PATH, IS_CONDITIONAL, ORDER_PATH
from bot_trading.exchanges.binance.rest import Reply, SignedRest
from bot_trading.exchanges.figures import plain
from bot_trading.exchanges.http import RequestNotSent, closed_on_failure
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.outgoing import EntryStale
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.ports import Publish

__all__ = ["BinanceClient"]


class BinanceClient:
    """See `bot_trading.ports.ExchangeClient` for what each call promises.

    `random_ratio` gives numbers in [0, 1) for the jitter of reconnects, `network` carries bytes.
    Protection follows its leg only while `run_streams` runs.
    """

    exchange = EXCHANGE

    def __init__(
        self,
        config: BinanceConfig,
        credentials: Credentials,
        *,
        random_ratio: Callable[[], float] = random.random,
        network: Network = REAL_NETWORK,
    ) -> None:
        self._config = config
        self._rest = SignedRest(config, credentials, network)
        self._names = StopNames(config.core_tag)
        self._known = KnownOrders(self._names)
        self._book = LegBook(names=self._names)
        self._complain = UnsupportedCounter(EXCHANGE)
        self._guard = Guard(self._rest, self._book, self._known, self._complain)
        self._streams = LiveStreams(
            config,
            self._rest,
            self._known,
            self._book,
            self._guard,
            self._complain,
            random_ratio,
            network.connect,
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
        """Connect, measure the clock, and prove key, permissions, hedge mode and no fees in BNB.

        Raises `AuthRejected`, `PositionModeMismatch`, `RateLimited`, `ExchangeUnavailable` or
        for such fees `ExchangeError`, with every connection closed again.
        """
        await self.connect()
        async with closed_on_failure(self._rest.close):
            await self._check_key()
            await reads.refuse_one_way(self._rest)
            await reads.refuse_fee_burn(self._rest)

    async def connect(self) -> None:
        """Connect and prove nothing: see `ports.TakesRiskAway`."""
        async with closed_on_failure(self._rest.close):
            await self._rest.open()

    async def close_net(self) -> tuple[str, ...]:
        """Close what the account holds in one-way mode; what could not be, as sentences."""
        return await close_net(self._rest)

    async def tell_unlisted(self) -> tuple[str, ...]:
        """Nothing: snapshots list what is held in one-way mode too."""
        return ()

    async def close(self) -> None:
        """Close the REST connections; streams end with the task that runs them."""
        await self._rest.close()

    def recall(self, order_ids: Iterable[str], levels: Iterable[LegProtection]) -> None:
        """What the database knows of an earlier release: see `ports.Recalls`."""
        self._names.recall(order_ids, levels)

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Set the leverage of both legs; already being there is success."""
        params = {"symbol": symbol, "leverage": plain(leverage)}
        reply = await self._rest.set("/fapi/v1/leverage", params)
        if reply.code not in ALREADY_SO and reply.code != 0:
            raise self._rest.error_of(reply)

    async def get_balance(self) -> Balance:
        """The money of the account in the settle coin, as confirmed now."""
        least_us = self._streams.money_ms * 1000
        return await reads.read_balance(self._rest, self._config.settle_coin, least_us)

    async def get_positions(self, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        """Both legs of each symbol, flat ones too, and every open leg of any other symbol."""
        mark = self._book.mark()
        legs = await self._take_legs(symbols, await reads.read_algos(self._rest), mark)
        self._guard.look_at(self._book.legs())
        return legs

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything the exchange holds of ours; fills and funding since `since_us`.

        Orders are read before legs, and legs before executions: what moves meanwhile from one to
        the next is then seen later rather than never.
        """
        mode = await reads.read_mode(self._rest)
        balance = await self.get_balance()
        instruments = await reads.read_instruments(self._rest, frozenset(symbols))
        mark = self._book.mark()
        orders = await reads.read_open_orders(self._rest, self._known, self._complain)
        algos = await reads.read_algos(self._rest)
        legs = await self._take_legs(symbols, algos, mark)
        await self._guard.hear(orders, algos, "", mark)
        self._guard.look_at(self._book.legs())
        conditional = (
            reports.algo_report(row, now_us(), self._complain, self._names.kind_of) for row in algos
        )
        named = dict.fromkeys([*symbols, *(leg.leg_id.symbol for leg in legs)])
        coin = self._config.settle_coin
        fills, from_ms = await history.read_fills(
            self._rest, tuple(named), since_us, self._known, coin, self._complain
        )
        funding = await history.read_funding(self._rest, from_ms, coin, self._complain)
        return ExchangeSnapshot(
            account=Account(
                exchange=EXCHANGE,
                account_uid=self._account_uid,
                position_mode=mode,
                can_withdraw=self._can_withdraw,
            ),
            instruments=instruments,
            balance=balance,
            legs=legs,
            open_orders=(*orders, *conditional),
            fills=fills,
            funding=funding,
            ts_init_us=now_us(),
        )

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
        """The last settled rates, oldest first, at most 1,000 at once; see `ports`."""
        return await reads.read_funding_rates(self._rest, instrument_id, limit, until_us)

    async def place_order(self, approved: ApprovedOrder) -> Answer:
        """Send an order once, its protection before it; stale entries are dropped.

        An id that was sent before is looked up instead, since Binance would take it again.
        """
        intent = approved.intent
        named = intent.client_order_id
        is_conditional = intent.order_type in IS_CONDITIONAL
        make = requests.conditional_params if is_conditional else requests.create_params
        params = make(intent)
        query = QueryOrder(leg_id=intent.leg_id, client_order_id=named)
        if not self._known.is_first_send(named):
            return await look_up_accepted(query, self.query_order)
        refusal = await self._guard.shield(intent)
        if refusal is not None:
            self._known.was_not_sent(named)
            return rejected(named, refusal.code, refusal.reason)
        oldest_us = approved.ts_approved_us + self._config.entry_age_max_ms * 1000
        answer, code = await self._send(
            "POST",
            ALGO_PATH if is_conditional else ORDER_PATH,
            params,
            named,
            urgent=intent.reduce_only,
            is_fresh=None if intent.reduce_only else lambda: now_us() <= oldest_us,
        )
        if code == DUPLICATE_ID:
            return await look_up_accepted(query, self.query_order)
        if isinstance(answer, OrderRejected):
            self._known.was_not_sent(named)
            await self._guard.withdraw(named)
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
        """Change quantity or price of a resting limit order; None leaves a part as it is.

        Its protection is made of orders of their own, which `set_protection` moves: asking for a
        change of it here is answered as refused.
        """
        if stop_loss is not None or take_profit is not None:
            reason = "protection of a resting order is changed once its leg is open"
            return rejected(order.client_order_id, "unsupported", reason)
        params = requests.amend_params(order, quantity, price)
        named = order.client_order_id
        answer, code = await self._send("PUT", ORDER_PATH, params, named, urgent=order.reduce_only)
        # It is so already, by a request whose answer was lost: its own report tells.
        return unknown(named, "nothing to change") if code in ALREADY_SO else answer

    async def cancel_order(self, cancel: CancelOrder) -> Answer:
        """Ask for a cancel; whether it won against a fill is told by the order's own reports."""
        named = cancel.client_order_id
        params = requests.cancel_params(cancel)
        answer, code = await self._send("DELETE", ORDER_PATH, params, named, urgent=True)
        if code != UNKNOWN_CANCEL:
            return answer
        # The matching engine does not know conditional orders, which have ids of their own.
        params = requests.algo_cancel_params(cancel)
        algo_answer, code = await self._send("DELETE", ALGO_PATH, params, named, urgent=True)
        return answer if code == UNKNOWN_CANCEL else algo_answer

    async def cancel_resting(self, seen: Sequence[OrderReport]) -> None:
        """Take back what rests on the book: see `ports.TakesRiskAway`."""
        await clearing.cancel_resting(self._rest, seen)

    async def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make exactly this stop loss and take profit rest for the whole leg."""
        refusal = await self._guard.protect(protection)
        if refusal is None:
            return ProtectionSet(protection=protection, ts_init_us=now_us())
        return not_protected(protection, refusal.code, refusal.reason)

    async def query_order(
        self, query: QueryOrder
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """Ask live orders, history and executions; raises when one of them cannot answer."""
        named, symbol = query.client_order_id, query.leg_id.symbol
        report = await reads.read_order(self._rest, symbol, named, self._known, self._complain)
        if report is None:
            reach_ms = self._config.recv_window_ms + self._config.submit_timeout_ms
            if self._book.is_overdue(named, now_us() // 1000 - reach_ms):
                await self._guard.withdraw(named)  # The exchange takes nothing that is so late.
            return OrderNotFound(client_order_id=named, ts_init_us=now_us())
        self._book.heard(report)
        self._guard.look_at([query.leg_id])
        if report.filled_qty == 0:
            return report, ()
        fills = await history.read_order_trades(
            self._rest,
            symbol,
            report.exchange_order_id,
            self._known,
            self._config.settle_coin,
            self._complain,
        )
        return report, fills

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Keep public and private streams alive and publish what they say, until cancelled."""
        await self._streams.run(symbols, interval_s, publish)

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        client_order_id: str,
        *,
        urgent: bool,
        is_fresh: Callable[[], bool] | None = None,
    ) -> tuple[Answer, int]:
        """Send once, and say what the answer proves, with the exchange's code (0 without one)."""
        try:
            reply = await self._rest.send(method, path, params, urgent=urgent, is_fresh=is_fresh)
        except EntryStale as error:
            return rejected(client_order_id, STALE, str(error)), 0
        except RequestNotSent as error:
            return rejected(client_order_id, NOT_SENT, str(error)), 0
        except ExchangeError as error:
            return unknown(client_order_id, str(error)), 0
        if reply.code == 0:
            return self._accepted(reply, path, client_order_id), 0
        said = reply.message[:200]
        if proves_refusal(reply.code):
            return rejected(client_order_id, str(reply.code), said), reply.code
        return unknown(client_order_id, f"binance {reply.code}: {said}"), reply.code

    def _accepted(self, reply: Reply, path: str, client_order_id: str) -> Answer:
        """An acceptance that cannot be read proves nothing."""
        try:
            if path == ALGO_PATH:
                number = wire.decode(wire.decode_algo_ids, reply.body, path).algo_id
            else:
                row = wire.decode(wire.decode_order, reply.body, path)
                number = row.order_id
                self._known.remember(number, row.client_order_id)
        except MalformedMessage as error:
            return unknown(client_order_id, f"accepted, but the answer is malformed: {error}")
        self._streams.group.expect_private_data()
        return OrderAccepted(
            client_order_id=client_order_id,
            exchange_order_id=str(number),
            ts_init_us=now_us(),
        )

    async def _take_legs(
        self, symbols: Sequence[str], algos: Sequence[wire.AlgoRow], mark: int
    ) -> tuple[LegReport, ...]:
        rows = await reads.read_positions(self._rest)
        self._book.take_algos(algos, "", mark)
        self._book.take_positions(rows, symbols, mark)
        return self._book.reports(symbols)

    async def _check_key(self) -> None:
        rights = await self._rest.read_key_rights()
        if rights is not None:
            self._can_withdraw = rights.enable_withdrawals
        if self._can_withdraw:
            raise AuthRejected(
                "this API key may withdraw money, which a trading bot must not: take the "
                "permission to withdraw from it, or create a key without it"
            )
        if rights is not None and not rights.enable_futures:
            raise AuthRejected("this API key may not trade futures: allow futures for it")
        self._account_uid = await reads.read_account_alias(self._rest)
