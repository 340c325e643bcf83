"""D17, D18, D19, D34: tasks and gathered results whose outcome nobody sees."""

from __future__ import annotations

import ast
import re
from typing import cast

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite, Class, Function
from readiness.codelint.syntax import calls_in, dotted, is_constant, last_name, names_in

__all__ = ["check"]

_SPAWN = frozenset({"asyncio.create_task", "asyncio.ensure_future", "asyncio.tasks.create_task"})
_READS = frozenset({"result", "exception", "add_done_callback"})
_AWAITERS = frozenset(
    {"gather", "wait", "wait_for", "shield", "as_completed", "run_until_complete"}
)
_DROPPING = frozenset(
    {"call_soon", "call_later", "call_at", "call_soon_threadsafe", "add_signal_handler"}
    | {"add_done_callback", "add_reader", "add_writer", "signal"}
)
_DISPLAYS = (
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Starred),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_TEARDOWN = re.compile(
    r"^_*(stop|close|aclose|shutdown|clean_?up|disconnect|teardown|aexit|kill|cancel)_*"
    r"((all_|background_)*(tasks?|workers?|connections?|sessions?|streams?|feeds?|loops?)|async)?_*$"
)


def check(context: Context) -> None:
    """Report dropped tasks, unread tasks, and gathered exceptions that are ignored."""
    for site in context.call_sites():
        rule = _spawn_rule(site)
        if rule:
            _judge_spawn(context, site, rule)
        parent = site.function.module.parents.get(site.node)
        if site.external in {"asyncio.gather", "asyncio.shield"} and isinstance(parent, ast.Expr):
            what = f"what {site.name} runs is not waited for, and its errors are not seen"
            context.report("D17", site.function.module, site.node, what)
        if site.name == "gather" and site.external in {"asyncio.gather", ""}:
            _judge_gather(context, site)


def _spawn_rule(site: CallSite) -> str:
    if site.external in _SPAWN:
        return "D17"
    if site.name != "create_task" or site.target is not None:
        return ""
    receiver = site.receiver.rpartition(".")[2]
    is_loop = receiver in {"loop", "_loop", "event_loop", "get_event_loop", "get_running_loop"}
    is_loop |= site.external.startswith(("asyncio.get_", "asyncio.new_event_loop", "asyncio.Abs"))
    return "D19" if is_loop else ""


def _judge_spawn(context: Context, site: CallSite, rule: str) -> None:
    module = site.function.module
    parent = module.parents.get(site.node)
    if isinstance(parent, ast.Expr) or _is_answer_nobody_reads(site, parent):
        context.report(rule, module, site.node, f"the task of {_work(site)} is not kept")
        return
    if isinstance(parent, _DISPLAYS):
        _judge_collected(context, site, rule, parent)
        return
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
        if isinstance(target, ast.Name):
            _judge_local(context, site, rule, target.id)
        elif isinstance(target, ast.Attribute) and dotted(target.value) == "self":
            _judge_attribute(context, site, target.attr)
        elif isinstance(target, ast.Subscript) and dotted(target.value).startswith("self."):
            _judge_attribute(context, site, dotted(target.value).split(".")[1])
    elif isinstance(parent, ast.AnnAssign) and dotted(parent.target).startswith("self."):
        _judge_attribute(context, site, dotted(parent.target).split(".")[1])
    elif isinstance(parent, ast.Call) and last_name(parent.func) in {"append", "add"}:
        holder = dotted(parent.func.value) if isinstance(parent.func, ast.Attribute) else ""
        if holder.startswith("self.") and holder.count(".") == 1:
            _judge_attribute(context, site, holder.split(".")[1])


def _is_answer_nobody_reads(site: CallSite, parent: ast.AST | None) -> bool:
    """`loop.call_soon(lambda: create_task(...))`: the loop drops what the callback answers."""
    outer = site.function.module.parents.get(parent) if isinstance(parent, ast.Lambda) else None
    return isinstance(outer, ast.Call) and last_name(outer.func) in _DROPPING


def _judge_collected(context: Context, site: CallSite, rule: str, display: ast.AST) -> None:
    """`self.running += [create_task(...)]`, `self.tasks = {n: create_task(...) for n in names}`."""
    module = site.function.module
    outer: ast.AST | None = display
    while isinstance(outer, _DISPLAYS):
        outer = module.parents.get(outer)
    holder = ""
    if isinstance(outer, ast.Expr):
        context.report(rule, module, site.node, f"the task of {_work(site)} is not kept")
    if isinstance(outer, (ast.AugAssign, ast.AnnAssign)):
        holder = dotted(outer.target)
    elif isinstance(outer, ast.Assign) and len(outer.targets) == 1:
        holder = dotted(outer.targets[0])
    elif isinstance(outer, ast.Call) and last_name(outer.func) in {"append", "add", "extend"}:
        holder = dotted(outer.func.value) if isinstance(outer.func, ast.Attribute) else ""
    if holder.startswith("self.") and holder.count(".") == 1:
        _judge_attribute(context, site, holder.split(".")[1])


