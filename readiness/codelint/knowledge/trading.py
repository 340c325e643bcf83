"""Trading words: which calls place, change or cancel orders, and how arguments are named.

Patterns are read against snake case, so `positionIdx` and `position_idx` are one word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import constant, dict_entries, last_name, snake

__all__ = [
    "CLIENT_ID",
    "CLOSING",
    "EXCHANGE",
    "MONEY",
    "POSITION_IDX",
    "QUANTITY",
    "REDUCE_ONLY",
    "OrderCall",
    "exchange_call",
    "order_call",
]

_PLACE = re.compile(
    r"^_*(async_|safe_|do_|try_|private_post_|private_linear_post_|fapi_private_post_)?"
    r"(create|place|submit|send|post|new|execute|open|batch_place|futures_create|set)_"
    r"(\w+_)?orders?(_async|_with_retry|_ws|_safe|_now|_request|_create|_sync)?$"
    r"|^_*(market|limit|stop)_(buy|sell|order)$|^_*(buy|sell)_(market|limit)$|^order_create$"
)
_NOUN = re.compile(r"^_*(open|new|market|limit)_(\w+_)?orders$")
_CHANGE = re.compile(
    r"^_*(futures_|margin_|spot_|async_|safe_)*"
    r"(amend|modify|edit|replace|cancel|close|reduce|set|update|change)_(\w+_)?"
    r"(orders?|positions?|trading_stop|leverage|stop_loss|take_profit|sltp)"
    r"(_async|_partial|_market|_by_\w+)?$"
)
_READ = re.compile(
    r"^_*(futures|margin)_(account|position|klines|ticker|order_book|mark_price|funding|exchange|"
    r"income|get)\w*$|^_*(futures_|margin_|spot_|async_|safe_)*(get|fetch|query|load|request|list)_(\w+_)?(orders?|positions?|balances?|wallet\w*|"
    r"tickers?|klines?|candles|ohlcv|executions?|fills|trades|instruments?|markets?|order_?book|"
    r"funding\w*|leverage|mark_price|account\w*|equity|open_interest|symbols?|fees?|income)(_\w+)?$"
)
_ASKS = re.compile(r"^(get|fetch|load|query|list|set|switch|ping|server)_\w+$")
_STRICT = re.compile(r"(^|[._])(exchanges?|bybit|binance|okx|broker|venue|ccxt|rest|gateway)$")
_PATHS = re.compile(r"order/create|order/amend|/v\d/order\b|trade/order|order/place|batch_?orders")
EXCHANGE = re.compile(
    r"(^|[._])(exchanges?|client|api|rest|broker|connector|gateway|venue|bybit|binance|okx|okex|"
    r"kucoin|gate|bitget|kraken|ccxt|session|http|trader|adapter|primary|backup|secondary)([._]|$)"
)
_STORE = re.compile(
    r"(^|[._])(db|database|repo|repository|repositories|store|storage|dao|journal|table|cache|"
    r"mock|importer|\w+_importer|backtest\w*|simulator|factory|builder|model|schema|log|logger|metrics|notifier|telegram|ui|view|serializer)"
    r"([._]|$)"
)
POSITION_IDX = re.compile(r"^(position_?idx|position_side|pos_side|position_index|leg|leg_idx)$")
REDUCE_ONLY = re.compile(r"^(is_)?(reduce_?only|close_on_trigger|close_position)$")
CLIENT_ID = re.compile(
    r"^(client_?order_?id|new_client_order_id|order_link_id|cl_ord_id|clordid|client_?oid|"
    r"client_id|link_id|text_id|idempotency_key|order_tag|intent_id|x_idempotency_key)$"
)
QUANTITY = re.compile(r"(^|_)(qty|quantity|size|amount|volume|contracts|lots?)(_|$)")
MONEY = re.compile(
    r"(^|_)(price|prices|px|qty|quantity|amount|balance|equity|pnl|fees?|commission|cost|notional|"
    r"margin|stop_loss|take_profit|sl|tp|wallet|profit|loss|cash|funds|exposure)(_|$)"
)
CLOSING = re.compile(
    r"^_*(async_|try_|force_|auto_|emergency_|do_|execute_|handle_|safe_|market_|partial_|partially_)*"
    r"(close|exit|flatten|unwind|reduce|liquidate|scale_out|take_partial|take_profit|stop_out|tp)"
    r"(?!_(price|time|candle|bar|reason|side))(_|$)|partial_(close|tp|take_profit|exit)|"
    r"(close|exit|reduce|flatten)_(position|leg|trade|all|long|short)|cover_short|sell_all"
)
_MAKES_ARGUMENTS = re.compile(
    r"^_*(to_|build|make|prepare|model_dump|asdict|copy|dict$)|params|order|request|payload|body|"
    r"kwargs|args|intent"
)
_SYMBOL = frozenset({"symbol", "inst_id", "instrument", "pair", "market", "instrument_id"})


@dataclass(frozen=True, slots=True)
class OrderCall:
    """An order that leaves for an exchange, with its arguments by snake-case name.

    `is_open` says that more arguments may be there than can be read: `**params`, an order object.
    """

    site: CallSite
    arguments: dict[str, ast.expr]
    is_open: bool

    def value(self, pattern: re.Pattern[str]) -> ast.expr | None:
        """The first argument whose name matches."""
        return next((v for name, v in self.arguments.items() if pattern.search(name)), None)

    @property
    def is_explicit(self) -> bool:
        """Whether symbol and side are spelled out, so that what is missing is really missing."""
        return bool(_SYMBOL & set(self.arguments)) and "side" in self.arguments


def order_call(site: CallSite) -> OrderCall | None:
    """The order that the call places, None where it places none."""
    if "order" not in site.known:
        site.known["order"] = _order_call(site)
    known = site.known["order"]
    return known if isinstance(known, OrderCall) else None


def _order_call(site: CallSite) -> OrderCall | None:
    name = snake(site.name)
    if _PATHS.search(" ".join(_path_arguments(site.node, site.function))) and name in {
        "post",
        "request",
        "_request",
        "_post",
        "send",
        "_send",
        "call",
        "private_post",
        "signed_request",
        "_signed_request",
        "request_signed",
        "post_signed",
    }:
        return _read(site)
    if not _PLACE.search(name) or _NOUN.search(name) or not _leaves(site):
        return None
    return _read(site)


def _path_arguments(call: ast.Call, function: Function) -> Iterator[str]:
    """The texts of the first two arguments, names of local strings followed."""
    for value in call.args[:2]:
        text = constant(value)
        if isinstance(text, str):
            yield text
        elif isinstance(value, (ast.BinOp, ast.JoinedStr)):
            yield " ".join(str(constant(inner) or "") for inner in ast.walk(value))
        elif isinstance(value, ast.Name):
            for binding in function.bindings.get(value.id, []):
                if isinstance(binding.expression, (ast.BinOp, ast.JoinedStr, ast.Constant)):
                    inner = ast.walk(binding.expression)
                    yield " ".join(str(constant(node) or "") for node in inner)


def _leaves(site: CallSite) -> bool:
    """Whether the call goes to an exchange and is no row in a table nor a local builder."""
    receiver = snake(site.receiver)
    if _STORE.search(receiver):
        return False
    if site.constructs is not None:
        return False
    target = site.target
    if target is not None and target.owner is not None and _STORE.search(snake(target.owner.name)):
        return False
    if target is not None and not target.is_async and not target.calls:
        return bool(EXCHANGE.search(receiver)) or _is_declared_only(target)
    return True


def _is_declared_only(function: Function) -> bool:
    """A protocol or abstract method: no body of its own."""
    body = [
        statement
        for statement in function.body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]
    return all(isinstance(statement, (ast.Pass, ast.Raise)) for statement in body)


def _read(site: CallSite) -> OrderCall:
    arguments: dict[str, ast.expr] = {}
    is_open = False
    for value in site.node.args:
        is_open = _take(value, site.function, arguments) or is_open
    for keyword in site.node.keywords:
        if keyword.arg is None or keyword.arg in {
            "params",
            "json",
            "data",
            "body",
            "order",
            "payload",
            "extra",
        }:
            is_open = _take(keyword.value, site.function, arguments) or is_open
        else:
            arguments[snake(keyword.arg)] = keyword.value
    _name_positions(site, arguments)
    return OrderCall(site=site, arguments=arguments, is_open=is_open)


def _take(value: ast.expr, function: Function, arguments: dict[str, ast.expr]) -> bool:
    """Read a dictionary or a constructed order into the arguments; True where it is opaque."""
    if isinstance(value, (ast.Dict, ast.Call)):
        return _take_display(value, function, arguments)
    if isinstance(value, ast.Name):
        found = False
        for binding in function.bindings.get(value.id, []):
            if isinstance(binding.expression, (ast.Dict, ast.Call)):
                found = True
                if _take_display(binding.expression, function, arguments):
                    return True
        _take_stores(value.id, function, arguments)
        is_plain = (
            _SYMBOL & {value.id} or value.id in {"side", "price"} or QUANTITY.search(value.id)
        )
        return not found and not is_plain and not _scalar(value.id, function)
    return isinstance(value, (ast.Starred, ast.Attribute)) and last_name(value) in {
        "order",
        "params",
        "intent",
        "request",
    }


def _scalar(name: str, function: Function) -> bool:
    for binding in function.bindings.get(name, []):
        if last_name(binding.expression) in {"str", "int", "float", "Decimal", "bool"}:
            return True
        if isinstance(binding.expression, (ast.Constant, ast.IfExp, ast.BinOp)):
            return True
    return bool(re.search(r"(^|_)(type|idx|id|side|qty|reduce_only|url|path|sl|tp)$", name))


def _take_display(value: ast.expr, function: Function, arguments: dict[str, ast.expr]) -> bool:
    if isinstance(value, ast.Dict):
        for name, inner in dict_entries(value):
            if name in {"params", "body"} and isinstance(inner, ast.Dict):
                _take_display(inner, function, arguments)
            arguments[snake(name)] = inner
        return any(key is None for key in value.keys)
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        if name == "dict" or "order" in snake(name) or "request" in snake(name):
            for keyword in value.keywords:
                if keyword.arg is not None:
                    arguments[snake(keyword.arg)] = keyword.value
            return any(keyword.arg is None for keyword in value.keywords) or (
                not value.keywords and name != "dict"
            )
        made = _returned_dicts(function.by_call.get(value))
        if made:
            return any([_take_display(each, function, arguments) for each in made])
        return bool(_MAKES_ARGUMENTS.search(snake(name)))
    return True


def _returned_dicts(site: CallSite | None) -> list[ast.Dict]:
    """The displays that the called function returns; none where it returns anything else."""
    target = site.target if site is not None and not site.is_guess else None
    if target is None:
        return []
    values = [node.value for node in target.nodes if isinstance(node, ast.Return)]
    made = [value for value in values if isinstance(value, ast.Dict)]
    return made if len(made) == len(values) else []


def _take_stores(name: str, function: Function, arguments: dict[str, ast.expr]) -> None:
    """`params["positionIdx"] = 1` and `params.update(...)` add to what is sent."""
    for node in function.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and last_name(target.value) == name:
                    key = constant(target.slice)
                    if isinstance(key, str):
                        arguments[snake(key)] = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "update"
            and last_name(node.func.value) == name
        ):
            for value in node.args:
                for key, inner in dict_entries(value):
                    arguments[snake(key)] = inner
            for keyword in node.keywords:
                if keyword.arg:
                    arguments[snake(keyword.arg)] = keyword.value


def _name_positions(site: CallSite, arguments: dict[str, ast.expr]) -> None:
    """Positional arguments take the names of the target's parameters, or their own."""
    names: list[str] = []
    if site.target is not None:
        names = [parameter.arg for parameter in site.target.parameters()]
        if names and names[0] in {"self", "cls"} and site.target.owner is not None:
            names = names[1:]
    elif site.name == "create_order" and len(site.node.args) >= 4:
        names = ["symbol", "order_type", "side", "amount", "price", "params"]  # As ccxt has it.
    for position, value in enumerate(site.node.args):
        if position < len(names):
            arguments.setdefault(snake(names[position]), value)
        elif isinstance(value, (ast.Name, ast.Attribute)):
            arguments.setdefault(snake(last_name(value)), value)
        elif isinstance(value, ast.Constant) and str(value.value).lower() in {"buy", "sell"}:
            arguments.setdefault("side", value)
        elif isinstance(value, ast.Constant) and str(value.value).lower() in {"market", "limit"}:
            arguments.setdefault("order_type", value)


def exchange_call(site: CallSite) -> str:
    """ "place", "change" or "read" for a call that asks an exchange over the network, else ""."""
    if order_call(site) is not None:
        return "place"
    name, receiver = snake(site.name), snake(site.receiver)
    if _STORE.search(receiver) or not EXCHANGE.search(receiver):
        return ""
    if _CHANGE.search(name):
        return "change"
    if _READ.search(name):
        return "read"
    return "read" if _ASKS.search(name) and _STRICT.search(receiver) else ""
