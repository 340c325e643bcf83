"""Guards that are always true, because a coroutine object is."""


class KillSwitch:
    async def engaged(self) -> bool:
        return False


class Session:
    def __init__(self, switch: KillSwitch) -> None:
        self.switch = switch

    async def is_open(self, market: str) -> bool:
        return market == "perp"

    async def may_trade(self, market: str) -> bool:
        if self.switch.engaged():  # expect: D03
            return False
        if not self.is_open(market):  # expect: D03
            return False
        return True

    async def label(self, market: str) -> str:
        return "open" if self.is_open(market) else "closed"  # expect: D03
