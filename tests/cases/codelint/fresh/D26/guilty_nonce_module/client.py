from . import state
from .state import sessions


async def next_nonce(store) -> int:
    value = state.nonce + 1
    await store.save("nonce", value)
    state.nonce = value  # expect: D26
    return value


async def opened(store, user: str) -> int:
    before = sessions.get(user, 0)
    await store.save(user, before + 1)
    sessions[user] = before + 1  # expect: D26|D24|D27
    return before
