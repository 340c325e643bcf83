import asyncio


async def record_fee(ledger: list, amount):
    """Append one fee after yielding to the loop once."""
    await asyncio.sleep(0)
    ledger.append(amount)


def fee_total(ledger: list):
    return sum(ledger)
