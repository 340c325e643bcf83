"""Our own bot as the wire judge starts it: on this machine only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from bot_trading.errors import LaunchError
from readiness.wire.own_bot import main

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


def test_an_exchange_elsewhere_is_refused(tmp_path: Path) -> None:
    """Addresses of a real exchange are never traded at, whatever the file says."""
    file = tmp_path / "announced.json"
    names = ("rest_url", "ws_public_url", "ws_private_url", "ws_trade_url")
    file.write_text(json.dumps({"bybit": dict.fromkeys(names, "https://api.bybit.com")}))
    with pytest.raises(typer.BadParameter, match="bybit is not on this machine"):
        main(file, NOWHERE)


def test_an_announcement_without_the_exchange_is_refused(tmp_path: Path) -> None:
    """What was not announced is not guessed."""
    file = tmp_path / "announced.json"
    file.write_text("{}")
    with pytest.raises(LaunchError, match="did not say where bybit listens"):
        main(file, NOWHERE)
