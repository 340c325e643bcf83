"""What private channels tell: orders fill by fill, algo orders, positions, the account."""

from collections.abc import Callable
from typing import Any

from exchange_simulator.model import Account, Execution, ExecutionKind, Leg, Order, Status
from exchange_simulator.protocols.answers import plain
from exchange_simulator.protocols.okx.ledger import AlgoOrder, Ledger
from exchange_simulator.protocols.okx.rows import (
    account_row,
    algo_row,
    amount,
    order_row,
    position_row,
)
from exchange_simulator.protocols.okx.wire import contracts
from exchange_simulator.state import Exchange

__all__ = ["PrivateEvents"]

Send = Callable[[str, Account, str, list[Any]], None]


class PrivateEvents:
    """Collects what an operation did to accounts and tells it to the channels."""

    def __init__(self, exchange: Exchange, ledger: Ledger, send: Send) -> None:
        """`send` gets channel, account, symbol (empty for the account) and rows."""
        self._exchange = exchange
        self._ledger = ledger
        self._send = send
        self._orders: dict[str, Order] = {}
        self._fills: dict[str, list[Execution]] = {}
        self._legs: dict[tuple[int, str, int], tuple[Account, Leg]] = {}
        self._wallets: dict[int, Account] = {}
        self._told: set[str] = set()

    def order_changed(self, order: Order) -> None:
        """Remember an order that changed."""
        if order.status is Status.TRIGGERED:
            algo = self._ledger.algo_of(order)
            if algo is not None:
                algo.triggered_ms = self._exchange.now_ms
        self._orders.setdefault(order.order_id, order)

    def executed(self, executions: list[Execution]) -> None:
        """Remember fills; settlements only show in positions and the account."""
        for fill in executions:
            if fill.kind is not ExecutionKind.FUNDING:
                self._fills.setdefault(fill.order_id, []).append(fill)

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """Remember a leg that changed."""
        self._legs[(account.account_id, leg.symbol, leg.index)] = (account, leg)

    def wallet_changed(self, account: Account) -> None:
        """Remember a wallet that changed."""
        self._wallets[account.account_id] = account

    def tell(self) -> None:
        """Tell orders, then positions and the account, or as the rules say."""
        orders, self._orders = self._orders, {}
        fills, self._fills = self._fills, {}
        legs, self._legs = self._legs, {}
        wallets, self._wallets = self._wallets, {}
        names = self._exchange.rules.frame_order
        first = names.index("position") < names.index("order")
        if first:
            self._tell_money(legs, wallets)
        for order in orders.values():
            self._tell_order(order, fills.get(order.order_id, []))
        if not first:
            self._tell_money(legs, wallets)

    def _tell_order(self, order: Order, fills: list[Execution]) -> None:
        account = self._exchange.by_id[order.account_id]
        algo = self._ledger.algo_of(order)
        if algo is not None:
            self._tell_algo(account, algo)
        if not self._ledger.visible(order):
            return
        if order.order_id not in self._told:
            self._told.add(order.order_id)
            self._tell_state(account, order, "live")
        for fill in fills:
            self._tell_fill(account, order, fill)
        if order.status is Status.CANCELED:
            self._tell_state(account, order, "canceled")
        elif not fills and order.open and order.updated_ms != order.created_ms:
            self._tell_state(account, order, "partially_filled" if order.filled else "live")
        if not order.open:
            self._told.discard(order.order_id)

    def _tell_state(self, account: Account, order: Order, state: str) -> None:
        row = order_row(self._exchange, self._ledger, order) | {"state": state}
        if state == "live":
            row |= {"accFillSz": "0", "avgPx": "", "fee": "0", "pnl": "0"}
        if state != "canceled":
            row |= {"cancelSource": "", "cancelSourceReason": ""}
        self._push_order(account, order, row)

    def _tell_fill(self, account: Account, order: Order, fill: Execution) -> None:
        instrument = self._exchange.instrument(order.symbol)
        row = order_row(self._exchange, self._ledger, order, fill)
        row |= {
            "state": "partially_filled" if fill.leaves else "filled",
            "execType": "M" if fill.maker else "T",
            "fillFee": amount(-fill.fee),
            "fillFeeCcy": instrument.quote,
            "fillPnl": amount(fill.realised),
            "fillNotionalUsd": amount(fill.value),
            "fillMarkPx": plain(fill.mark),
            "fillIdxPx": plain(fill.index),
            "accFillSz": contracts(instrument, fill.order_qty - fill.leaves),
        }
        self._push_order(account, order, row)

    def _push_order(self, account: Account, order: Order, row: dict[str, Any]) -> None:
        extra = dict.fromkeys(
            (
                *("reqId", "msg", "amendResult", "amendSource", "fillFwdPx", "fillMarkVol"),
                *("fillPxUsd", "fillPxVol", "execType", "fillFee", "fillFeeCcy", "fillPnl"),
                *("fillNotionalUsd", "fillMarkPx", "fillIdxPx"),
            ),
            "",
        )
        market = self._exchange.market(order.symbol)
        now = {
            "code": "0",
            "lastPx": plain(market.last),
            "notionalUsd": amount(order.qty * market.mark),
        }
        self._send("orders", account, order.symbol, [{**extra, **now, **row}])

    def _tell_algo(self, account: Account, algo: AlgoOrder) -> None:
        """Tell an algo order's state; a live one also when it was changed."""
        state = algo.state
        if algo.told == state and state != "live":
            return
        algo.told = state
        channel = "algo-advance" if algo.kind == "move_order_stop" else "orders-algo"
        row = algo_row(self._exchange, self._ledger, algo)
        self._send(channel, account, algo.orders[0].symbol, [row])

    def _tell_money(
        self,
        legs: dict[tuple[int, str, int], tuple[Account, Leg]],
        wallets: dict[int, Account],
    ) -> None:
        for account, leg in legs.values():
            row = position_row(self._exchange, account, leg)
            self._send("positions", account, leg.symbol, [row])
        for account in wallets.values():
            self._send("account", account, "", [account_row(self._exchange, account)])
            changed = [leg for owner, leg in legs.values() if owner is account]
            if changed:
                row = self.balance_and_position(account, changed)
                self._send("balance_and_position", account, "", [row])

    def balance_and_position(self, account: Account, legs: list[Leg]) -> dict[str, Any]:
        """Cash and legs in one row."""
        names = (
            *("posId", "tradeId", "instId", "instType", "mgnMode", "posSide", "pos", "ccy"),
            *("posCcy", "avgPx", "uTime", "settledPnl"),
        )
        rows = [position_row(self._exchange, account, leg) for leg in legs]
        stamp = str(self._exchange.now_ms)
        cash = {"ccy": "USDT", "cashBal": amount(account.wallet), "uTime": stamp}
        return {
            "pTime": stamp,
            "eventType": "filled",
            "balData": [cash],
            "posData": [{name: row[name] for name in names} for row in rows],
            "trades": [],
        }
