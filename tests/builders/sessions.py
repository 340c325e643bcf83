"""Sessions of the bot against a simulator process, as the launcher would run them."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from bot_trading.exchanges.bybit.config import Credentials
from bot_trading.session import Session
from bot_trading.settings import Settings, load


def settings_for(announced: dict[str, Any], **changes: dict[str, Any]) -> Settings:
    """The default configuration, pointed at a simulator; `changes` by section name."""
    place = announced["bybit"]
    settings = load()
    names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
    addresses = {key: place[key] for key in names}
    data = settings.model_dump()
    data["exchanges"]["bybit"].update(addresses)
    for section, values in changes.items():
        data[section].update(values)
    return Settings.model_validate(data)


def a_session(
    announced: dict[str, Any],
    settings: Settings,
    database_url: str,
    account: str,
    duration_s: float | None,
) -> Session:
    """A session whose plain lines go nowhere."""
    place = announced["bybit"]
    keys = Credentials(api_key=place["api_key"], api_secret=place["api_secret"])
    return Session(
        settings=settings,
        account=account,
        database_url=database_url,
        credentials={"bybit": keys},
        duration_s=duration_s,
        console=Console(file=io.StringIO()),
    )
