"""Wall clock where it belongs: file names, candle boundaries, exchange stamps, calendars."""

import datetime as dt
import time


def candle_open_ms(now_ms, interval_ms):
    return now_ms - now_ms % interval_ms


def next_funding(now: dt.datetime) -> dt.datetime:
    base = now.replace(minute=0, second=0, microsecond=0)
    return base + dt.timedelta(hours=8 - base.hour % 8)


def report_name() -> str:
    return f"report-{int(time.time())}.html"


class Timer:
    def __enter__(self):
        self.begin = time.perf_counter()
        return self

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self.begin


def listed_days(instrument, today: dt.date) -> int:
    return (today - instrument.listed_on).days
