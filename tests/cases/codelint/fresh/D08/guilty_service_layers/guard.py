from .accounts import Accounts


class MarginGuard:
    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts

    async def below(self, names: list[str], floor: str) -> list[str]:
        margins = self.accounts.margins(names)  # expect: D08
        return [name for name, free in margins.items() if free < floor]
