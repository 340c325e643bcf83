"""Dates, stamps and ages of things that were stamped by another machine."""

import time
from datetime import datetime, timedelta, timezone


def next_funding(now: datetime) -> datetime:
    hour = now.hour // 8 * 8 + 8
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)


def week_ago() -> datetime:
    return datetime.now(timezone.utc) - timedelta(days=7)


def stamped(row: dict) -> dict:
    return {**row, "ts_ms": int(time.time() * 1000)}


def request_window(server_ms: int) -> dict:
    return {"timestamp": server_ms, "recvWindow": 5000}
