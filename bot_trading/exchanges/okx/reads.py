"""What is read from OKX by REST: pages put together, rows turned into reports.

Functions over a `SignedRest`; each raises the `ExchangeError`s of its calls, and
`MalformedMessage` for a row that cannot be understood, since a snapshot with a hole is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from msgspec import Raw

from bot_trading.clock import now_us
from bot_trading.domain.account import Balance
from bot_trading.domain.instrument import Instrument, InstrumentId
from bot_trading.domain.market import Candle, FundingRate
from bot_trading.domain.reports import FillReport, OrderReport
from bot_trading.errors import MalformedMessage, RequestRefused
from bot_trading.exchanges.figures import not_negative, number
from bot_trading.exchanges.okx import reports, stops, wire
from bot_trading.exchanges.okx.contracts import Contract, Contracts, inst_id_of
from bot_trading.exchanges.okx.errors import NO_SUCH_ORDER
from bot_trading.exchanges.okx.known import Holding, KnownLegs, holding_of
from bot_trading.exchanges.okx.rest import Group, Reply, SignedRest
from bot_trading.exchanges.okx.stops import Algo
from bot_trading.exchanges.okx.streams import candle_word
from bot_trading.exchanges.pages import all_pages

__all__ = [
    "SWAPS",
    "read_account",
    "read_algos",
    "read_balance",
    "read_candles",
    "read_contracts",
    "read_fills",
    "read_funding_rates",
    "read_instruments",
    "read_legs",
    "read_market_ms",
    "read_open_orders",
    "read_order",
    "read_pages",
    "read_stops",
    "stop_reports",
]

PAGE_ROWS = 100
RECENT_MS = 3 * 86_400_000 - 3_600_000  # trade/fills lists three days; older ones have their own.
CANDLES_MAX = 300
SWAPS = {"instType": "SWAP"}
PROTECTIVE_KINDS = "conditional,oco"  # The service lists only these two kinds together.
ALGO_KINDS = (PROTECTIVE_KINDS, "trigger", "move_order_stop")

Row = TypeVar("Row")
Complain = reports.Complain


async def read_account(rest: SignedRest) -> wire.AccountConfig:
    """Who we are, what the key may, and how legs are kept."""
    path = "/api/v5/account/config"
    return _one(await rest.read(path, {}, Group.ACCOUNT), wire.decode_account_config, path)


async def read_balance(rest: SignedRest, coin: str) -> Balance:
    """The account's money in `coin`; an account that does not list the coin holds none of it."""
    path = "/api/v5/account/balance"
    row = _one(await rest.read(path, {}, Group.BALANCE), wire.decode_balance, path)
    return reports.balance_of(row, coin) or reports.no_balance(coin, row.u_time * 1000)


async def read_contracts(
    rest: SignedRest, contracts: Contracts, coin: str
) -> tuple[tuple[wire.InstrumentRow, Contract], ...]:
    """Every linear swap settled in `coin`; `contracts` knows them from then on."""
    path = "/api/v5/public/instruments"
    reply = await rest.read(path, SWAPS, Group.MARKET, signed=False)
    found = []
    for raw in reply.rows:
        name = wire.decode(wire.decode_instrument_name, raw, path).inst_id
        if name.endswith(f"-{coin}-SWAP"):
            row = wire.decode(wire.decode_instrument, raw, path)
            contract = reports.contract_of(row, coin)
            if contract is not None:
                found.append((row, contract))
    contracts.put(contract for _, contract in found)
    return tuple(found)


async def read_instruments(
    rest: SignedRest, contracts: Contracts, symbols: Sequence[str], coin: str
) -> tuple[Instrument, ...]:
    """The instruments of these symbols; a symbol that OKX does not list is left out."""
    found = []
    for row, contract in await read_contracts(rest, contracts, coin):
        if contract.symbol in symbols:
            minutes = await _funding_interval_min(rest, row.inst_id)
            found.append(reports.instrument_of(row, contract, minutes))
    return tuple(found)


async def read_legs(
    rest: SignedRest, contracts: Contracts, known: KnownLegs, margin_mode: str, complain: Complain
) -> None:
    """Tell `known` every open leg of ours; one under another margin mode is a stranger's."""
    path, asked_at = "/api/v5/account/positions", known.mark
    reply = await rest.read(path, SWAPS, Group.POSITIONS)
    held: list[Holding] = []
    for raw in reply.rows:
        row = wire.decode(wire.decode_position, raw, path)
        if row.mgn_mode not in ("", margin_mode):
            complain(f"a leg of {row.inst_id[:40]} with {row.mgn_mode[:20]!r} margin")
        elif contracts.knows(row.inst_id):
            held.append(holding_of(row, contracts))
    known.hold_listed(held, asked_at)


