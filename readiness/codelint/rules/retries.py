"""D40 and T06: orders that are sent again without one identity, or with an old signature."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from readiness.codelint.context import Context
from readiness.codelint.knowledge.trading import CLIENT_ID, OrderCall, order_call
from readiness.codelint.program import BindKind, CallSite, Function
from readiness.codelint.syntax import (
    argument,
    calls_in,
    is_constant,
    last_name,
    names_in,
    snake,
    strings_in,
    walk_same_scope,
)

__all__ = ["check"]

_RETRY = re.compile(
    r"(^|_)(retry|retries|retrying|backoff|on_exception|with_retries|resilient)(_|$)"
)
_REFUSED = re.compile(
    r"RateLimit|TooManyRequests|Insufficient|InvalidNonce|Authentication|PermissionDenied|Rejected|"
    r"DDoSProtection|OnMaintenance"
)
_ATTEMPTS = re.compile(r"(^|_)retrying|^retry")
_FRESH = re.compile(r"uuid|token_hex|randint|random|time_ns|^time$|^now$|next_id|new_id|generate")
_SENDS = frozenset({"post", "send", "request", "put", "delete", "get", "send_request", "_request"})
_CLOCK = re.compile(r"^(time|time_ns|now|utcnow|timestamp)$")
_SIGN = re.compile(r"sign|auth_headers|^_?(get_|build_|make_)?headers|hmac|hexdigest")


def check(context: Context) -> None:
    """Report repeated orders whose repetition the exchange cannot recognise."""
    for function in context.functions():
        _stale(context, function)
        for site in function.calls:
            order = order_call(site)
            if order is not None:
                _judge(context, order)
            if _RETRY.search(snake(site.name)) or _repeats_argument(site.target):
                _judge_helper(context, site)
            if site.name == "Retry":
                _judge_policy(context, site)


def _judge_policy(context: Context, site: CallSite) -> None:
    """`Retry(allowed_methods=["POST"])`: the session itself sends an order again, as signed."""
    methods = argument(site.node, "allowed_methods", "method_whitelist")
    if methods is None:
        return
    if "POST" in set(strings_in(methods)) or is_constant(methods, False, None):
        what = "this policy sends a POST again, with the signature of the first"
        context.report("T06", site.function.module, site.node, what)


def _judge(context: Context, order: OrderCall) -> None:
    site = order.site
    loop = _retry_loop(site)
    region: ast.AST | None = loop
    if region is None and _follows_failure(site):
        region = site.node
    if region is None and (_is_decorated(site.function) or _calls_itself_again(site)):
        region = site.function.node
    if region is None:
        region = _retried_lambda(site)
    if region is None:
        return
    _judge_identity(context, order, region)
    if loop is not None:
        _judge_signature(context, site, loop)


def _judge_identity(context: Context, order: OrderCall, region: ast.AST) -> None:
    site = order.site
    identity = order.value(CLIENT_ID)
    spelled = ast.unparse(site.node.func)
    if identity is None:
        if not order.is_open:
            context.report(
                "D40",
                site.function.module,
                site.node,
                f"{spelled} is repeated without a client order id",
            )
    elif _is_fresh(identity, site.function, region):
        context.report(
            "D40",
            site.function.module,
            site.node,
            f"{spelled} is repeated under a new client order id each time",
        )


def _retry_loop(site: CallSite) -> ast.For | ast.While | ast.AsyncFor | None:
    """The loop that sends the order again after a failure, None where there is none."""
    module = site.function.module
    handled = False
    previous: ast.AST = site.node
    for ancestor in module.ancestors(site.node):
        if isinstance(ancestor, (ast.Try, ast.TryStar)) and previous in ancestor.body:
            if all(_was_refused(h) or _leaves(h.body) for h in ancestor.handlers):
                return None
            handled = handled or any(not _leaves(h.body) for h in ancestor.handlers)
        if isinstance(ancestor, (ast.For, ast.AsyncFor)) and _ATTEMPTS.search(
            snake(last_name(getattr(ancestor.iter, "func", None)))
        ):
            return ancestor
        if (
            isinstance(ancestor, (ast.For, ast.While))
            and previous in ancestor.body
            and (handled or _is_counted(ancestor))
            and _leaves_on_success(site, ancestor)
            and _counts(ancestor, site)
        ):
            return ancestor
        previous = ancestor
    return None


def _was_refused(handler: ast.ExceptHandler) -> bool:
    """An error that says that the order was not taken: nothing can be doubled."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(kind is not None and bool(_REFUSED.search(last_name(kind))) for kind in kinds)


