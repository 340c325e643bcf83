"""Names and sizes as OKX counts them: BTCUSDT is BTC-USDT-SWAP, and base coin is contracts.

A contract is worth `ctVal` × `ctMult` base coin. Conversion is exact both ways: what is no whole
number of lots does not fit and is refused, never rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot_trading.errors import ExchangeError, MalformedMessage

__all__ = ["Contract", "Contracts", "DoesNotFit", "inst_id_of", "symbol_of"]

SUFFIX = "-SWAP"


class DoesNotFit(ExchangeError):
    """A quantity that is no whole number of lots, or of an instrument that OKX does not list."""


def inst_id_of(symbol: str, settle_coin: str) -> str:
    """BTCUSDT as BTC-USDT-SWAP; raises `DoesNotFit` for a symbol of another coin."""
    base = symbol.removesuffix(settle_coin)
    if not base or base == symbol:
        raise DoesNotFit(f"{symbol} is no swap settled in {settle_coin}, such as BTC{settle_coin}")
    return f"{base}-{settle_coin}{SUFFIX}"


def symbol_of(inst_id: str) -> str:
    """BTC-USDT-SWAP as BTCUSDT; raises `MalformedMessage` for what is no swap."""
    parts = inst_id.split("-")
    if len(parts) != 3 or parts[2] != "SWAP" or not parts[0] or not parts[1]:
        raise MalformedMessage(f"instId is {inst_id[:40]!r}, expected a swap such as BTC-USDT-SWAP")
    return parts[0] + parts[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Base coin in one contract, and the step, least and most contracts of an order."""

    symbol: str
    value: Decimal
    lot: Decimal
    least: Decimal
    most: Decimal
    most_at_market: Decimal


class Contracts:
    """What is known of the contracts; `put` when instruments were read."""

    def __init__(self) -> None:
        self._contracts: dict[str, Contract] = {}

    def put(self, contracts: Iterable[Contract]) -> None:
        """Keep these, in place of older words on the same symbols."""
        self._contracts |= {contract.symbol: contract for contract in contracts}

    @property
    def are_read(self) -> bool:
        """False until instruments were read for the first time."""
        return bool(self._contracts)

    def knows(self, inst_id: str) -> bool:
        """True for a swap whose contract was read: strangers' kinds of contracts are not ours."""
        parts = inst_id.split("-")
        return len(parts) == 3 and parts[2] == "SWAP" and parts[0] + parts[1] in self._contracts

    def most_at_market(self, inst_id: str) -> Decimal:
        """The greatest market order in contracts, of a swap that `knows` knows."""
        return self._contracts[symbol_of(inst_id)].most_at_market

    def quantity(self, symbol: str, size: Decimal) -> Decimal:
        """Base coin of so many contracts; `MalformedMessage` where the contract is not known."""
        contract = self._contracts.get(symbol)
        if contract is None:
            raise MalformedMessage(f"{symbol}: a size came before its contract value was read")
        return size * contract.value

    def size(self, symbol: str, quantity: Decimal) -> Decimal:
        """Contracts of so much base coin; raises `DoesNotFit`."""
        contract = self._contracts.get(symbol)
        if contract is None:
            raise DoesNotFit(f"okx lists no swap for {symbol}")
        lot = contract.lot * contract.value
        if quantity <= 0 or quantity % lot:
            raise DoesNotFit(f"{quantity} is no multiple of {symbol}'s step of {lot.normalize():f}")
        # Exact, for the quotient is a whole number of lots.
        return quantity // lot * contract.lot
