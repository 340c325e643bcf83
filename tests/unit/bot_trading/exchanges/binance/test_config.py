"""What a client is told at its birth."""

from __future__ import annotations

from bot_trading.exchanges.binance.config import BinanceConfig, Credentials


def test_the_secret_shows_nowhere() -> None:
    """A log line of the credentials holds the key alone."""
    shown = repr(Credentials(api_key="public-part", api_secret="hush-hush"))
    assert "public-part" in shown
    assert "hush" not in shown


def test_the_listen_key_is_prolonged_well_within_its_hour() -> None:
    """Two attempts may fail before the stream is lost."""
    config = BinanceConfig(rest_url="", ws_public_url="", ws_market_url="", ws_private_url="")
    assert config.listen_key_interval_ms * 3 <= 3_600_000
    assert config.key_url == ""