def _work(site: CallSite) -> str:
    return ast.unparse(site.node.args[0]) if site.node.args else "a coroutine"


def _judge_local(context: Context, site: CallSite, rule: str, name: str) -> None:
    function = site.function
    if function.is_body or name in function.globals:
        return
    module = function.module
    uses = [
        node
        for node in ast.walk(function.node)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    if not uses:
        context.report(rule, module, site.node, f"{name} is never used: the task is not kept")
        return
    for use in uses:
        parent = module.parents.get(use)
        if not isinstance(parent, ast.Attribute) or parent.attr not in {"cancel", "set_name"}:
            holder = _holder(parent)
            if holder and len(uses) == 1:
                _judge_attribute(context, site, holder)
            return
    context.report("D18", module, site.node, f"the outcome of {name} is never read")


def _holder(parent: ast.AST | None) -> str:
    """The attribute of self that a task is appended or added to, with nothing else done."""
    if isinstance(parent, ast.Call) and last_name(parent.func) in {"append", "add"}:
        holder = dotted(parent.func.value) if isinstance(parent.func, ast.Attribute) else ""
        if holder.startswith("self.") and holder.count(".") == 1:
            return holder.split(".")[1]
    return ""


def _judge_attribute(context: Context, site: CallSite, attribute: str) -> None:
    owner = site.function.home
    if owner is None or _never_raises(site):
        return
    family = [*owner.lineage(), *owner.descendants()]
    for member in family:
        for method in member.functions:
            if _reads_outcome(method, attribute):
                return
    if _is_read_elsewhere(context, attribute, family):
        return
    context.report(
        "D18",
        site.function.module,
        site.node,
        f"self.{attribute} keeps the task of {_work(site)}; nobody reads its outcome",
    )


def _never_raises(site: CallSite) -> bool:
    """The coroutine's whole body catches and handles everything itself."""
    work = site.node.args[0] if site.node.args else None
    inner = site.function.by_call.get(work) if isinstance(work, ast.Call) else None
    if inner is None or inner.target is None:
        return False
    body = [
        s
        for s in inner.target.body
        if not isinstance(s, ast.Expr) or not isinstance(s.value, (ast.Constant, ast.Call))
    ]
    return len(body) == 1 and _catches_all(body[0])


def _catches_all(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.While) and len(statement.body) == 1:
        return _catches_all(statement.body[0])
    if not isinstance(statement, ast.Try):
        return False
    return any(
        handler.type is None or "Exception" in names_in(handler.type)
        for handler in statement.handlers
        if not any(isinstance(inner, ast.Raise) for inner in ast.walk(handler))
    )


def _reads_outcome(function: Function, attribute: str) -> bool:
    """Whether the function awaits the kept task, or asks for its result."""
    aliases = _aliases(function, attribute)
    return any(_is_read(node, attribute, aliases) for node in function.nodes)


def _aliases(function: Function, attribute: str) -> set[str]:
    """Names that hold the attribute's value, or one of its elements."""
    aliases = {attribute}
    for node in function.nodes:
        if isinstance(node, ast.Assign) and _touches(node.value, aliases):
            for target in node.targets:
                aliases |= names_in(target) - {"self"}
        elif isinstance(node, (ast.For, ast.comprehension)) and _touches(node.iter, aliases):
            aliases |= names_in(node.target)
    return aliases


def _is_read(node: ast.AST, attribute: str, aliases: set[str]) -> bool:
    if isinstance(node, ast.Await):
        is_direct = not isinstance(node.value, ast.Call)
        return (is_direct or last_name(getattr(node.value, "func", None)) in _AWAITERS) and (
            _touches(node.value, aliases)
        )
    if isinstance(node, ast.Attribute):
        return node.attr in _READS and _touches(node.value, aliases)
    if isinstance(node, ast.Call):
        return last_name(node.func) in _AWAITERS and any(
            _touches(argument, aliases) for argument in node.args
        )
    return isinstance(node, ast.Return) and dotted(node.value) == f"self.{attribute}"


def _touches(node: ast.AST, aliases: set[str]) -> bool:
    return any(
        (isinstance(inner, ast.Attribute) and inner.attr in aliases)
        or (isinstance(inner, ast.Name) and inner.id in aliases)
        for inner in ast.walk(node)
    )


def _is_read_elsewhere(context: Context, attribute: str, family: list[Class]) -> bool:
    """Another class may await `other._task`: read, when the attribute's name is used there."""
    inside = {id(member) for member in family}
    return any(home is None or id(home) not in inside for home in _readers(context, attribute))


def _readers(context: Context, attribute: str) -> list[Class | None]:
    """The classes whose code reads the outcome of `other.attribute`; None is code of no class."""
    key = f"classes that read the outcome of .{attribute}"
    if key not in context.facts:
        users = {
            function: None
            for function, node in context.program.attribute_uses(attribute)
            if dotted(node.value) != "self"
        }
        found = {user.home: None for user in users if _reads_outcome(user, attribute)}
        context.facts[key] = list(found)
    return cast("list[Class | None]", context.facts[key])


def _judge_gather(context: Context, site: CallSite) -> None:
    flag = next((k.value for k in site.node.keywords if k.arg == "return_exceptions"), None)
    if not is_constant(flag, True) or _is_teardown(site):
        return
    module = site.function.module
    parent: ast.AST | None = module.parents.get(site.node)
    while isinstance(parent, (ast.Await, ast.Call)):
        if isinstance(parent, ast.Call) and last_name(parent.func) not in {"wait_for", "shield"}:
            return
        parent = module.parents.get(parent)
    if _asked_later(site):
        return
    message = "exceptions of the gathered calls are ignored"
    if isinstance(parent, ast.Expr):
        context.report("D34", module, site.node, message)
    elif isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [p.value if isinstance(p, ast.Starred) else p for p in parts]
        if all(isinstance(n, ast.Name) and _is_ignored(site.function, n.id) for n in names):
            context.report("D34", module, site.node, message)


def _in_finally(site: CallSite) -> bool:
    previous: ast.AST = site.node
    for ancestor in site.function.module.ancestors(site.node):
        if isinstance(ancestor, (ast.Try, ast.TryStar)) and previous in ancestor.finalbody:
            return True
        previous = ancestor
    return False


def _asked_later(site: CallSite) -> bool:
    """The tasks that were gathered are asked for their outcome themselves."""
    names = {n for value in site.node.args for n in names_in(value)}
    if not names:
        return False
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"exception", "result"}
        and node.lineno >= site.node.lineno
        for node in site.function.nodes
    ) and any(
        isinstance(node, (ast.For, ast.comprehension)) and names_in(node.iter) & names
        for node in site.function.nodes
    )


