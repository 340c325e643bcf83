"""Alerts over a real socket: a webhook on loopback hears what the bot says, grouped."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

import pytest

from bot_trading.alerting import alert_desk, follow_lines
from bot_trading.errors import ConfigError
from bot_trading.ops.alerts import AlertDesk, read_addresses
from bot_trading.settings import load
from tests.builders.webhook import webhook

# One of the library's services looks at pictures with a module that Python 3.13 has not any more.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@dataclass(slots=True)
class Speaker:
    """What an engine's lines look like to those who follow them."""

    lines: deque[tuple[int, str, str]] = field(default_factory=lambda: deque(maxlen=200))


async def test_the_first_alert_leaves_at_once_and_repetitions_are_grouped() -> None:
    """A hundred of a kind within the time are one more message, with their count."""
    async with webhook() as hook:
        desk = AlertDesk(title="bot a", addresses=(hook.address,), group_s=60)
        desk.note("ERROR", "risk limit daily_loss_max_usdt is breached: 500, limit 500")
        await desk.send_due(1_000.0)
        assert [each["title"] for each in hook.told] == ["bot a"]
        assert "daily_loss_max_usdt is breached" in hook.told[0]["message"]
        for loss in range(100):
            desk.note("ERROR", f"risk limit daily_loss_max_usdt is breached: {loss}, limit 500")
        desk.note("WARNING", "bybit: stream is down: closed")
        await desk.send_due(1_001.0)
        assert len(hook.told) == 2
        assert hook.told[1]["message"].strip() == "WARNING: bybit: stream is down: closed"
        await desk.send_due(1_059.9)
        assert len(hook.told) == 2
        await desk.send_due(1_060.0)
        assert "is breached: 99, limit 500 (100 times)" in hook.told[2]["message"]
        assert (desk.sent, desk.failed) == (3, 0)


async def test_what_the_engine_says_reaches_people() -> None:
    """From the configured level on, and nothing twice; how soon is `bench_alerts`."""
    async with webhook() as hook:
        settings = load().alerts
        desk = alert_desk(settings, "a", {settings.addresses_env: hook.address})
        assert desk is not None
        speaker = Speaker()
        following = asyncio.create_task(follow_lines(speaker, desk, settings.level))  # type: ignore[arg-type]
        speaker.lines.append((1, "INFO", "nothing to tell"))
        speaker.lines.append((2, "ERROR", "trading state is HALTED, by risk"))
        await asyncio.wait_for(hook.heard.wait(), 30)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert [each["message"].strip() for each in hook.told] == [
            "ERROR: trading state is HALTED, by risk"
        ]


async def test_a_place_that_cannot_be_reached_is_counted() -> None:
    """And the next alert is sent all the same."""
    async with webhook() as hook:
        address = hook.address
    desk = AlertDesk(title="bot", addresses=(address,), group_s=60)
    desk.note("ERROR", "x")
    await desk.send_due(1.0)
    desk.note("ERROR", "y")
    await desk.send_due(2.0)
    assert (desk.sent, desk.failed) == (0, 2)


def test_an_address_that_is_not_understood_is_named_without_its_secret() -> None:
    """By its number and kind."""
    with pytest.raises(ConfigError, match=r"alert address 2 \(nonsense\)") as caught:
        AlertDesk(title="b", addresses=("json://127.0.0.1/x", "nonsense://secret"), group_s=1)
    assert "secret" not in str(caught.value)


def test_without_addresses_nobody_is_told() -> None:
    """And nothing is loaded for it."""
    assert alert_desk(load().alerts, "a", {}) is None
    assert read_addresses(" json://a \n tgram://b/c ") == ("json://a", "tgram://b/c")
