"""`run`, `call` and `system` of other objects."""


class Backtest:
    def __init__(self, system) -> None:
        self.system = system

    def run(self, rows: list[int]) -> int:
        return sum(rows)

    def call(self, name: str) -> str:
        return name.upper()


async def evaluate(backtest: Backtest, rows: list[int]) -> tuple[int, str]:
    return backtest.run(rows), backtest.call("sharpe")
