"""Under any order flow, money and quantities are conserved and hedge-mode rules hold."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange_simulator.amend import AmendRequest, amend
from exchange_simulator.errors import Refusal
from exchange_simulator.model import (
    Account,
    Order,
    OrderKind,
    PositionMode,
    Side,
    StopMode,
    TimeInForce,
)
from exchange_simulator.orders import OrderRequest, cancel, place
from exchange_simulator.settings import set_leverage
from exchange_simulator.stops import StopRequest, set_stops
from tests.property.exchange_simulator.conservation import check_all
from tests.unit.exchange_simulator.builders import START_MS, go, make_exchange

SYMBOLS = ("BTCUSDT", "ETHUSDT")
RATES = {START_MS + hours * 28_800_000: 0.0007 for hours in range(50)}
symbols = st.sampled_from(SYMBOLS)
accounts = st.integers(0, 2)
sides = st.sampled_from(list(Side))
quantities = st.integers(1, 4000).map(lambda number: Decimal(number) / 1000)
ratios = st.integers(-300, 300).map(lambda number: 1 + Decimal(number) / 10_000)


class OrderFlow(RuleBasedStateMachine):
    """Three clients, two in hedge mode and one in one-way mode, trade two symbols."""

    @initialize(moves=st.lists(st.integers(-400, 400), min_size=40, max_size=40))
    def open(self, moves: list[int]) -> None:
        """Script a market from random moves in basis points."""
        scripts: dict[str, list[str]] = {}
        for symbol, first in zip(SYMBOLS, (60_000, 3_000), strict=True):
            price = Decimal(first)
            script = [str(price)]
            for move in moves:
                price = (price * (1 + Decimal(move) / 10_000)).quantize(Decimal("0.1"))
                script.append(str(price))
            scripts[symbol] = script
        self.exchange = make_exchange(
            scripts["BTCUSDT"], more_symbols={"ETHUSDT": scripts["ETHUSDT"]}, rates=RATES
        )
        modes = (PositionMode.HEDGE, PositionMode.HEDGE, PositionMode.ONE_WAY)
        self.clients = [
            self.exchange.add_account(f"K{number}", "S", Decimal(balance), mode)
            for number, (mode, balance) in enumerate(
                zip(modes, (20_000, 3_000, 2_000), strict=True)
            )
        ]

    @rule(
        who=accounts,
        symbol=symbols,
        side=sides,
        qty=quantities,
        ratio=ratios,
        leg=st.integers(1, 2),
        kind=st.sampled_from(list(OrderKind)),
        tif=st.sampled_from(list(TimeInForce)),
        reduce_only=st.booleans(),
        stops=st.booleans(),
        self_match=st.sampled_from(("None", "None", "CancelMaker", "CancelTaker", "CancelBoth")),
    )
    def order(
        self,
        who: int,
        symbol: str,
        side: Side,
        qty: Decimal,
        ratio: Decimal,
        leg: int,
        kind: OrderKind,
        tif: TimeInForce,
        reduce_only: bool,
        stops: bool,
        self_match: str,
    ) -> None:
        """Send any order."""
        account = self.clients[who]
        last = self.exchange.market(symbol).last
        away = Decimal("0.02") * side.sign
        one_way = account.default_mode is PositionMode.ONE_WAY
        request = OrderRequest(
            symbol=symbol,
            side=side,
            kind=kind,
            qty=qty * (1 if symbol == "BTCUSDT" else 10),
            leg_index=0 if one_way else leg,
            price=last * ratio,
            time_in_force=tif,
            reduce_only=reduce_only,
            take_profit=last * ratio * (1 + away) if stops else None,
            stop_loss=last * ratio * (1 - away) if stops else None,
            self_match=self_match,
        )
        self._try(lambda: place(self.exchange, account, request))

    @rule(who=accounts, pick=st.integers(0, 50), ratio=ratios, qty=quantities)
    def amend(self, who: int, pick: int, ratio: Decimal, qty: Decimal) -> None:
        """Reprice and resize an open order."""
        account = self.clients[who]
        order = self._pick(account, pick)
        if order is None:
            return
        price = self.exchange.market(order.symbol).last * ratio
        request = AmendRequest(price=price, qty=qty)
        self._try(lambda: amend(self.exchange, account, order, request))

    @rule(who=accounts, pick=st.integers(0, 50))
    def cancel(self, who: int, pick: int) -> None:
        """Cancel an open order."""
        order = self._pick(self.clients[who], pick)
        if order is not None:
            cancel(self.exchange, self.clients[who], order)
            self.exchange.flush()

    @rule(
        who=accounts,
        symbol=symbols,
        leg=st.integers(0, 2),
        mode=st.sampled_from((StopMode.FULL, StopMode.PARTIAL)),
        away=st.integers(1, 300),
        trailing=st.booleans(),
    )
    def protect(
        self, who: int, symbol: str, leg: int, mode: StopMode, away: int, trailing: bool
    ) -> None:
        """Set stops on a leg."""
        account = self.clients[who]
        held = account.legs.get((symbol, leg))
        if held is None or held.side is None:
            return
        last = self.exchange.market(symbol).last
        gap = last * away / 10_000 * held.side.sign
        request = StopRequest(
            mode=mode,
            take_profit=last + gap,
            stop_loss=last - gap,
            qty=Decimal("0.05"),
            trailing=abs(gap) if trailing else None,
        )
        self._try(lambda: set_stops(self.exchange, account, held, request))

    @rule(who=accounts, symbol=symbols, leverage=st.integers(1, 50))
    def leverage(self, who: int, symbol: str, leverage: int) -> None:
        """Change leverage."""
        account, both = self.clients[who], Decimal(leverage)
        self._try(lambda: set_leverage(self.exchange, account, symbol, both, both))

    @rule(minutes=st.sampled_from((0.25, 0.5, 1, 2)))
    def pass_time(self, minutes: float) -> None:
        """Let the market move."""
        go(self.exchange, minutes)

    def _try(self, action: object) -> None:
        try:
            action()  # type: ignore[operator]
        except Refusal:
            pass
        finally:
            self.exchange.flush()

    def _pick(self, account: Account, number: int) -> Order | None:
        orders = [order for order in account.open_orders.values() if order.open]
        return orders[number % len(orders)] if orders else None

    @invariant()
    def money_and_quantities_are_conserved(self) -> None:
        """Whatever was ordered, all rules of conservation hold."""
        check_all(self.exchange, self.clients)


OrderFlow.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestOrderFlow = OrderFlow.TestCase
