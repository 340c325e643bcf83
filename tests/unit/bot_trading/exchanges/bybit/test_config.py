"""What a Bybit client is configured with."""

from __future__ import annotations

import traceback

import pytest

from bot_trading.exchanges.bybit.config import BybitConfig, Credentials
from bot_trading.exchanges.bybit.rest import SignedRest


def test_the_secret_shows_nowhere() -> None:
    """Neither repr, nor str, nor a traceback with locals shows an API secret."""
    credentials = Credentials(api_key="key", api_secret="hush-hush")
    config = BybitConfig(rest_url="http://x", ws_public_url="ws://x", ws_private_url="ws://x")
    assert "hush" not in repr(credentials) + str(credentials)
    with pytest.raises(ValueError, match="key") as raised:
        raise ValueError(credentials)
    assert "hush" not in "".join(traceback.format_exception(raised.value))
    assert "hush" not in repr(config)


async def test_the_client_does_not_show_it_either() -> None:
    """The signed client holds the secret and tells nobody."""
    config = BybitConfig(rest_url="http://x", ws_public_url="ws://x", ws_private_url="ws://x")
    assert "hush" not in repr(SignedRest(config, Credentials(api_key="k", api_secret="hush")))
