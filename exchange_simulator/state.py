"""The exchange's whole state, what it tells the world, and nothing that decides.

Whoever listens is told at once about orders and executions; legs and wallets are told once, at
the end of the operation that changed them.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

from exchange_simulator.book import Book
from exchange_simulator.clock import SimulatedClock
from exchange_simulator.errors import BadInput, Reason, Refusal
from exchange_simulator.instruments import Instrument
from exchange_simulator.market.symbol import MarketTrade, SymbolMarket
from exchange_simulator.model import (
    OWN_MARGIN,
    Account,
    Execution,
    Leg,
    Order,
    PositionMode,
    Side,
)
from exchange_simulator.rules import Rules

__all__ = ["MONEY_UNIT", "Exchange", "Liquidation", "Listener", "money"]

MONEY_UNIT = Decimal("0.00000001")


def money(amount: Decimal) -> Decimal:
    """Round an amount to the wallet's unit, 10^-8 USDT, half to even."""
    return amount.quantize(MONEY_UNIT, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidation:
    """A leg that the exchange closed by force, for the public liquidation stream."""

    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    time_ms: int


class Listener(Protocol):
    """A protocol that turns what happens into messages."""

    def order_changed(self, account: Account, order: Order) -> None:
        """An order of the account changed."""

    def executed(self, account: Account, executions: list[Execution]) -> None:
        """Fills or settlements of one operation."""

    def leg_changed(self, account: Account, leg: Leg) -> None:
        """A leg, or an order on it, changed."""

    def wallet_changed(self, account: Account) -> None:
        """The wallet's cash changed."""

    def market_traded(self, market: SymbolMarket, trade: MarketTrade) -> None:
        """The market moved one step."""

    def candle_closed(self, market: SymbolMarket, close_ms: int) -> None:
        """A base candle ended at this moment."""

    def book_changed(self, market: SymbolMarket) -> None:
        """Orders changed the book between two steps."""

    def liquidated(self, liquidation: Liquidation) -> None:
        """A leg was closed by force."""

    def operation_ended(self) -> None:
        """All that one request or one market step caused has been told."""


class Exchange:
    """Everything one exchange knows."""

    def __init__(
        self,
        *,
        name: str,
        clock: SimulatedClock,
        markets: dict[str, SymbolMarket],
        rules: Rules,
        seed: int,
    ) -> None:
        """Open with markets and without accounts; account 0 is the market itself."""
        self.name = name
        self.clock = clock
        self.markets = markets
        self.rules = rules
        self.seed = seed
        self.books = {symbol: Book() for symbol in markets}
        self.accounts: dict[str, Account] = {}
        self.by_id: dict[int, Account] = {}
        self.crowd = self._account("", "", Decimal(0), PositionMode.ONE_WAY)
        self.listener: Listener | None = None
        self.watched: dict[str, int] = {}
        self.triggers: dict[str, dict[str, Order]] = {symbol: {} for symbol in markets}
        self.book_touches: dict[str, int] = dict.fromkeys(markets, 0)
        self.liquidations: list[Liquidation] = []
        self.pieces = 1
        self.now_ms = clock.market_ms
        self.exposed: dict[str, set[int]] = {symbol: set() for symbol in markets}
        self._numbers: dict[str, int] = {}
        self._executions: dict[int, list[Execution]] = {}
        self._legs: dict[tuple[int, str, int], tuple[Account, Leg]] = {}
        self._wallets: dict[int, Account] = {}
        self._books: dict[str, SymbolMarket] = {}

    def add_account(
        self, api_key: str, api_secret: str, balance: Decimal, mode: PositionMode
    ) -> Account:
        """Open an account with a deposit in USDT.

        Raises:
            BadInput: the key is already in use.
        """
        if api_key in self.accounts:
            raise BadInput(f"API key {api_key!r} is used by two accounts; give each its own.")
        account = self._account(api_key, api_secret, balance, mode)
        self.accounts[api_key] = account
        return account

    def _account(self, key: str, secret: str, balance: Decimal, mode: PositionMode) -> Account:
        account = Account(
            account_id=len(self.by_id),
            api_key=key,
            api_secret=secret,
            deposited=money(balance),
            wallet=money(balance),
            default_mode=mode,
            mode_changed_ms=self.clock.market_ms,
            disconnect_window_s=self.rules.disconnect_window_s,
        )
        if mode is PositionMode.HEDGE:
            account.modes = dict.fromkeys(self.rules.one_way_symbols, PositionMode.ONE_WAY)
        self.by_id[account.account_id] = account
        return account

    def market(self, symbol: str) -> SymbolMarket:
        """Return a symbol's market.

        Raises:
            Refusal: there is no such symbol.
        """
        market = self.markets.get(symbol)
        if market is None:
            raise Refusal(Reason.UNKNOWN_SYMBOL, symbol)
        return market

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's instrument; raises Refusal where there is none."""
        return self.market(symbol).instrument

    def leg(self, account: Account, symbol: str, index: int) -> Leg:
        """Return a leg of an account, flat if it never traded."""
        key = (symbol, index)
        leg = account.legs.get(key)
        if leg is None:
            default = self.rules.default_leverage
            own = index >= OWN_MARGIN
            long, short = account.leverages.get((symbol, own), (default, default))
            leverage = short if index % OWN_MARGIN == 2 else long
            leg = Leg(symbol=symbol, index=index, leverage=leverage)
            account.legs[key] = leg
        return leg

    def number(self, what: str) -> int:
        """Return the next whole number of a named row, from 1."""
        number = self._numbers.get(what, 0) + 1
        self._numbers[what] = number
        return number

    def identifier(self, what: str) -> str:
        """Return the next identifier of a named row: a UUID drawn from seed and count."""
        text = f"{self.seed}:{self.name}:{what}:{self.number(what)}"
        return str(UUID(bytes=blake2b(text.encode(), digest_size=16).digest(), version=4))

    def tell_order(self, account: Account, order: Order) -> None:
        """Report an order's present state."""
        if self.listener is not None and account.account_id:
            self.listener.order_changed(account, order)

    def tell_execution(self, account: Account, execution: Execution) -> None:
        """Report a fill, together with others of the same operation."""
        if account.account_id:
            account.executions.append(execution)
            self._executions.setdefault(account.account_id, []).append(execution)

    def touch_leg(self, account: Account, leg: Leg) -> None:
        """Report a leg at the end of the operation."""
        if account.account_id:
            self._legs[(account.account_id, leg.symbol, leg.index)] = (account, leg)

    def touch_wallet(self, account: Account) -> None:
        """Report a wallet at the end of the operation."""
        if account.account_id:
            self._wallets[account.account_id] = account

    def touch_book(self, symbol: str) -> None:
        """Report that orders changed the book, and count it: with the step it numbers a state."""
        self.book_touches[symbol] += 1
        self._books[symbol] = self.markets[symbol]

    def tell_liquidation(self, liquidation: Liquidation) -> None:
        """Report a forced close."""
        self.liquidations.append(liquidation)
        if self.listener is not None:
            self.listener.liquidated(liquidation)

    def flush(self) -> None:
        """End an operation: report what it touched, in a fixed order."""
        executions, self._executions = self._executions, {}
        legs, self._legs = self._legs, {}
        wallets, self._wallets = self._wallets, {}
        books, self._books = self._books, {}
        listener = self.listener
        if listener is None:
            return
        for account_id, row in executions.items():
            listener.executed(self.by_id[account_id], row)
        for account, leg in legs.values():
            listener.leg_changed(account, leg)
        for account in wallets.values():
            listener.wallet_changed(account)
        for market in books.values():
            listener.book_changed(market)
        listener.operation_ended()
