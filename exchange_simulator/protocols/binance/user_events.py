"""What a user stream tells: orders, fills, algo orders, balances and positions.

The core reports states; Binance reports events. So what one operation caused is collected, and at
its end each order is told as new, then fill by fill, then as ended.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from exchange_simulator import margin
from exchange_simulator.model import (
    ZERO,
    Account,
    CreateCause,
    Execution,
    ExecutionKind,
    Leg,
    Order,
    Side,
    Status,
)
from exchange_simulator.protocols.answers import fixed, plain
from exchange_simulator.protocols.binance.ledger import AlgoOrder, Ledger, refused, working_type
from exchange_simulator.protocols.binance.rows import (
    FEE_COIN,
    SELF_MATCH,
    average_price,
    break_even,
    isolated_wallet,
    order_status,
    position_side,
    shown_client_id,
    side_word,
    signed_qty,
    time_in_force,
)
from exchange_simulator.state import MONEY_UNIT, Exchange

__all__ = ["UserEvents"]

_AVERAGE_UNIT = Decimal("0.00001")
_FORCED = {
    CreateCause.LIQUIDATION: "autoclose-",
    CreateCause.TAKE_OVER: "autoclose-",
    CreateCause.DELEVERAGING: "adl_autoclose-",
}
Send = Callable[[Account, dict[str, Any]], None]


class UserEvents:
    """Collects what an operation did to accounts and tells it as events."""

    def __init__(self, exchange: Exchange, ledger: Ledger, send: Send) -> None:
        """`send` gets each event for an account."""
        self._exchange = exchange
        self._ledger = ledger
        self._send = send
        self._orders: dict[str, Order] = {}
        self._fills: dict[str, list[Execution]] = {}
        self._fundings: list[tuple[Account, Execution]] = []
        self._legs: dict[int, dict[tuple[str, int], Leg]] = {}
        self._wallets: dict[int, Account] = {}
        self._told: dict[str, tuple[Decimal, Decimal]] = {}
        self._traded: dict[str, tuple[Decimal, Decimal]] = {}
        self._settings: dict[tuple[int, str, int], tuple[Decimal, bool, Decimal]] = {}
        self._warned: set[int] = set()

    def order_changed(self, order: Order) -> None:
        """Remember an order that changed; a refused one never existed for the client."""
        if order.status is Status.TRIGGERED:
            algo = self._ledger.algo_of(order)
            if algo is not None:
                algo.triggered_ms = self._exchange.now_ms
        self._orders.setdefault(order.order_id, order)

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Remember fills and settlements."""
        for fill in executions:
            if fill.kind is ExecutionKind.FUNDING:
                self._fundings.append((account, fill))
            else:
                self._fills.setdefault(fill.order_id, []).append(fill)

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """Remember a leg that changed."""
        self._legs.setdefault(account.account_id, {})[(leg.symbol, leg.index)] = leg

    def wallet_changed(self, account: Account) -> None:
        """Remember a wallet that changed."""
        self._wallets[account.account_id] = account

    def tell(self) -> None:
        """Tell everything that was collected, in the order that the rules say."""
        orders, self._orders = self._orders, {}
        fills, self._fills = self._fills, {}
        fundings, self._fundings = self._fundings, []
        legs, self._legs = self._legs, {}
        wallets, self._wallets = self._wallets, {}
        names = self._exchange.rules.frame_order
        account_first = names.index("wallet") < names.index("order")
        if account_first:
            self._tell_accounts(wallets, legs, fills, fundings)
        for order in orders.values():
            self._tell_order(order, fills.get(order.order_id, []))
        if not account_first:
            self._tell_accounts(wallets, legs, fills, fundings)

    def _envelope(self, name: str, time_ms: int) -> dict[str, Any]:
        return {"e": name, "E": self._exchange.clock.wall_ms, "T": time_ms}

    def _tell_order(self, order: Order, fills: list[Execution]) -> None:
        account = self._exchange.by_id[order.account_id]
        algo = self._ledger.algo_of(order)
        if algo is not None:
            self._tell_algo(account, algo)
        if not refused(order) and (algo is None or algo.in_matching):
            self._tell_matching(account, order, fills)
        if algo is not None and algo.status == "FINISHED":
            self._algo_event(account, algo, "FINISHED")
        if not order.open and order.status is not Status.TRIGGERED:
            self._told.pop(order.order_id, None)
            self._traded.pop(order.order_id, None)

    def _tell_algo(self, account: Account, algo: AlgoOrder) -> None:
        """Tell the states up to the present one, except the end of a triggered order."""
        status = algo.status
        if not algo.told:
            self._algo_event(account, algo, "NEW")
        if status in ("CANCELED", "EXPIRED"):
            self._algo_event(account, algo, status)
        elif status != "NEW" and algo.told == "NEW":
            self._algo_event(account, algo, "TRIGGERING")
            self._algo_event(account, algo, "REJECTED" if status == "REJECTED" else "TRIGGERED")

    def _algo_event(self, account: Account, algo: AlgoOrder, status: str) -> None:
        if algo.told == status:
            return
        algo.told = status
        order = algo.order
        tick, step = self._units(order)
        row = {
            "caid": algo.client_id,
            "aid": algo.algo_id,
            "at": "CONDITIONAL",
            "o": algo.kind,
            "s": order.symbol,
            "S": side_word(order.side),
            "ps": position_side(order.leg_index),
            "f": algo.time_in_force,
            "q": fixed(ZERO if algo.close_position else order.qty, step),
            "X": status,
            "ai": "",
            "tp": fixed(order.trigger_price or ZERO, tick),
            "p": fixed(order.price, tick),
            "V": "EXPIRE_MAKER",
            "wt": working_type(order),
            "pm": "NONE",
            "cp": algo.close_position,
            "pP": algo.price_protect,
            "R": algo.close_position or order.reduce_only,
            "tt": algo.triggered_ms,
            "gtd": 0,
        }
        if status in ("TRIGGERED", "FINISHED"):
            row["ai"] = str(self._ledger.order_number(order))
            row["ap"] = fixed(average_price(order), _AVERAGE_UNIT)
            row["aq"] = fixed(order.filled, step)
            row["act"] = order.kind.value.upper()
        if status == "REJECTED":
            row["rm"] = "Reduce Only reject" if order.closing else "Margin is insufficient."
        self._send(account, {**self._envelope("ALGO_UPDATE", order.updated_ms), "o": row})

    def _units(self, order: Order) -> tuple[Decimal, Decimal]:
        instrument = self._exchange.instrument(order.symbol)
        return instrument.tick_size, instrument.qty_step

    def _tell_matching(self, account: Account, order: Order, fills: list[Execution]) -> None:
        key, shape = order.order_id, (order.price, order.qty)
        known = self._told.get(key)
        if known is None:
            self._order_event(account, order, "NEW", "NEW")
        self._told[key] = shape
        for fill in fills:
            self._fill_event(account, order, fill)
        if order.status is Status.CANCELED:
            status = order_status(order)
            self._order_event(
                account, order, "CANCELED" if status == "CANCELED" else "EXPIRED", status
            )
        elif not fills and known not in (None, shape):
            self._order_event(account, order, "AMENDMENT", order_status(order))

    def _fill_event(self, account: Account, order: Order, fill: Execution) -> None:
        quantity, value = self._traded.get(order.order_id, (ZERO, ZERO))
        self._traded[order.order_id] = (quantity + fill.qty, value + fill.value)
        tick, step = self._units(order)
        number = self._ledger.trade_number(fill.match_id)
        lite = {
            "s": order.symbol,
            "q": fixed(order.qty, step),
            "p": fixed(order.price, tick),
            "m": fill.maker,
            "c": self._client_id(order),
            "S": side_word(order.side),
            "L": fixed(fill.price, tick),
            "l": fixed(fill.qty, step),
            "t": number,
            "i": self._ledger.order_number(order),
        }
        self._send(account, {**self._envelope("TRADE_LITE", fill.time_ms), **lite})
        status = "PARTIALLY_FILLED" if fill.leaves else "FILLED"
        forced = fill.kind is not ExecutionKind.TRADE
        self._order_event(account, order, "CALCULATED" if forced else "TRADE", status, fill)

    def _client_id(self, order: Order) -> str:
        prefix = _FORCED.get(order.create_cause, "")
        number = self._ledger.order_number(order)
        return f"{prefix}{number}" if prefix else shown_client_id(self._ledger, order)

    def _order_event(
        self,
        account: Account,
        order: Order,
        event: str,
        status: str,
        fill: Execution | None = None,
    ) -> None:
        tick, step = self._units(order)
        quantity, value = self._traded.get(order.order_id, (ZERO, ZERO))
        algo = self._ledger.algo_of(order)
        kind = "LIQUIDATION" if order.create_cause in _FORCED else order.kind.value.upper()
        notional = order.leaves * order.price if order.resting else ZERO
        time_ms = fill.time_ms if fill is not None else order.updated_ms
        row: dict[str, Any] = {
            "s": order.symbol,
            "c": self._client_id(order),
            "S": side_word(order.side),
            "o": kind,
            "f": time_in_force(order),
            "q": fixed(order.qty, step),
            "p": fixed(order.price, tick),
            "ap": fixed(value / quantity if quantity else ZERO, _AVERAGE_UNIT),
            "sp": fixed(order.trigger_price or ZERO, tick),
            "x": event,
            "X": status,
            "i": self._ledger.order_number(order),
            "l": fixed(fill.qty if fill else ZERO, step),
            "z": fixed(quantity, step),
            "L": fixed(fill.price if fill else ZERO, tick),
            "n": fixed(fill.coin_fee or fill.fee if fill else ZERO, MONEY_UNIT),
            "N": FEE_COIN if fill and fill.coin_fee else "USDT",
            "T": time_ms,
            "t": self._ledger.trade_number(fill.match_id) if fill else 0,
            "b": plain(notional) if order.side is Side.BUY else "0",
            "a": plain(notional) if order.side is Side.SELL else "0",
            "m": fill.maker if fill else False,
            "R": order.reduce_only,
            "wt": working_type(order),
            "ot": kind if algo is None else algo.kind,
            "ps": position_side(order.leg_index),
            "cp": algo.close_position if algo is not None else False,
            "rp": fixed(fill.realised if fill else ZERO, MONEY_UNIT),
            "pP": algo.price_protect if algo is not None else False,
            "si": 0,
            "ss": 0,
            "V": SELF_MATCH[order.self_match],
            "pm": "NONE",
            "gtd": 0,
            "er": "0",
        }
        if fill is None:
            del row["n"], row["N"]
        self._send(account, {**self._envelope("ORDER_TRADE_UPDATE", time_ms), "o": row})

    def _tell_accounts(
        self,
        wallets: dict[int, Account],
        legs: dict[int, dict[tuple[str, int], Leg]],
        fills: dict[str, list[Execution]],
        fundings: list[tuple[Account, Execution]],
    ) -> None:
        """One ACCOUNT_UPDATE for fills; one for each settlement, with balances only in cross."""
        for account, fill in fundings:
            leg = account.legs[(fill.symbol, fill.leg_index)]
            own = account.isolated(leg.symbol)
            self._account_event(account, "FUNDING_FEE", [leg] if own else [], -fill.fee)
        traded = {(fill.symbol, fill.leg_index) for row in fills.values() for fill in row}
        settled = {(fill.symbol, fill.leg_index) for _, fill in fundings}
        self._tell_settings(legs, traded | settled)
        for account_id, account in wallets.items():
            changed = legs.get(account_id, {})
            touched = [leg for key, leg in changed.items() if key in traded]
            if touched:
                self._account_event(account, "ORDER", touched, ZERO)

    def _tell_settings(
        self, legs: dict[int, dict[tuple[str, int], Leg]], moved: set[tuple[str, int]]
    ) -> None:
        """Tell a new leverage once per symbol, a new margin type or own margin leg by leg."""
        for account_id, changed in legs.items():
            account = self._exchange.by_id[account_id]
            told: set[str] = set()
            for (symbol, index), leg in changed.items():
                key = (account_id, symbol, index)
                default = (self._exchange.rules.default_leverage, False, ZERO)
                known = self._settings.get(key, default)
                now = (leg.leverage, account.isolated(symbol), leg.extra_margin)
                self._settings[key] = now
                if now[0] != known[0] and symbol not in told:
                    told.add(symbol)
                    self._leverage_event(account, symbol, now[0])
                if (symbol, index) in moved:
                    continue
                if now[1] is not known[1]:
                    self._account_event(account, "MARGIN_TYPE_CHANGE", [leg], ZERO)
                elif now[2] != known[2]:
                    self._account_event(account, "MARGIN_TRANSFER", [leg], known[2] - now[2])

    def _leverage_event(self, account: Account, symbol: str, leverage: Decimal) -> None:
        event = self._envelope("ACCOUNT_CONFIG_UPDATE", self._exchange.now_ms)
        self._send(account, {**event, "ac": {"s": symbol, "l": int(leverage)}})

    def warn(self, symbol: str) -> None:
        """Warn once each time an account's shared margin comes near its end."""
        exchange = self._exchange
        for account_id in exchange.exposed[symbol]:
            account = exchange.by_id[account_id]
            equity, maintenance = margin.cross_pool(exchange, account)
            near = maintenance > 0 and maintenance >= exchange.rules.margin_call_ratio * equity
            if not near:
                self._warned.discard(account_id)
            elif account_id not in self._warned:
                self._warned.add(account_id)
                self._margin_call(account)

    def _margin_call(self, account: Account) -> None:
        legs = margin.cross_legs(account)
        event = {
            "e": "MARGIN_CALL",
            "E": self._exchange.clock.wall_ms,
            "cw": fixed(margin.cross_wallet(account), MONEY_UNIT),
            "p": [self._called_position(leg) for leg in legs],
        }
        self._send(account, event)

    def _called_position(self, leg: Leg) -> dict[str, Any]:
        market = self._exchange.market(leg.symbol)
        part = margin.leg_margin(leg, market.mark, market.instrument, self._exchange.rules)
        return {
            "s": leg.symbol,
            "ps": position_side(leg.index),
            "pa": fixed(signed_qty(leg), market.instrument.qty_step),
            "mt": "CROSSED",
            "iw": "0",
            "mp": fixed(market.mark, MONEY_UNIT),
            "up": fixed(part.unrealised, MONEY_UNIT),
            "mm": fixed(part.maintenance, MONEY_UNIT),
        }

    def _account_event(
        self, account: Account, reason: str, legs: list[Leg], change: Decimal
    ) -> None:
        own = sum((isolated_wallet(account, leg) for leg in account.held()), ZERO)
        balance = {
            "a": "USDT",
            "wb": fixed(account.wallet, MONEY_UNIT),
            "cw": fixed(account.wallet - own, MONEY_UNIT),
            "bc": plain(change),
        }
        balances = [balance]
        if account.fee_coins:
            held = fixed(account.fee_coins, MONEY_UNIT)
            balances.append({"a": FEE_COIN, "wb": held, "cw": held, "bc": "0"})
        data = {
            "B": balances,
            "P": [self._position(account, leg) for leg in legs],
            "m": reason,
        }
        event = self._envelope("ACCOUNT_UPDATE", self._exchange.now_ms)
        self._send(account, {**event, "a": data})

    def _position(self, account: Account, leg: Leg) -> dict[str, Any]:
        market = self._exchange.market(leg.symbol)
        part = margin.leg_margin(leg, market.mark, market.instrument, self._exchange.rules)
        isolated = account.isolated(leg.symbol)
        return {
            "s": leg.symbol,
            "pa": fixed(signed_qty(leg), market.instrument.qty_step),
            "ep": plain(leg.average.quantize(MONEY_UNIT)),
            "cr": fixed(leg.realised_ever, MONEY_UNIT),
            "up": fixed(part.unrealised, MONEY_UNIT),
            "mt": "isolated" if isolated else "cross",
            "iw": plain(isolated_wallet(account, leg).quantize(MONEY_UNIT)),
            "ps": position_side(leg.index),
            "ma": "USDT",
            "bep": plain(break_even(self._exchange, leg).quantize(MONEY_UNIT)),
        }