def _is_teardown(site: CallSite) -> bool:
    """Waiting for tasks that were cancelled just before, or the end of a life."""
    if _TEARDOWN.search(site.function.name) or _in_finally(site):
        return True
    mentioned = {dotted(n).rpartition(".")[2] for a in site.node.args for n in ast.walk(a)}
    line = site.node.lineno
    for call in site.function.calls:
        if call.name == "cancel" and call.node.lineno < line and not call.node.args:
            sources = {call.receiver.rpartition(".")[2]}
            for node in site.function.module.ancestors(call.node):
                if isinstance(node, ast.For):
                    sources |= {dotted(n).rpartition(".")[2] for n in ast.walk(node.iter)}
            if sources & mentioned - {""}:
                return True
    return False


def _is_ignored(function: Function, name: str) -> bool:
    """The results are never looked at for exceptions, and never handed on whole."""
    text = {name}
    for node in function.nodes:
        if isinstance(node, (ast.For, ast.comprehension)) and names_in(node.iter) & text:
            text |= names_in(node.target)
    for call in calls_in(*function.body):
        called = last_name(call.func)
        used = {n for argument in call.args for n in names_in(argument)}
        if called in {"isinstance", "issubclass"} and used & text:
            return False
        direct = {a.id for a in call.args if isinstance(a, ast.Name)}
        keywords = {k.value.id for k in call.keywords if isinstance(k.value, ast.Name)}
        if called not in {"len", "zip", "enumerate", "print", "info", "debug"} and (
            direct | keywords
        ) & {name}:
            return False
    for node in function.nodes:
        if isinstance(node, (ast.Return, ast.Yield)) and _is_handed_on(node.value, name, text):
            return False
        if isinstance(node, (ast.Match, ast.Raise)) and names_in(node) & text:
            return False
    return True


def _is_handed_on(value: ast.expr | None, name: str, text: set[str]) -> bool:
    """The results go to the caller: by themselves, or inside `dict(zip(keys, results))`."""
    if isinstance(value, ast.Name):
        return value.id in text
    if isinstance(value, ast.Call) and last_name(value.func) != "len":
        return any(_is_handed_on(argument, name, {name}) for argument in value.args)
    if isinstance(value, (ast.Tuple, ast.List)):
        return any(_is_handed_on(element, name, {name}) for element in value.elts)
    return False
