STATE = {"equity": 0, "peak": 0}


async def on_tick(account):
    peak = STATE["peak"]
    equity = await account.equity()
    if equity > peak:
        STATE["peak"] = equity  # expect: D26
    STATE["equity"] = equity


async def spend(amount, bank):
    global budget
    if budget >= amount:
        await bank.transfer(amount)
        budget -= amount  # expect: D26|D23


budget = 1000
