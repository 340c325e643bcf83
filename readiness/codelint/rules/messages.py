"""T15: balances and positions that are whatever the last message said."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Function
from readiness.codelint.syntax import (
    constant,
    dotted,
    is_constant,
    last_name,
    mentions,
    names_in,
    snake,
)

__all__ = ["check"]

_HANDLER = re.compile(
    r"^_*(on|handle|process|update|apply)_?(\w+_)?(message|msg|wallet|balance|account|position|"
    r"positions|event|ws|data|update)s?(_\w+)?$"
)
_PLAIN = re.compile(r"^_*(handle|process|dispatch|receive|consume|apply|on_next|__call__|feed)_*$")
_MESSAGES = frozenset({"message", "msg", "event", "payload", "update", "data", "frame", "raw"})
_SOCKET = re.compile(r"(^|[._])(ws|websocket|web_socket|socket|stream)$")
_SETTLED = re.compile(r"snapshot|reconcil|(^|_)(rest|poll|fetch|refresh|resync)(_|$)")
_TRUTH = re.compile(
    r"^_*(\w+_)?(balance|balances|equity|position|positions|position_size|wallet|margin|"
    r"available_balance|position_qty|legs|holdings|account_value)$"
)
_SIZE = re.compile(r"^_*(size|qty|quantity|amount|contract)(s|es|ies)?(_by_\w+)?$|^_*quantities$")
_OF_TRUTH = re.compile(r"(^|_)(positions?|balances?|wallets?|legs?)(_|$)")
_ORDERING = re.compile(
    r"(^|_)(ts|seq|sequence|time|timestamp|updated|updated_time|update_time|update_id|version|"
    r"cross_sequence|event_time|u|cs|newer|stale|nonce|last_update)(_|$)|updated|timestamp|time$|_(ms|us|ns)$"
)


def check(context: Context) -> None:
    """Report handlers that overwrite the truth without asking whether the message is newer."""
    for function in context.functions():
        if _SETTLED.search(snake(function.name)):
            continue
        if _handles(function) or _receives(function):
            _believed(context, function)


def _handles(function: Function) -> bool:
    """Called like a handler, or a plain `handle` with a parameter that is called a message."""
    name = snake(function.name)
    if _HANDLER.search(name):
        return True
    words = {snake(p.arg) for p in function.parameters()}
    return bool(_PLAIN.search(name)) and bool(words & _MESSAGES)


def _receives(function: Function) -> bool:
    """The function reads messages off a socket itself."""
    return bool(_received(function))


def _received(function: Function) -> set[str]:
    names: set[str] = set()
    for node in function.nodes:
        if isinstance(node, ast.AsyncFor) and _SOCKET.search(snake(ast.unparse(node.iter))):
            names |= names_in(node.target)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Await):
            call = node.value.value
            if isinstance(call, ast.Call) and re.search(r"\.(recv|receive\w*)$", dotted(call.func)):
                for target in node.targets:
                    names |= names_in(target)
    return names


def _believed(context: Context, function: Function) -> None:
    parameters = ({p.arg for p in function.parameters()} - {"self", "cls"}) | _received(function)
    if not _handles(function):
        parameters = _received(function)
    if not parameters:
        return
    derived = _derived(function, parameters)
    if _orders_messages(function, derived):
        return
    for site in function.calls:
        _by_call(context, site, derived)
    for node in function.nodes:
        if isinstance(node, ast.Assign) and _replaces(node.value, derived - parameters, derived):
            what = f"{ast.unparse(node.targets[0])} is whatever the last message said"
            context.report("T15", function.module, node, what)
            continue
        if not isinstance(node, ast.Assign) or not names_in(node.value) & derived:
            continue
        if is_constant(node.value, None, True, False):
            continue
        targets = [e for t in node.targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
        for target in targets:
            base = target.value if isinstance(target, ast.Subscript) else target
            if (
                isinstance(base, ast.Attribute)
                and dotted(base).startswith("self.")
                and _is_truth(function, snake(_place_word(target, base)))
                and (
                    _from_message(node.value, derived)
                    or (base is not target and _is_row(node.value, derived - parameters))
                )
            ):
                context.report(
                    "T15",
                    function.module,
                    node,
                    f"{dotted(base)} is whatever the last message said",
                )


def _is_truth(function: Function, word: str) -> bool:
    """A balance or position by its own name, or a size where positions are handled."""
    if _TRUTH.search(word):
        return True
    return bool(_SIZE.search(word) and _OF_TRUTH.search(snake(function.name)))


def _place_word(target: ast.expr, base: ast.Attribute) -> str:
    """What the place is called: its attribute, or the literal key in a container of state."""
    key = constant(target.slice) if isinstance(target, ast.Subscript) else None
    is_state = re.search(r"state|snapshot|account|truth", snake(base.attr))
    return key if isinstance(key, str) and is_state else base.attr


def _is_row(value: ast.expr, rows: set[str]) -> bool:
    """A row of the message, kept as it came."""
    return isinstance(value, ast.Name) and value.id in rows


def _replaces(value: ast.expr, locals_: set[str], derived: set[str]) -> bool:
    """`replace(self.view, equity=total)` with a field of the message."""
    if not isinstance(value, ast.Call) or not value.keywords:
        return False
    if last_name(value.func) not in {
        "replace",
        "_replace",
        "evolve",
        "model_copy",
        "structs_replace",
    }:
        return False
    return any(
        keyword.arg
        and _TRUTH.search(snake(keyword.arg))
        and (names_in(keyword.value) & locals_ or _from_message(keyword.value, derived))
        for keyword in value.keywords
    )


def _by_call(context: Context, site: CallSite, derived: set[str]) -> None:
    """`self.positions.update(…)` and `setattr(self, "balance", …)`."""
    holder = site.receiver.rpartition(".")[2]
    values = list(site.node.args)
    if site.name == "setattr" and len(values) == 3:
        holder = str(constant(values[1]))
        values = values[2:]
    elif site.name != "update" or not site.receiver.startswith("self."):
        return
    if _TRUTH.search(snake(holder)) and any(_from_message(v, derived) for v in values):
        context.report(
            "T15", site.function.module, site.node, f"{holder} is whatever the last message said"
        )


def _from_message(value: ast.expr, derived: set[str]) -> bool:
    """A field of the message, converted at most; a REST answer is another thing."""
    return not any(isinstance(node, ast.Await) for node in ast.walk(value)) and any(
        isinstance(node, (ast.Subscript, ast.Call, ast.Attribute)) and names_in(node) & derived
        for node in ast.walk(value)
    )


def _derived(function: Function, parameters: set[str]) -> set[str]:
    names = set(parameters)
    for _ in range(2):
        for node in function.nodes:
            if isinstance(node, (ast.For, ast.comprehension)) and names_in(node.iter) & names:
                names |= names_in(node.target)
            elif isinstance(node, ast.Assign) and names_in(node.value) & names:
                for target in node.targets:
                    if isinstance(target, (ast.Name, ast.Tuple)):
                        names |= names_in(target)
    return names


def _orders_messages(function: Function, derived: set[str]) -> bool:
    """A comparison of times or sequences decides whether the message counts."""
    return any(
        isinstance(node, ast.Compare)
        and any(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.NotEq)) for op in node.ops)
        and mentions(node, _ORDERING)
        for node in function.nodes
    )