async def read_algos(
    rest: SignedRest, contracts: Contracts, known: KnownLegs, complain: Complain
) -> tuple[wire.AlgoRow, ...]:
    """Every live order of the algo service; `known` learns which of them protect legs."""
    path, asked_at = "/api/v5/trade/orders-algo-pending", known.mark
    rows: list[wire.AlgoRow] = []
    for kind in ALGO_KINDS:
        params = {**SWAPS, "ordType": kind}
        rows += await read_pages(rest, path, params, Group.STOPS, wire.decode_algo, _algo_id)
    ours = [row for row in rows if contracts.knows(row.inst_id)]
    found = [algo for row in ours if (algo := stops.algo_of(row, contracts)) is not None]
    known.protect_listed([algo for algo in found if known.is_own(algo)], asked_at)
    if len(ours) < len(rows):
        complain("algo orders of contracts that are not traded here")
    return tuple(ours)


def stop_reports(
    rows: Sequence[wire.AlgoRow], contracts: Contracts, known: KnownLegs, complain: Complain
) -> list[OrderReport]:
    """Live orders of the algo service; what covers a whole leg has the leg's size."""
    found: list[OrderReport] = []
    for row in rows:
        algo = stops.algo_of(row, contracts)
        held = Decimal(0) if algo is None else known.quantity(algo.leg_id)
        is_own = algo is not None and known.is_own(algo)
        found += stops.stop_reports(row, contracts, held, now_us(), complain, is_own=is_own)
    return found


async def read_stops(
    rest: SignedRest, contracts: Contracts, known: KnownLegs, inst_id: str
) -> tuple[Algo, ...]:
    """Our own live stops of one instrument's legs."""
    path = "/api/v5/trade/orders-algo-pending"
    params = {**SWAPS, "instId": inst_id, "ordType": PROTECTIVE_KINDS}
    rows = await read_pages(rest, path, params, Group.STOPS, wire.decode_algo, _algo_id)
    found = (stops.algo_of(row, contracts) for row in rows)
    return tuple(algo for algo in found if algo is not None and known.is_own(algo))


async def read_open_orders(
    rest: SignedRest, contracts: Contracts, known: KnownLegs, complain: Complain
) -> tuple[OrderReport, ...]:
    """Every order that rests on the book."""
    path = "/api/v5/trade/orders-pending"
    rows = await read_pages(rest, path, SWAPS, Group.ORDERS, wire.decode_order, _order_id)
    return tuple(
        reports.order_report(row, contracts, known.kind_of(row), now_us(), complain)
        for row in rows
        if contracts.knows(row.inst_id)
    )


async def read_order(rest: SignedRest, inst_id: str, client_order_id: str) -> wire.OrderRow | None:
    """One order by its client id: asked for by name, which finds live and recent ones, then looked
    for in the history of seven days; None in neither."""
    path = "/api/v5/trade/order"
    named = {"instId": inst_id, "clOrdId": client_order_id}
    try:
        row = _one(await rest.read(path, named, Group.ORDERS), wire.decode_order, path)
    except RequestRefused as refused:
        if refused.code != NO_SUCH_ORDER:
            raise
    else:
        if row.cl_ord_id == client_order_id:
            return row
        raise MalformedMessage(f"{path} tells of {row.cl_ord_id[:40]!r}, which was not asked for")
    rows = await read_pages(
        rest,
        "/api/v5/trade/orders-history",
        {**SWAPS, "instId": inst_id},
        Group.HISTORY,
        wire.decode_order,
        _order_id,
    )
    ours = [row for row in rows if row.cl_ord_id == client_order_id]
    return max(ours, key=lambda row: row.u_time, default=None)


async def read_fills(
    rest: SignedRest,
    contracts: Contracts,
    filters: Mapping[str, str],
    *,
    since_ms: int,
    market_ms: int,
    coin: str,
    complain: Complain,
) -> tuple[FillReport, ...]:
    """Fills from `since_ms` on, oldest first, each once; 0 asks for the last three days."""
    is_recent = since_ms == 0 or market_ms - since_ms < RECENT_MS
    path = "/api/v5/trade/fills" if is_recent else "/api/v5/trade/fills-history"
    group = Group.FILLS if is_recent else Group.OLD_FILLS
    begin = {"begin": str(since_ms)} if since_ms else {}
    params = {**SWAPS, **filters, **begin}
    rows = await read_pages(rest, path, params, group, wire.decode_fill, _bill_id)
    found = {
        (row.inst_id, row.trade_id, row.ord_id): reports.fill_report(
            row, contracts, coin, now_us(), complain
        )
        for row in reversed(rows)
        if contracts.knows(row.inst_id)
    }
    return tuple(sorted(found.values(), key=lambda fill: fill.ts_event_us))


