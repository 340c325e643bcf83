"""Which calls of the standard library and of asynchronous packages give a coroutine.

Names are spelled as `resolve` spells them: dotted origin, `()` for the result of a call. Calls that
start their work at once (tasks, futures) or only build a request are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from readiness.codelint.annotations import ASYNC_CALLABLE

__all__ = ["is_awaitable_call"]

_EXACT = frozenset(
    {"asyncio.sleep", "asyncio.wait_for", "asyncio.wait", "asyncio.to_thread", ASYNC_CALLABLE}
    | {"asyncio.open_connection", "asyncio.start_server", "asyncio.create_subprocess_exec"}
    | {"asyncio.create_subprocess_shell", "asyncio.open_unix_connection", "anyio.sleep"}
    | {"anyio.to_thread.run_sync", "trio.sleep", "asyncpg.connect"}
)
_PATTERNS = re.compile(
    r"^asyncio\.(locks\.)?(Lock|Semaphore|BoundedSemaphore|Condition)\.acquire$"
    r"|^asyncio\.(Event|Condition|Barrier)\.(wait|wait_for)$"
    r"|^(anyio|trio)\.(Event|Condition)(\(\))?\.wait$|^(anyio|trio)\.Lock\.acquire$"
    r"|^asyncio\.(Queue|LifoQueue|PriorityQueue)\.(get|put|join)$"
    r"|^asyncio\.StreamReader\.read\w*$|^asyncio\.StreamWriter\.(drain|wait_closed)$"
    r"|^asyncio\.create_subprocess_\w+\(\)\.(wait|communicate)$"
    r"|^aiohttp\.ClientSession\.close$"
    r"|^aiohttp\.ClientSession\.(get|post|put|delete|request)\(\)\.(json|text|read)$"
    r"|^aiohttp\.ClientSession\.ws_connect\(\)\.(send_\w+|receive\w*|close|ping|pong)$"
    r"|^aiohttp\.ClientWebSocketResponse\.(send_\w+|receive\w*|close|ping|pong)$"
    r"|^httpx\.AsyncClient\.(get|post|put|delete|patch|head|options|request|send|aclose)$"
    r"|^ccxt\.(async_support|pro)\.\w+(\(\))?\.(fetch_|create_|cancel_|edit_|load_|watch_|close|"
    r"withdraw|transfer|private_|public_|set_leverage|set_margin_mode|set_position_mode)\w*$"
    r"|^asyncpg\.((pool\.)?Pool|(pool\.)?PoolConnectionProxy|(connection\.)?Connection|connect\(\)|"
    r"create_pool\(\)|(pool\.)?Pool\.acquire\(\)|create_pool\(\)\.acquire\(\))\.(execute|executemany|fetch\w*|"
    r"close|copy_\w+|reload_schema_state)$"
    r"|^redis\.asyncio\.((client\.)?(Redis|StrictRedis)|from_url\(\)|Redis\.from_url\(\))\."
    r"(get|set|setex|hset|hget|hgetall|hdel|delete|expire|publish|lpush|rpush|lpop|rpop|incr\w*|"
    r"decr\w*|sadd|srem|smembers|zadd|zrem|xadd|exists|ping|close|aclose|flushdb|mset|mget)$"
    r"|^websockets\.(connect\(\)|\w*\.?client\.connect\(\)|WebSocketClientProtocol|ClientConnection|"
    r"\w+\.\w+\.ClientConnection)\.(send|recv|close|ping|pong|wait_closed)$"
    r"|^binance\.(client\.)?AsyncClient(\.create\(\))?\.(get|create|order|cancel|futures|"
    r"close|ping)\w*$"
    r"|^sqlalchemy\.ext\.asyncio\.(AsyncSession|AsyncConnection)\.(commit|execute|flush|rollback|"
    r"refresh|close|scalar|scalars|get|delete|merge)$"
    r"|^aiogram\.Bot\.\w+$|^telegram\.Bot\.(send|edit|delete|get|set|answer|forward|copy)_\w+$"
)


@lru_cache(maxsize=65536)
def is_awaitable_call(external: str) -> bool:
    """Whether a call of this outside name gives a coroutine that does nothing until awaited."""
    return external in _EXACT or bool(_PATTERNS.search(external))
