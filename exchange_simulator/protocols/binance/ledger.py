"""Binance's own names for what the exchange keeps: whole numbers for orders and trades, and the
algo service's side of conditional orders."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from exchange_simulator.model import (
    Account,
    CancelCause,
    Order,
    RejectCause,
    Status,
    StopKind,
    StopMode,
    TriggerBy,
)
from exchange_simulator.rules import Rules

__all__ = ["AlgoOrder", "Ledger", "binance_rules", "refused"]

_FIRST_ORDER = 28_581_480_000
_FIRST_TRADE = 536_962_000
_FIRST_ALGO = 1_000_000_000_000
_OFFICIAL: dict[str, Any] = {
    "taker_rate": Decimal("0.0005"),
    "conditional_orders_max": 200,
    "active_orders_max": 200,
    "client_ids_reusable": True,
    "modes_by_symbol": False,
    "frame_order": ("execution", "position", "wallet", "order"),
}


def binance_rules(rules: Rules) -> Rules:
    """Put Binance's own numbers where the user left the defaults."""
    untouched = Rules()
    return replace(
        rules,
        **{
            name: value
            for name, value in _OFFICIAL.items()
            if getattr(rules, name) == getattr(untouched, name)
        },
    )


def refused(order: Order) -> bool:
    """Whether Binance answers an order with an error that the core accepts and ends at once."""
    return (
        order.reject_cause in (RejectCause.POST_ONLY, RejectCause.NO_FULL_FILL) and not order.filled
    )


@dataclass(slots=True, kw_only=True, eq=False)
class AlgoOrder:
    """A conditional order as the algo service shows it; `order` is what may trade."""

    algo_id: int
    client_id: str
    kind: str
    time_in_force: str
    order: Order
    close_position: bool = False
    price_protect: bool = False
    activate_price: Decimal | None = None
    callback_rate: Decimal | None = None
    triggered_ms: int = 0
    told: str = ""

    @property
    def status(self) -> str:
        """NEW, TRIGGERED, FINISHED, CANCELED, EXPIRED or REJECTED, as the order stands."""
        order = self.order
        if order.status is Status.UNTRIGGERED:
            return "NEW"
        if order.status is Status.DEACTIVATED:
            return "CANCELED" if order.cancel_cause is CancelCause.BY_USER else "EXPIRED"
        if order.open or order.status is Status.TRIGGERED:
            return "TRIGGERED"
        nothing = not order.filled and order.cancel_cause in (
            CancelCause.BY_REDUCE_ONLY,
            CancelCause.BY_ADMIN,
        )
        return "REJECTED" if nothing else "FINISHED"

    @property
    def in_matching(self) -> bool:
        """Whether the matching engine has, or had, an order of it."""
        return self.status in ("TRIGGERED", "FINISHED")


_ALGO_KINDS = {
    StopKind.TAKE_PROFIT: "TAKE_PROFIT",
    StopKind.PARTIAL_TAKE_PROFIT: "TAKE_PROFIT",
    StopKind.TRAILING_STOP: "TRAILING_STOP",
}


class Ledger:
    """Numbers handed out so far, and what they stand for."""

    def __init__(self) -> None:
        """Start with nothing numbered."""
        self._orders: dict[str, int] = {}
        self._trades: dict[str, int] = {}
        self._by_number: dict[int, Order] = {}
        self._algos: dict[int, AlgoOrder] = {}
        self._algo_of: dict[str, AlgoOrder] = {}
        self.margin_changes: dict[int, list[dict[str, Any]]] = {}

    def order_number(self, order: Order) -> int:
        """Return an order's number, drawing the next at first sight."""
        number = self._orders.get(order.order_id)
        if number is None:
            number = _FIRST_ORDER + len(self._orders) + 1
            self._orders[order.order_id] = number
            self._by_number[number] = order
        return number

    def number_of_id(self, order_id: str) -> int:
        """Return the number of an order known by the core's identifier; 0 for none."""
        return self._orders.get(order_id, 0)

    def trade_number(self, match_id: str) -> int:
        """Return a trade's number, of either side, drawing the next at first sight."""
        return self._trades.setdefault(match_id, _FIRST_TRADE + len(self._trades) + 1)

    def order(self, number: int, account: Account) -> Order | None:
        """Return an account's order by number."""
        order = self._by_number.get(number)
        return order if order is not None and order.account_id == account.account_id else None

    def open_algo(self, order: Order, client_id: str, kind: str, time_in_force: str) -> AlgoOrder:
        """Give a conditional order its side in the algo service, once."""
        algo = self._algo_of.get(order.order_id)
        if algo is None:
            algo = AlgoOrder(
                algo_id=_FIRST_ALGO + len(self._algos) + 1,
                client_id=client_id,
                kind=kind,
                time_in_force=time_in_force,
                order=order,
            )
            self._algos[algo.algo_id] = algo
            self._algo_of[order.order_id] = algo
        return algo

    def algo_of(self, order: Order) -> AlgoOrder | None:
        """Return the algo side of an order; None for one that never was conditional."""
        if order.stop_kind is StopKind.NONE:
            return None
        algo = self._algo_of.get(order.order_id)
        if algo is None:
            base = _ALGO_KINDS.get(order.stop_kind, "STOP")
            kind = base if order.price else f"{base}_MARKET"
            whole = order.stop_mode is StopMode.FULL
            algo = self.open_algo(order, "", kind, "GTE_GTC" if whole else "GTC")
            algo.client_id = f"auto-{algo.algo_id}"
            algo.close_position = whole and order.stop_kind is not StopKind.CONDITIONAL
        return algo

    def algo(self, number: int, account: Account) -> AlgoOrder | None:
        """Return an account's algo order by number."""
        algo = self._algos.get(number)
        mine = algo is not None and algo.order.account_id == account.account_id
        return algo if mine else None

    def algos(self, account: Account) -> list[AlgoOrder]:
        """Return an account's algo orders, oldest first."""
        return [
            algo for algo in self._algos.values() if algo.order.account_id == account.account_id
        ]

    def visible(self, order: Order) -> bool:
        """Whether the order endpoints show an order: waiting algo orders are not theirs."""
        if refused(order):
            return False
        algo = self.algo_of(order)
        return algo is None or algo.in_matching


def working_type(order: Order) -> str:
    """Return which price wakes an order."""
    return "MARK_PRICE" if order.trigger_by is TriggerBy.MARK else "CONTRACT_PRICE"
