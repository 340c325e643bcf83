"""`ExchangeManager`: several exchanges at once, each called by its name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from bot_trading.domain.account import Balance
from bot_trading.domain.messages import CancelOrder
from bot_trading.domain.order import ApprovedOrder, Order
from bot_trading.domain.reports import (
    LegReport,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderRejected,
)
from bot_trading.errors import ConfigError, ExchangeError
from bot_trading.exchanges.http import closed_on_failure
from bot_trading.ports import ExchangeClient

__all__ = ["ExchangeManager", "TotalBalance", "TradingAccount"]


class TradingAccount(ExchangeClient, Protocol):
    """An exchange client that also tells money and legs apart from a whole snapshot."""

    async def get_balance(self) -> Balance:
        """The money of the account, as confirmed now."""

    async def get_positions(self, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        """The legs of these symbols and every other open leg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalBalance:
    """Equity in quote coin over the exchanges that answered; `missing` says why others did not.

    A sum with anything missing is a partial sum: risk must not take it for the whole.
    """

    equity: Decimal
    balances: tuple[Balance, ...]
    missing: Mapping[str, str]


class ExchangeManager:
    """Holds clients by name and passes each call on to the one that owns the leg."""

    def __init__(self, clients: Mapping[str, TradingAccount]) -> None:
        if not clients:
            raise ConfigError("no exchange is configured: name at least one under exchanges")
        self._clients = dict(clients)

    @property
    def names(self) -> tuple[str, ...]:
        """The exchanges, in the order of the configuration."""
        return tuple(self._clients)

    def client(self, exchange: str) -> TradingAccount:
        """The client of an exchange; raises `ConfigError` for one that is not configured."""
        client = self._clients.get(exchange)
        if client is None:
            raise ConfigError(
                f"exchange {exchange!r} is not configured, only {', '.join(self._clients)}"
            )
        return client

    async def start(self) -> None:
        """Open every client, or none: what one raises closes those that were open already."""
        async with closed_on_failure(self.close):
            for client in self._clients.values():
                await client.open()

    async def close(self) -> None:
        """Close every client."""
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    async def place_order(
        self, approved: ApprovedOrder
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Send an order to the exchange of its leg."""
        return await self.client(approved.intent.leg_id.exchange).place_order(approved)

    async def modify_order(
        self,
        order: Order,
        *,
        quantity: Decimal | None = None,
        price: Decimal | None = None,
        stop_loss: Decimal | None = None,
        take_profit: Decimal | None = None,
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Change a resting order where it rests."""
        return await self.client(order.leg_id.exchange).modify_order(
            order,
            quantity=quantity,
            price=price,
            stop_loss=stop_loss,
            take_profit=take_profit,
        )

    async def cancel_order(
        self, cancel: CancelOrder
    ) -> OrderAccepted | OrderRejected | OrderOutcomeUnknown:
        """Cancel an order where it rests."""
        return await self.client(cancel.leg_id.exchange).cancel_order(cancel)

    async def get_balance(self, exchange: str) -> Balance:
        """The money on one exchange, as confirmed now."""
        return await self.client(exchange).get_balance()

    async def get_positions(self, exchange: str, symbols: Sequence[str]) -> tuple[LegReport, ...]:
        """The legs on one exchange."""
        return await self.client(exchange).get_positions(symbols)

    async def get_total_balance(self) -> TotalBalance:
        """The sum over the exchanges that answer, naming those that do not."""
        answers = await asyncio.gather(*(self._balance_or_why(name) for name in self._clients))
        balances = tuple(answer for answer in answers if isinstance(answer, Balance))
        return TotalBalance(
            equity=sum((balance.equity for balance in balances), Decimal(0)),
            balances=balances,
            missing={
                name: answer
                for name, answer in zip(self._clients, answers, strict=True)
                if isinstance(answer, str)
            },
        )

    async def _balance_or_why(self, exchange: str) -> Balance | str:
        try:
            return await self.get_balance(exchange)
        except ExchangeError as error:
            return str(error)
