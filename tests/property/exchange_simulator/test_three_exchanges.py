"""All three exchanges at once on one market: nothing is made, lost, or carried from one to another.

Two hedge-mode clients of each exchange trade the same scripted prices in the exchange's own words.
After every act the sums that the wire tells are compared with the exchange's books, with what each
client was seen to trade, and, over all accounts of all exchanges, with the deposits.
"""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange_simulator.model import OWN_MARGIN, Account
from exchange_simulator.state import Exchange
from tests.property.exchange_simulator.conservation import check_all
from tests.property.exchange_simulator.exchanges import AnyClient, open_clients
from tests.unit.exchange_simulator.builders import START_MS, go, hedger, make_exchange

D = Decimal
EXCHANGES = ("binance", "bybit", "okx")
RATES = {START_MS + hours * 28_800_000: 0.0007 for hours in range(50)}
MOVES = st.lists(st.integers(-400, 400), min_size=30, max_size=30)
BALANCES = {"A": D(20_000), "B": D(3_000)}
names = st.sampled_from(EXCHANGES)
keys = st.sampled_from(sorted(BALANCES))
legs = st.sampled_from(("LONG", "SHORT"))
ratios = st.integers(-300, 300).map(lambda number: 1 + D(number) / 10_000)
sizes = st.integers(1, 900).map(lambda number: D(number) / 1000)


class ThreeExchanges(RuleBasedStateMachine):
    """One script of prices, three exchanges, two clients on each."""

    @initialize(moves=MOVES)
    def open(self, moves: list[int]) -> None:
        """Open all exchanges at the same moment; the smaller clients can be ruined."""
        price, script = D(60_000), ["60000"]
        for move in moves:
            price = (price * (1 + D(move) / 10_000)).quantize(D("0.1"))
            script.append(str(price))
        self.exchanges: dict[str, Exchange] = {}
        self.clients: dict[tuple[str, str], AnyClient] = {}
        for name in EXCHANGES:
            exchange = make_exchange(script, rates=RATES)
            for key, balance in BALANCES.items():
                hedger(exchange, str(balance), key)
            clients = open_clients(name, exchange, BALANCES)
            self.clients |= {(name, key): one for key, one in zip(BALANCES, clients, strict=True)}
            self.exchanges[name] = exchange

    def price(self, name: str, ratio: Decimal) -> str:
        """A price near the market, on a tick."""
        return str((self.exchanges[name].market("BTCUSDT").last * ratio).quantize(D("0.1")))

    @rule(name=names, key=keys, leg=legs, opens=st.booleans(), qty=sizes, ratio=ratios)
    def limit(
        self, name: str, key: str, leg: str, opens: bool, qty: Decimal, ratio: Decimal
    ) -> None:
        """A limit order of either side on either leg."""
        price = self.price(name, ratio)
        self._act(name, key, leg).order(leg, opens=opens, qty=qty, price=price)

    @rule(name=names, key=keys, leg=legs, opens=st.booleans(), qty=sizes)
    def market(self, name: str, key: str, leg: str, opens: bool, qty: Decimal) -> None:
        """A market order of either side on either leg."""
        self._act(name, key, leg).order(leg, opens=opens, qty=qty, price="")

    @rule(name=names, key=keys, leg=legs, away=st.integers(1, 300))
    def protect(self, name: str, key: str, leg: str, away: int) -> None:
        """A stop on the losing side of a leg."""
        gap = D(away) / 10_000 * (-1 if leg == "LONG" else 1)
        trigger = self.price(name, 1 + gap)
        self._act(name, key, leg).protect(leg, qty=D("0.05"), trigger=trigger)

    @rule(name=names, key=keys)
    def cancel_all(self, name: str, key: str) -> None:
        """Cancel all orders of a client."""
        self._act(name, key, "").cancel_all()

    @rule(minutes=st.sampled_from((0.25, 0.5, 1, 2, 480)))
    def pass_time(self, minutes: float) -> None:
        """Let the one market move on every exchange, now and then over a funding time."""
        for exchange in self.exchanges.values():
            go(exchange, minutes)

    def _act(self, name: str, key: str, leg: str) -> AnyClient:
        """Return a client; the other leg and all other exchanges must stay as they are.

        A rival on the same exchange may be filled by the act, so only other exchanges are frozen.
        """
        self.frozen = {
            other: _picture(exchange) for other, exchange in self.exchanges.items() if other != name
        }
        self.untouched = (name, key, {"LONG": 2, "SHORT": 1}.get(leg, 0))
        account = self.exchanges[name].accounts[key]
        index = self.untouched[2]
        # Orders of the same client may meet, and then both of its legs trade.
        resting = (order.leg_index % OWN_MARGIN for order in account.open_orders.values())
        self.size_before = _size(account, index) if index not in resting else None
        return self.clients[(name, key)]

    @invariant()
    def no_act_reaches_another_exchange_or_leg(self) -> None:
        """An order on one leg of one exchange leaves all others as they are."""
        frozen = getattr(self, "frozen", {})
        for other, picture in frozen.items():
            assert _picture(self.exchanges[other]) == picture
        if frozen and self.size_before is not None:
            name, key, index = self.untouched
            assert _size(self.exchanges[name].accounts[key], index) <= self.size_before
        self.frozen = {}

    @invariant()
    def the_wire_tells_the_books(self) -> None:
        """Sizes and money that a client reads are those that its exchange keeps."""
        for (name, key), client in getattr(self, "clients", {}).items():
            account = self.exchanges[name].accounts[key]
            held = {"LONG": _size(account, 1), "SHORT": _size(account, 2)}
            assert client.legs() == held
            cash, unrealised = client.money()
            market = self.exchanges[name].market("BTCUSDT")
            assert cash == account.wallet
            shown = sum((leg.unrealised(market.mark) for leg in account.held()), D(0))
            assert abs(unrealised - shown) <= D("1e-7")

    @invariant()
    def money_is_conserved_over_all_exchanges(self) -> None:
        """Cash, unrealised profit, fees and funding of all accounts sum to the deposits."""
        total = funding = D(0)
        for exchange in getattr(self, "exchanges", {}).values():
            check_all(exchange, list(exchange.accounts.values()))
            for account in exchange.by_id.values():
                total += account.wallet + account.fees_paid - account.deposited
                funding += account.funding_paid
                total += sum(
                    (
                        leg.unrealised(exchange.market(leg.symbol).mark)
                        for leg in account.legs.values()
                    ),
                    D(0),
                )
        assert (total, funding) == (0, 0)

    @invariant()
    def one_market_shows_one_price(self) -> None:
        """Whatever clients do, the tape is given, and it is the same everywhere."""
        exchanges = getattr(self, "exchanges", {}).values()
        assert len({exchange.market("BTCUSDT").last for exchange in exchanges}) <= 1


def _size(account: Account, index: int) -> Decimal:
    """Return what a leg holds, cross and isolated together."""
    sizes = (leg.qty for leg in account.legs.values() if leg.index % OWN_MARGIN == index)
    return sum(sizes, D(0))


def _picture(exchange: Exchange) -> list[tuple[object, ...]]:
    """Return all that an order could change in an exchange's accounts."""
    return [
        (
            account.wallet,
            len(account.executions),
            sorted(account.open_orders),
            {key: leg.qty for key, leg in account.legs.items() if leg.qty},
        )
        for account in exchange.by_id.values()
    ]


ThreeExchanges.TestCase.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
TestThreeExchanges = ThreeExchanges.TestCase
