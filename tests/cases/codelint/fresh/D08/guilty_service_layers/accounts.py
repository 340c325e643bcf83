from .transport import Transport


class Accounts:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def margin(self, account: str) -> str:
        return self._transport.call(f"/margin/{account}")["free"]

    def margins(self, accounts: list[str]) -> dict[str, str]:
        return {account: self.margin(account) for account in accounts}