def _is_counted(loop: ast.For | ast.While) -> bool:
    """`while attempts < 3:` and `for attempt in range(3):` repeat whatever the failure was."""
    asked = loop.test if isinstance(loop, ast.While) else loop.target
    return any(re.search(r"attempt|retr(y|ies)|tries", snake(name)) for name in names_in(asked))


def _repeats_argument(function: Function | None) -> bool:
    """A helper that calls one of its parameters in a loop, inside a try."""
    if function is None:
        return False
    names = {p.arg for p in function.parameters()}
    return any(
        isinstance(call.func, ast.Name) and call.func.id in names
        for loop in function.nodes
        if isinstance(loop, (ast.For, ast.While))
        for node in walk_same_scope(loop)
        if isinstance(node, (ast.Try, ast.TryStar))
        for call in calls_in(*node.body)
    )


def _follows_failure(site: CallSite) -> bool:
    """The same order is sent again in the handler of its own failure."""
    module = site.function.module
    inside: ast.AST = site.node
    for ancestor in module.ancestors(site.node):
        if isinstance(ancestor, ast.ExceptHandler):
            outer = module.parents.get(ancestor)
            first = calls_in(*outer.body) if isinstance(outer, (ast.Try, ast.TryStar)) else ()
            caught = ast.unparse(ancestor.type) if ancestor.type is not None else "Exception"
            is_unknown = re.search(r"Timeout|Connection|OSError|Exception|Network|Client", caught)
            return bool(is_unknown) and any(
                ast.dump(call) == ast.dump(site.node) for call in first if call is not inside
            )
    return False


def _calls_itself_again(site: CallSite) -> bool:
    """The handler of the failure calls the function that the order stands in."""
    function = site.function
    for ancestor in function.module.ancestors(site.node):
        if isinstance(ancestor, (ast.Try, ast.TryStar)):
            for call in calls_in(*(s for h in ancestor.handlers for s in h.body)):
                again = function.by_call.get(call)
                if again is not None and again.target is function:
                    return True
    return False


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Break, ast.Raise))


def _leaves_on_success(site: CallSite, loop: ast.For | ast.While) -> bool:
    """Success ends the loop: the order is returned, or a return or break follows it."""
    statement = site.function.module.statement(site.node)
    if isinstance(statement, ast.Return) or _ends_by_flag(site, loop):
        return True
    return any(
        isinstance(node, (ast.Return, ast.Break)) and node.lineno >= statement.lineno
        for inner in loop.body
        for node in walk_same_scope(inner)
        if not _in_handler(node, site)
    )


def _ends_by_flag(site: CallSite, loop: ast.For | ast.While) -> bool:
    """`while not sent:` with `sent = True` after the order."""
    asked = names_in(loop.test) if isinstance(loop, ast.While) else set()
    return any(
        isinstance(node, ast.Assign)
        and node.lineno >= site.node.lineno
        and any(isinstance(t, ast.Name) and t.id in asked for t in node.targets)
        and not _in_handler(node, site)
        for statement in loop.body
        for node in walk_same_scope(statement)
    )


def _in_handler(node: ast.AST, site: CallSite) -> bool:
    return any(
        isinstance(ancestor, ast.ExceptHandler) for ancestor in site.function.module.ancestors(node)
    )


def _counts(loop: ast.For | ast.While, site: CallSite) -> bool:
    """The loop counts attempts; a loop over different orders is no retry."""
    if isinstance(loop, ast.While):
        return True
    if isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) in {"range", "count"}:
        return True
    return not names_in(loop.target) & names_in(site.node) and not _feeds(loop, site)


def _feeds(loop: ast.For, site: CallSite) -> bool:
    names = names_in(loop.target)
    return any(
        isinstance(node, ast.Assign) and names & names_in(node.value)
        for statement in loop.body
        for node in walk_same_scope(statement)
    ) or bool(names & {n for a in site.node.args for n in names_in(a)})


def _is_decorated(function: Function) -> bool:
    return any(
        _RETRY.search(snake(last_name(d.func if isinstance(d, ast.Call) else d)))
        for d in function.decorators
    )


def _retried_lambda(site: CallSite) -> ast.AST | None:
    """The lambda or inner function that a retry helper runs."""
    node = site.function.node
    if isinstance(node, ast.Lambda):
        parent = site.function.module.parents.get(node)
        if isinstance(parent, ast.keyword):
            parent = site.function.module.parents.get(parent)
        if isinstance(parent, ast.Call):
            outer_site = site.function.parent.by_call.get(parent) if site.function.parent else None
            helper = outer_site.target if outer_site is not None else None
            if _RETRY.search(snake(last_name(parent.func))) or _repeats_argument(helper):
                return node
    outer = site.function.parent
    if outer is not None and not outer.is_body and isinstance(node, ast.AsyncFunctionDef):
        for call in outer.calls:
            if _RETRY.search(snake(call.name)) and any(
                isinstance(a, ast.Name) and a.id == node.name for a in call.node.args
            ):
                return node
    return None