async def read_candles(
    rest: SignedRest,
    instrument_id: InstrumentId,
    interval_s: int,
    limit: int,
    coin: str,
    until_us: int | None = None,
) -> tuple[Candle, ...]:
    """The last `limit` closed candles, oldest first, fewer where the instrument is younger.

    The newest 1440 come from market/candles, what is older from market/history-candles. With
    `until_us` they close by then.
    """
    older: dict[str, str] = {}
    if until_us is not None:
        older = {"after": str(until_us // 1000 - interval_s * 1000 + 1)}
    found: dict[int, Candle] = {}
    paths = ["/api/v5/market/history-candles", "/api/v5/market/candles"]
    inst_id = inst_id_of(instrument_id.symbol, coin)
    while len(found) < limit and paths:
        reply = await rest.read(
            paths[-1],
            {
                "instId": inst_id,
                "bar": candle_word(interval_s),
                "limit": str(min(CANDLES_MAX, limit - len(found) + 1)),
                **older,
            },
            Group.MARKET,
            signed=False,
        )
        texts = [wire.decode(wire.decode_texts, raw, "a candle") for raw in reply.rows]
        page = [reports.candle_of(instrument_id, interval_s, row) for row in texts]
        fresh = {
            candle.open_us: candle
            for candle, is_closed in page
            if is_closed and candle.open_us not in found
        }
        if not fresh:
            paths.pop()
            continue
        found |= fresh
        older = {"after": str(min(found) // 1000)}
    return tuple(found[open_us] for open_us in sorted(found)[-limit:])


async def read_funding_rates(
    rest: SignedRest,
    instrument_id: InstrumentId,
    limit: int,
    coin: str,
    until_us: int | None = None,
) -> tuple[FundingRate, ...]:
    """The last rates settled by `until_us`, oldest first; a row of another swap is malformed."""
    path = "/api/v5/public/funding-rate-history"
    inst_id = inst_id_of(instrument_id.symbol, coin)
    params = {"instId": inst_id, "limit": str(min(limit, PAGE_ROWS))}
    if until_us is not None:
        params["after"] = str(until_us // 1000 + 1)  # What was settled before that.
    reply = await rest.read(path, params, Group.MARKET, signed=False)
    rates = []
    for raw in reply.rows:
        row = wire.decode(wire.decode_funding, raw, path)
        if row.inst_id != inst_id:
            raise MalformedMessage(f"{path} tells of {row.inst_id[:20]!r}, which was not asked for")
        rates.append(
            FundingRate(
                instrument_id=instrument_id,
                rate=number(row.realized_rate or row.funding_rate, "fundingRate"),
                ts_settled_us=row.funding_time * 1000,
            )
        )
    return tuple(sorted(rates, key=lambda rate: rate.ts_settled_us))


async def read_market_ms(rest: SignedRest, inst_id: str) -> int:
    """The exchange's market time, by a ticker: the clock that executions are stamped by.

    On a replayed market it is far from wall time, by which requests are signed.
    """
    path = "/api/v5/market/ticker"
    reply = await rest.read(path, {"instId": inst_id}, Group.MARKET, signed=False)
    return _one(reply, wire.decode_ticker, path).ts


async def _funding_interval_min(rest: SignedRest, inst_id: str) -> int:
    path = "/api/v5/public/funding-rate"
    reply = await rest.read(path, {"instId": inst_id}, Group.MARKET, signed=False)
    row = _one(reply, wire.decode_funding_now, path)
    other = str(row.next_funding_time or row.prev_funding_time or "")
    minutes = abs(int(not_negative(other, "nextFundingTime")) - row.funding_time) // 60_000
    if not 0 < minutes <= 24 * 60:
        raise MalformedMessage(f"{inst_id} settles funding every {minutes} min, expected 60 to 480")
    return minutes


def _one(reply: Reply, decoder: Callable[[bytes | Raw], Row], what: str) -> Row:
    if len(reply.rows) != 1:
        raise MalformedMessage(f"{what} has {len(reply.rows)} rows, expected one")
    return wire.decode(decoder, reply.rows[0], what)


async def read_pages(
    rest: SignedRest,
    path: str,
    params: Mapping[str, str],
    group: Group,
    decoder: Callable[[bytes | Raw], Row],
    id_of: Callable[[Row], str],
) -> list[Row]:
    """The rows of every page, newest first; a page that repeats a row is malformed."""
    seen: set[str] = set()

    async def ask(cursor: str) -> tuple[Sequence[Row], str]:
        after = {"after": cursor} if cursor else {}
        reply = await rest.read(path, {**params, "limit": str(PAGE_ROWS), **after}, group)
        page = [wire.decode(decoder, raw, path) for raw in reply.rows]
        ids = {id_of(row) for row in page}
        if ids & seen or len(ids) < len(page):
            raise MalformedMessage(f"{path} lists a row twice")
        seen.update(ids)
        return page, id_of(page[-1]) if len(page) == PAGE_ROWS else ""

    return await all_pages(ask, path)


def _order_id(row: wire.OrderRow) -> str:
    return row.ord_id


def _algo_id(row: wire.AlgoRow) -> str:
    return row.algo_id


def _bill_id(row: wire.FillRow) -> str:
    return row.bill_id
