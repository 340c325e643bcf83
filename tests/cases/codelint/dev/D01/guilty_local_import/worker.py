from .ledger import fee_total, record_fee


async def settle(fills, ledger):
    for fill in fills:
        record_fee(ledger, fill.fee)  # expect: D01
    return fee_total(ledger)
