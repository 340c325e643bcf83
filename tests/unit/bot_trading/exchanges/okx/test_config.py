"""What an OKX client is configured with."""

from __future__ import annotations

import pytest

from bot_trading.exchanges.okx.config import Credentials, OkxConfig


def test_secrets_show_in_no_repr() -> None:
    """Neither the secret nor the passphrase is printed by accident."""
    shown = repr(Credentials(api_key="key", api_secret="hush", passphrase="also-hush"))
    assert "key" in shown
    assert "hush" not in shown


@pytest.mark.parametrize("word", ["", "Cross", "spot", "x" * 100])
def test_an_unknown_margin_mode_is_refused(word: str) -> None:
    """A word that OKX does not have is told before anything is sent."""
    with pytest.raises(ValueError, match="expected cross or isolated"):
        OkxConfig(
            rest_url="", ws_public_url="", ws_private_url="", ws_business_url="", margin_mode=word
        )
