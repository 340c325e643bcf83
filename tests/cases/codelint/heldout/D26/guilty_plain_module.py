equity_peak = 0
loss_streak = 0
symbols_seen: set = set()


async def on_trade(ledger):
    global loss_streak
    streak = loss_streak
    result = await ledger.result()
    loss_streak = streak + 1 if result < 0 else 0  # expect: D26


async def on_equity(source):
    global equity_peak
    before = equity_peak
    equity = await source.equity()
    if equity > before:
        equity_peak = equity  # expect: D26


async def on_symbol(source, symbol):
    if symbol not in symbols_seen:  # expect: D26|D27@seen
        await source.greet(symbol)
        symbols_seen.add(symbol)  # expect: D26|D27@seen
