"""OKX's own names for what the exchange keeps: numbers, and orders of the algo service."""

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_simulator.model import Account, CancelCause, Order, Status, StopKind

__all__ = ["AlgoOrder", "Ledger", "is_profit"]

_FIRST_ORDER = 2_657_625_147_249_000_000
_FIRST_ALGO = 3_657_625_147_249_000_000
_FIRST_TRADE = 293_429_000
_PROFITS = (StopKind.TAKE_PROFIT, StopKind.PARTIAL_TAKE_PROFIT)


def is_profit(order: Order) -> bool:
    """Whether a protective order takes profit: the one that fires as the price goes its way."""
    if order.stop_kind is StopKind.CONDITIONAL:
        return order.trigger_rises is (order.side.sign < 0)
    return order.stop_kind in _PROFITS


@dataclass(slots=True, kw_only=True, eq=False)
class AlgoOrder:
    """An order of the algo service: one conditional order, or two that cancel one another."""

    algo_id: int
    kind: str
    orders: list[Order]
    client_id: str = ""
    close_fraction: str = ""
    callback_ratio: str = ""
    callback_spread: str = ""
    active_price: Decimal | None = None
    triggered_ms: int = 0
    told: str = ""
    tag: str = field(default="")

    @property
    def fired(self) -> Order | None:
        """The order of this algo that became active, if one did."""
        for order in self.orders:
            if order.status not in (Status.UNTRIGGERED, Status.DEACTIVATED):
                return order
        return None

    @property
    def state(self) -> str:
        """live, effective, canceled or order_failed."""
        fired = self.fired
        if fired is None:
            waiting = any(order.status is Status.UNTRIGGERED for order in self.orders)
            return "live" if waiting else "canceled"
        nothing = not fired.filled and fired.cancel_cause in (
            CancelCause.BY_REDUCE_ONLY,
            CancelCause.BY_ADMIN,
        )
        return "order_failed" if nothing else "effective"


class Ledger:
    """Numbers handed out so far, and what they stand for."""

    def __init__(self) -> None:
        """Start with nothing numbered."""
        self._orders: dict[str, int] = {}
        self._trades: dict[str, int] = {}
        self._bills: dict[str, int] = {}
        self._by_number: dict[int, Order] = {}
        self._algos: dict[int, AlgoOrder] = {}
        self._algo_of: dict[str, AlgoOrder] = {}
        self.tags: dict[str, str] = {}
        self.attached_names: dict[tuple[int, str], str] = {}

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

    def bill_number(self, execution_id: str) -> int:
        """Return the number of a fill's own bill, drawing the next at first sight."""
        return self._bills.setdefault(execution_id, _FIRST_TRADE + len(self._bills) + 1)

    def order(self, number: int, account: Account) -> Order | None:
        """Return an account's order by number."""
        order = self._by_number.get(number)
        return order if order is not None and order.account_id == account.account_id else None

    def open_algo(self, kind: str, orders: list[Order], client_id: str = "") -> AlgoOrder:
        """Give conditional orders their side in the algo service."""
        algo = AlgoOrder(
            algo_id=_FIRST_ALGO + len(self._algos) + 1,
            kind=kind,
            orders=orders,
            client_id=client_id,
        )
        self._algos[algo.algo_id] = algo
        for order in orders:
            self._algo_of[order.order_id] = algo
        return algo

    def algo_of(self, order: Order) -> AlgoOrder | None:
        """Return the algo side of an order; None for one that never was conditional."""
        if order.stop_kind is StopKind.NONE:
            return None
        algo = self._algo_of.get(order.order_id)
        if algo is not None:
            return algo
        partner = order.pair
        orders = [order] if partner is None else [order, partner]
        kind = "conditional" if partner is None else "oco"
        if order.stop_kind is StopKind.TRAILING_STOP:
            kind = "move_order_stop"
        name = self.attached_names.get((order.account_id, order.parent_client_id), "")
        return self.open_algo(kind, orders, name)

    def algo(self, number: int, account: Account) -> AlgoOrder | None:
        """Return an account's algo order by number."""
        algo = self._algos.get(number)
        if algo is None or algo.orders[0].account_id != account.account_id:
            return None
        return algo

    def algos(self, account: Account) -> list[AlgoOrder]:
        """Return an account's algo orders, oldest first."""
        mine = account.account_id
        return [algo for algo in self._algos.values() if algo.orders[0].account_id == mine]

    def visible(self, order: Order) -> bool:
        """Whether the order endpoints show an order: waiting algo orders are not theirs."""
        if order.stop_kind is StopKind.NONE:
            return True
        algo = self.algo_of(order)
        return algo is not None and algo.fired is order and algo.state == "effective"
