"""Writes of fresh values, statistics, and objects created in the same function."""


class Health:
    def __init__(self, probe):
        self.probe = probe
        self.latency_us = None
        self.checks = 0

    async def check(self, clock):
        report = Report()
        if report.lines is None:
            await self.probe.warm()
            report.lines = []
        started = clock.monotonic_us()
        await self.probe.ping()
        self.latency_us = clock.monotonic_us() - started
        self.checks += 1
        report.lines.append("ok")
        return report


class Report:
    def __init__(self):
        self.lines = None
