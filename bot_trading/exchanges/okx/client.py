"""`OkxClient`: one long/short-mode account on OKX V5, as the port `ExchangeClient` wants it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from bot_trading.clock import now_us
from bot_trading.domain.account import Account, Balance
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
from bot_trading.errors import ExchangeError
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
from bot_trading.exchanges.http import RequestNotSent, closed_on_failure
from bot_trading.exchanges.network import REAL_NETWORK, Network
from bot_trading.exchanges.okx import clearing, reads, reports, requests, stops, wire
from bot_trading.exchanges.okx.account import can_withdraw, check_account, mode_of
from bot_trading.exchanges.okx.config import EXCHANGE, Credentials, OkxConfig
from bot_trading.exchanges.okx.contracts import Contracts, DoesNotFit, inst_id_of
from bot_trading.exchanges.okx.errors import DUPLICATE_ID, SUCCESS, proves_refusal
from bot_trading.exchanges.okx.fired import read_named_fills
from bot_trading.exchanges.okx.funding import read_funding
from bot_trading.exchanges.okx.known import KnownLegs
from bot_trading.exchanges.okx.live import LiveStreams
from bot_trading.exchanges.okx.net import close_net, tell_unlisted
from bot_trading.exchanges.okx.protection import Protector, StopRefused
from bot_trading.exchanges.okx.rest import Group, SignedRest
from bot_trading.exchanges.outgoing import EntryStale
from bot_trading.exchanges.ownership import OwnStops
from bot_trading.exchanges.unsupported import UnsupportedCounter
from bot_trading.ports import Publish

__all__ = ["OkxClient"]

DOES_NOT_FIT = "does not fit"


class OkxClient:
    """See `bot_trading.ports.ExchangeClient` for what each call promises.

    Symbols are written without dashes, quantities in base coin. `random_ratio` gives numbers in
    [0, 1) for the jitter of reconnects, `network` carries bytes.
    """

    exchange = EXCHANGE

    def __init__(
        self,
        config: OkxConfig,
        credentials: Credentials,
        *,
        random_ratio: Callable[[], float] = random.random,
        network: Network = REAL_NETWORK,
    ) -> None:
        self._config = config
        self._rest = SignedRest(config, credentials, network)
        self._contracts = Contracts()
        self._own = OwnStops(requests.stop_mark(config.core_tag))
        self._known = KnownLegs(self._own)
        self._complain = UnsupportedCounter(EXCHANGE)
        parts = (config, self._rest, self._contracts, self._known)
        self._protector = Protector(*parts, self._complain)
        self._streams = LiveStreams(
            *parts, self._protector, self._complain, random_ratio, network.connect
        )

    @property
    def unsupported(self) -> Counter[str]:
        """How often each thing that we do not understand was seen."""
        return self._complain.counts

    @property
    def clock_offset_ms(self) -> int:
        """The exchange's clock less ours, as measured last."""
        return self._rest.offset_ms

    async def open(self) -> None:
        """Connect, measure the clock, and prove key, permissions and long/short mode.

        Raises `AuthRejected`, `PositionModeMismatch`, `RateLimited` or `ExchangeUnavailable`, with
        every connection closed again.
        """
        async with closed_on_failure(self._rest.close):
            await self.connect()
            check_account(await reads.read_account(self._rest))

    async def connect(self) -> None:
        """Connect and prove nothing: see `ports.TakesRiskAway`."""
        async with closed_on_failure(self._rest.close):
            await self._rest.open()
            await reads.read_contracts(self._rest, self._contracts, self._config.settle_coin)

    async def close_net(self) -> tuple[str, ...]:
        """Close what the account holds in one-way mode or under another margin mode: see
        `ports.TakesRiskAway`."""
        return await close_net(self._rest, self._contracts, self._config.margin_mode)

    async def tell_unlisted(self) -> tuple[str, ...]:
        """What is held under another margin mode: see `ports.TakesRiskAway`."""
        return await tell_unlisted(self._rest, self._contracts, self._config.margin_mode)

    async def close(self) -> None:
        """Close the REST connections; streams end with the task that runs them."""
        await self._rest.close()

    def recall(self, order_ids: Iterable[str], levels: Iterable[LegProtection]) -> None:
        """What the database knows of an earlier release: see `ports.Recalls`."""
        self._own.recall(order_ids, levels)

    async def set_leverage(self, symbol: str, leverage: Decimal) -> None:
        """Set the leverage of both legs; already being there is success."""
        mode = self._config.margin_mode
        # Cross legs share it; isolated ones are named one by one.
        for leg in ("",) if mode == "cross" else tuple(requests.LEG_WORDS.values()):
            body = requests.leverage_body(self._inst_id(symbol), mode, leverage, leg)
            await self._rest.set("/api/v5/account/set-leverage", body)

    async def get_balance(self) -> Balance:
        """The money of the account in the settle coin, as confirmed now."""
        return await reads.read_balance(self._rest, self._config.settle_coin)

    async def get_positions(self, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        """Both legs of each symbol, flat ones too, and every open leg of any other symbol."""
        await self._read_stopped_legs()
        return self._legs(symbols)

    async def take_snapshot(self, symbols: Sequence[str], since_us: int) -> ExchangeSnapshot:
        """Everything the exchange holds of ours; fills and funding since `since_us`.

        Orders are read before legs, legs before their stops, and fills last: what moves meanwhile
        from one to the next is then seen later rather than never.
        """
        coin, rest, contracts = self._config.settle_coin, self._rest, self._contracts
        account = await reads.read_account(rest)
        balance = await self.get_balance()
        instruments = await reads.read_instruments(rest, contracts, symbols, coin)
        orders = await reads.read_open_orders(rest, contracts, self._known, self._complain)
        algos = await self._read_stopped_legs()
        inst_ids = [self._inst_id(symbol) for symbol in symbols]
        market_ms = await reads.read_market_ms(rest, inst_ids[0]) if symbols else rest.now_ms()
        since = {"since_ms": since_us // 1000, "market_ms": market_ms}
        return ExchangeSnapshot(
            account=Account(
                exchange=EXCHANGE,
                account_uid=account.uid,
                position_mode=mode_of(account),
                can_withdraw=can_withdraw(account),
            ),
            instruments=instruments,
            balance=balance,
            legs=self._legs(symbols),
            open_orders=(
                *orders,
                *reads.stop_reports(algos, contracts, self._known, self._complain),
            ),
            fills=await read_named_fills(
                rest, contracts, self._known, **since, coin=coin, complain=self._complain
            ),
            funding=await read_funding(
                rest, contracts, **since, coin=coin, complain=self._complain
            ),
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
        coin = self._config.settle_coin
        return await reads.read_candles(
            self._rest, instrument_id, interval_s, limit, coin, until_us
        )

    async def get_funding_rates(
        self, instrument_id: InstrumentId, limit: int, until_us: int | None = None
    ) -> tuple[FundingRate, ...]:
        """The last settled rates, oldest first, at most 100 at once; see `ports`."""
        coin = self._config.settle_coin
        return await reads.read_funding_rates(self._rest, instrument_id, limit, coin, until_us)

    async def place_order(self, approved: ApprovedOrder) -> Answer:
        """Send an order once; entries give way to exits and are dropped when they grow stale.

        A quantity that is no whole number of lots is refused here, and so are conditional orders.
        """
        intent = approved.intent
        named, leg_id = intent.client_order_id, intent.leg_id
        if intent.order_type in requests.CONDITIONAL:
            return rejected(named, DOES_NOT_FIT, "conditional orders are not sent to okx")
        if not self._contracts.are_read:
            return rejected(named, NOT_SENT, "the connection to okx is closed: open it first")
        try:
            inst_id = self._inst_id(leg_id.symbol)
            size = self._contracts.size(leg_id.symbol, intent.quantity)
            if not intent.reduce_only:
                await self._protector.clear_outlived(leg_id)
        except DoesNotFit as error:
            return rejected(named, DOES_NOT_FIT, str(error))
        except RequestNotSent as error:
            return rejected(named, NOT_SENT, str(error))
        body = requests.create_body(
            intent, inst_id, self._config.margin_mode, size, self._config.core_tag
        )
        oldest_us = approved.ts_approved_us + self._config.entry_age_max_ms * 1000
        is_fresh = None if intent.reduce_only else lambda: now_us() <= oldest_us
        answer, code = await self._send(
            "/api/v5/trade/order",
            body,
            Group.CREATE,
            named,
            urgent=intent.reduce_only,
            is_fresh=is_fresh,
        )
        if code == DUPLICATE_ID:
            return await look_up_accepted(
                QueryOrder(leg_id=leg_id, client_order_id=named), self.query_order
            )
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
        named, symbol = order.client_order_id, order.leg_id.symbol
        try:
            inst_id, size = self._inst_id(symbol), None
            if quantity is not None:
                size = self._contracts.size(symbol, quantity)
        except DoesNotFit as error:
            return rejected(named, DOES_NOT_FIT, str(error))
        body = requests.amend_body(
            inst_id,
            requests.order_name(named, order.exchange_order_id),
            size=size,
            price=price,
            attached=requests.attached_name(self._config.core_tag, named),
            stop_loss=stop_loss,
            take_profit=take_profit,
        )
        answer, _ = await self._send(
            "/api/v5/trade/amend-order", body, Group.AMEND, named, urgent=order.reduce_only
        )
        return answer

    async def cancel_order(self, cancel: CancelOrder) -> Answer:
        """Ask for a cancel; whether it won against a fill is told by the order's own reports."""
        named = cancel.client_order_id
        try:
            inst_id = self._inst_id(cancel.leg_id.symbol)
        except DoesNotFit as error:
            return rejected(named, DOES_NOT_FIT, str(error))
        theirs = cancel.exchange_order_id
        algo_id = None if named or not theirs else stops.algo_id_of(theirs)
        if algo_id is not None:
            path, group = "/api/v5/trade/cancel-algos", Group.UNPROTECT
            body = requests.cancel_algos_body(inst_id, [algo_id])
        else:
            path, group = "/api/v5/trade/cancel-order", Group.CANCEL
            body = requests.cancel_body(inst_id, requests.order_name(named, theirs))
        answer, _ = await self._send(path, body, group, named, urgent=True)
        return answer

    async def cancel_resting(self, seen: Sequence[OrderReport]) -> None:
        """Take back what rests on the book: see `ports.TakesRiskAway`."""
        await clearing.cancel_resting(self._rest, self._config.settle_coin, seen)

    async def set_protection(self, protection: LegProtection) -> ProtectionSet | ProtectionRefused:
        """Make exactly this stop loss and take profit rest for the whole leg."""
        try:
            await self._protector.protect(protection)
        except StopRefused as refused:
            return not_protected(protection, refused.code, str(refused))
        except DoesNotFit as error:
            return not_protected(protection, DOES_NOT_FIT, str(error))
        except RequestNotSent as error:
            return not_protected(protection, NOT_SENT, str(error))
        except ExchangeError as error:
            return not_protected(protection, UNKNOWN, str(error))
        return ProtectionSet(protection=protection, ts_init_us=now_us())

    async def query_order(
        self, query: QueryOrder
    ) -> tuple[OrderReport | None, tuple[FillReport, ...]] | OrderNotFound:
        """Ask live orders, history and executions; raises when one of them cannot answer."""
        named, coin = query.client_order_id, self._config.settle_coin
        inst_id = self._inst_id(query.leg_id.symbol)
        row = await reads.read_order(self._rest, inst_id, named)
        filters = {"instId": inst_id} | ({"ordId": row.ord_id} if row is not None else {})
        fills = await reads.read_fills(
            self._rest,
            self._contracts,
            filters,
            since_ms=0,
            market_ms=0,
            coin=coin,
            complain=self._complain,
        )
        ours = tuple(fill for fill in fills if fill.client_order_id == named)
        if row is None:
            return (
                (None, ours) if ours else OrderNotFound(client_order_id=named, ts_init_us=now_us())
            )
        kind = self._known.kind_of(row)
        report = reports.order_report(row, self._contracts, kind, now_us(), self._complain)
        return report, ours

    async def run_streams(self, symbols: Sequence[str], interval_s: int, publish: Publish) -> None:
        """Keep all three streams alive and publish what they say, until cancelled."""
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
    ) -> tuple[Answer, str]:
        """Send once, and say what the answer proves, with OKX's code (empty without one)."""
        try:
            reply = await self._rest.send(path, body, group, urgent=urgent, is_fresh=is_fresh)
            code, said = reply.verdict
            if code == SUCCESS:
                return self._accepted(reply.acknowledgement, client_order_id), code
        except EntryStale as error:
            return rejected(client_order_id, STALE, str(error)), ""
        except RequestNotSent as error:
            return rejected(client_order_id, NOT_SENT, str(error)), ""
        except ExchangeError as error:
            return unknown(client_order_id, str(error)), ""
        if proves_refusal(code):
            return rejected(client_order_id, code, said[:200]), code
        return unknown(client_order_id, f"okx {code[:20]}: {said[:200]}"), code

    def _accepted(self, row: wire.Acknowledgement, client_order_id: str) -> Answer:
        """An acceptance without an order id, or of another order, proves nothing."""
        order_id = row.ord_id or row.algo_id
        if not order_id or row.cl_ord_id not in ("", client_order_id):
            return unknown(client_order_id, "accepted, but the answer does not name the order")
        if row.ord_id:  # The private stream tells of orders, another one of stops.
            self._streams.group.expect_private_data()
        return OrderAccepted(
            client_order_id=client_order_id, exchange_order_id=order_id, ts_init_us=now_us()
        )

    async def _read_stopped_legs(self) -> tuple[wire.AlgoRow, ...]:
        parts = (self._rest, self._contracts, self._known)
        await reads.read_legs(*parts, self._config.margin_mode, self._complain)
        return await reads.read_algos(*parts, self._complain)

    def _legs(self, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        asked = [
            LegId(EXCHANGE, symbol, leg)
            for symbol in symbols
            for leg in (PositionIdx.LONG, PositionIdx.SHORT)
        ]
        others = [leg_id for leg_id in self._known.open_legs() if leg_id not in asked]
        return tuple(self._known.report(leg_id, now_us()) for leg_id in (*asked, *others))

    def _inst_id(self, symbol: str) -> str:
        return inst_id_of(symbol, self._config.settle_coin)
