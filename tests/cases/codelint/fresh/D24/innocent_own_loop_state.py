"""State of one coroutine's own object, and a value that was not read before."""

from decimal import Decimal


class Report:
    def __init__(self) -> None:
        self.rows: list[str] = []
        self.total = Decimal(0)


async def build(names, read) -> Report:
    report = Report()
    for name in names:
        total = report.total
        amount = await read(name)
        report.total = total + amount
        report.rows.append(name)
    return report


class Cursor:
    def __init__(self) -> None:
        self.at = ""

    async def move(self, source) -> str:
        newest = await source.newest()
        self.at = newest
        return newest
