"""Every exception of the bot, drawn as one tree.

BotTradingError
├── ConfigError              a setting is missing, unknown, contradictory or in the wrong unit
├── ExchangeError            an exchange could not be used
│   ├── ExchangeUnavailable  no answer, or an answer that says "later"
│   ├── RateLimited          the exchange told us to wait
│   ├── AuthRejected         key, signature, clock or permission refused
│   ├── PositionModeMismatch the account is not in hedge mode
│   ├── MalformedMessage     bytes that do not mean what they should
│   └── RequestRefused       any other documented refusal
├── StoreError               the database could not be used
│   ├── StoreUnavailable     connection lost, server restarting, pool exhausted
│   └── AccountLocked        another core already trades this account
├── LaunchError              a start was refused, with the reason and the next step
└── InvariantBroken          we are wrong: trading halts

Expected trading outcomes (denied, rejected, unknown) are messages, never exceptions.
"""

from __future__ import annotations

__all__ = [
    "AccountLocked",
    "AuthRejected",
    "BotTradingError",
    "ConfigError",
    "ExchangeError",
    "ExchangeUnavailable",
    "InvariantBroken",
    "LaunchError",
    "MalformedMessage",
    "PositionModeMismatch",
    "RateLimited",
    "RequestRefused",
    "StoreError",
    "StoreUnavailable",
]


class BotTradingError(Exception):
    """The root: anything the bot raises on purpose."""


class ConfigError(BotTradingError):
    """A setting is missing, unknown, contradictory or in the wrong unit."""


class ExchangeError(BotTradingError):
    """An exchange could not be used."""


class ExchangeUnavailable(ExchangeError):
    """No answer, or an answer that says "later"; reads may be tried again."""


class RateLimited(ExchangeError):
    """The exchange told us to wait; `retry_at_ms` is until when by our own clock, if it said so."""

    def __init__(self, message: str, retry_at_ms: int | None = None) -> None:
        super().__init__(message)
        self.retry_at_ms = retry_at_ms


class AuthRejected(ExchangeError):
    """Key, signature, clock or permission refused."""


class PositionModeMismatch(ExchangeError):
    """The account is not in hedge mode."""


class MalformedMessage(ExchangeError):
    """Bytes that do not mean what they should; counted and reported, never guessed at."""


class RequestRefused(ExchangeError):
    """Any other documented refusal; `code` is the exchange's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class StoreError(BotTradingError):
    """The database could not be used."""


class StoreUnavailable(StoreError):
    """Connection lost, server restarting, pool exhausted: nothing was written."""


class AccountLocked(StoreError):
    """Another core already trades this account."""


class LaunchError(BotTradingError):
    """A start was refused, with the reason and the next step."""


class InvariantBroken(BotTradingError):
    """We are wrong: something that must hold does not, and trading halts."""
