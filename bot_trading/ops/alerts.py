"""Alerts to people: what the bot says at a warning's level or above, grouped, through Apprise.

One address is one place, in Apprise's own words: Telegram `tgram://`, Discord `discord://`, Slack
`slack://`, e-mail `mailtos://`, a webhook `jsons://`. Addresses hold secrets and come from the
environment. A place that cannot be reached is logged and counted, and never holds the bot up.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot_trading.errors import ConfigError
from bot_trading.log import get_logger

__all__ = ["AlertDesk", "read_addresses"]

_NUMBERS = re.compile(r"[-+]?\d[\d.,:]*")
_LOOK_S = 0.25
_SEND_TIMEOUT_S = 20.0
_GROUPS_MAX = 1_000

log = get_logger(__name__)


def read_addresses(text: str) -> tuple[str, ...]:
    """The addresses of a variable, one per line or separated by blanks."""
    return tuple(text.split())


@dataclass(slots=True)
class _Group:
    """Alerts that differ in their numbers alone; `held` of them wait since `sent_s`."""

    level: str
    newest: str
    sent_s: float | None = None
    held: int = 0


@dataclass(slots=True)
class AlertDesk:
    """Sends the first alert of a kind at once, and what repeats it once per `group_s`, counted.

    Raises `ConfigError` for an address that Apprise does not know; the address is not repeated.
    """

    title: str
    addresses: Sequence[str]
    group_s: float
    sent: int = 0
    failed: int = 0
    _groups: dict[tuple[str, str], _Group] = field(default_factory=dict)
    _apprise: Any = None

    def __post_init__(self) -> None:
        # Loaded only where somebody is to be told: it takes a second.
        import apprise

        self._apprise = apprise.Apprise()
        for number, address in enumerate(self.addresses, start=1):
            if not self._apprise.add(address):
                kind = address.split("://")[0] if "://" in address else "no scheme"
                raise ConfigError(
                    f"alert address {number} ({kind}) is not understood: see the list of services "
                    "of Apprise for its form"
                )

    def note(self, level: str, text: str) -> None:
        """Take an alert in; it leaves with the next look."""
        key = (level, _NUMBERS.sub("#", text))
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= _GROUPS_MAX:
                self._groups.pop(next(iter(self._groups)))
            group = self._groups[key] = _Group(level=level, newest=text)
        group.newest = text
        group.held += 1

    async def run(self) -> None:
        """Send what is due until cancelled."""
        while True:
            await self.send_due(time.monotonic())
            await asyncio.sleep(_LOOK_S)

    async def send_due(self, now_s: float) -> None:
        """One message with every kind that was not told within `group_s` before `now_s`."""
        due = [each for each in self._groups.values() if each.held and self._is_due(each, now_s)]
        if not due:
            return
        lines = [_line(group) for group in due]
        for group in due:
            group.sent_s, group.held = now_s, 0
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                is_sent = await self._apprise.async_notify(body="\n".join(lines), title=self.title)
        except TimeoutError:
            is_sent = False
        if is_sent:
            self.sent += 1
            return
        self.failed += 1
        log.error("an alert reached not all of its places", lines=len(lines))

    def _is_due(self, group: _Group, now_s: float) -> bool:
        return group.sent_s is None or now_s - group.sent_s >= self.group_s


def _line(group: _Group) -> str:
    times = f" ({group.held} times)" if group.held > 1 else ""
    return f"{group.level}: {group.newest}{times}"
