async def has_margin(account, notional) -> bool:
    free = await account.free_margin()
    return free >= notional


async def can_enter(account, notional, halted: bool) -> bool:
    ok = not halted and has_margin(account, notional)  # expect: D03
    return bool(ok)