def _is_fresh(identity: ast.expr, function: Function, region: ast.AST) -> bool:
    """Whether the id is made anew inside the repeated region."""
    if any(_FRESH.search(snake(last_name(call.func))) for call in calls_in(identity)):
        return True
    names = names_in(identity)
    first = getattr(region, "lineno", 0)
    last = getattr(region, "end_lineno", 0) or 0
    if isinstance(region, ast.For) and names & names_in(region.target):
        return True
    for name in names:
        for binding in function.bindings.get(name, []):
            line = getattr(binding.node, "lineno", 0)
            if (
                first < line <= last
                and binding.expression is not None
                and any(
                    _FRESH.search(snake(last_name(c.func))) for c in calls_in(binding.expression)
                )
            ):
                return True
    return False


def _stale(context: Context, function: Function) -> None:
    """A signed request, or the stamp that goes into the signature, made before the loop."""
    for loop in function.nodes:
        if not isinstance(loop, (ast.For, ast.While)):
            continue
        leaves = (ast.Return, ast.Break)
        if not any(isinstance(n, leaves) for s in loop.body for n in walk_same_scope(s)):
            continue
        inside = range(loop.lineno, (loop.end_lineno or loop.lineno) + 1)
        for call in calls_in(*loop.body):
            name = snake(last_name(call.func))
            sends = name in _SENDS
            if not sends and not _SIGN.search(name):
                continue
            for value in _arguments(call):
                for word in names_in(value):
                    if _is_old(function, word, inside, signed=sends):
                        context.report(
                            "T06",
                            function.module,
                            call,
                            f"{word} was made before the loop and grows old in it",
                        )


def _is_old(function: Function, name: str, inside: range, *, signed: bool, depth: int = 0) -> bool:
    """Whether the name holds a signature (or a time, for a call that signs) from outside."""
    bindings = [b for b in function.bindings.get(name, []) if b.expression is not None]
    if any(getattr(b.node, "lineno", 0) in inside for b in bindings):
        return False
    texts = [b.expression for b in bindings if isinstance(b.expression, (ast.JoinedStr, ast.BinOp))]
    if signed and depth < 3:
        for word in {n for text in texts for n in names_in(text)} - {name}:
            if _is_old(function, word, inside, signed=True, depth=depth + 1):
                return True
    pattern = _SIGN if signed else _CLOCK
    made = [b.expression for b in bindings if b.kind is BindKind.VALUE]
    arguments = function.arguments
    if not signed and arguments is not None:
        positional = [*arguments.posonlyargs, *arguments.args]
        tail = positional[len(positional) - len(arguments.defaults) :]
        made += [d for p, d in zip(tail, arguments.defaults, strict=True) if p.arg == name]
    return any(
        pattern.search(snake(last_name(call.func)))
        for value in made
        if value is not None
        for call in calls_in(value)
    )


def _judge_signature(
    context: Context, site: CallSite, loop: ast.For | ast.While | ast.AsyncFor
) -> None:
    function = site.function
    for name in sorted({n for value in _arguments(site.node) for n in names_in(value)}):
        bindings = [b for b in function.bindings.get(name, []) if b.expression is not None]
        if not bindings:
            continue
        lines = [getattr(b.node, "lineno", 0) for b in bindings]
        is_signed = any(
            _SIGN.search(snake(last_name(c.func)))
            for b in bindings
            if b.expression is not None
            for c in calls_in(b.expression)
        )
        if is_signed and all(line < loop.lineno for line in lines):
            context.report(
                "T06",
                function.module,
                site.node,
                f"{name} was signed before the loop and grows old in it",
            )


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def _judge_helper(context: Context, site: CallSite) -> None:
    """`retry(client.place_order, symbol=…)`: the order is handed over as a function."""
    for position, value in enumerate(site.node.args):
        if not isinstance(value, ast.Attribute):
            continue
        call = ast.Call(
            func=value, args=site.node.args[position + 1 :], keywords=site.node.keywords
        )
        ast.copy_location(call, site.node)
        order = order_call(
            CallSite(
                node=call,
                function=site.function,
                name=value.attr,
                receiver=ast.unparse(value.value),
            )
        )
        if order is not None and order.value(CLIENT_ID) is None and not order.is_open:
            context.report(
                "D40",
                site.function.module,
                site.node,
                f"{ast.unparse(value)} is repeated without a client order id",
            )
