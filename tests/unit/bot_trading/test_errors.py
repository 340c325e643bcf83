"""The tree of exceptions."""

from __future__ import annotations

import pytest

from bot_trading import errors
from bot_trading.errors import ExchangeError, RateLimited, RequestRefused, StoreError


@pytest.mark.parametrize("name", errors.__all__)
def test_every_exception_has_the_same_root_and_says_when(name: str) -> None:
    """One `except BotTradingError` at a door catches what was raised on purpose."""
    kind = getattr(errors, name)
    assert issubclass(kind, errors.BotTradingError)
    assert kind.__doc__


def test_the_tree_is_as_drawn() -> None:
    """Callers catch branches."""
    for name in ("ExchangeUnavailable", "RateLimited", "AuthRejected", "MalformedMessage"):
        assert issubclass(getattr(errors, name), ExchangeError)
    for name in ("StoreUnavailable", "AccountLocked"):
        assert issubclass(getattr(errors, name), StoreError)
    assert not issubclass(errors.ConfigError, ExchangeError)


def test_a_refusal_keeps_the_exchanges_code() -> None:
    """Its own word, apart from the sentence."""
    error = RequestRefused("110007", "no money")
    assert (error.code, str(error)) == ("110007", "110007: no money")
    assert RateLimited("wait", 5).retry_at_ms == 5
    assert RateLimited("wait").retry_at_ms is None
