"""T05: an order type or status that is not known, turned into a plausible one."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Function
from readiness.codelint.syntax import constant, dotted, last_name, leaf_text, snake

__all__ = ["check"]

_SUBJECT = re.compile(
    r"(^|_)(order_?status|order_?type|status(_of|_map|_mapping|es)?|type_of|types?_map|order_?types|"
    r"type_mapping|time_in_force|tif|order_state|ord_status|ord_type)(_|$)"
)
_ENUM = re.compile(
    r"^(\w*(order|position|trade)_?)?(status|type|state|time_?in_?force)(_?enum)?$", re.IGNORECASE
)
_ORDER_ENUM = re.compile(r"(order|time_?in_?force|position).*|.*order", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"unknown|invalid|unsupported|none|undefined|other|unmapped|error", re.IGNORECASE
)
_PLAUSIBLE = frozenset(
    {"new", "open", "filled", "market", "limit", "canceled", "cancelled", "closed", "pending"}
    | {"active", "gtc", "ioc", "rejected", "submitted", "live", "untriggered", "created"}
)
_SETTINGS = re.compile(r"config|settings|options|kwargs|params|args|environ|defaults|request")


def check(context: Context) -> None:
    """Report defaults that invent an order type or status."""
    for function in context.functions():
        for node in function.nodes:
            _or_default(context, function, node)
            if isinstance(node, ast.Call):
                _get(context, function, node)
                _by_factory(context, function, node)
            elif isinstance(node, (ast.Try, ast.TryStar)):
                _handler(context, function, node)
            elif isinstance(node, ast.If):
                _chain(context, function, node)
                _begins_as(context, function, node)
                _absent(context, function, node)
            elif isinstance(node, ast.IfExp):
                _two_way(context, function, node)
            elif isinstance(node, ast.Return) and function.name == "_missing_":
                if isinstance(node.value, ast.Attribute) and not _UNKNOWN.search(node.value.attr):
                    context.report(
                        "T05",
                        function.module,
                        node,
                        f"any unknown value becomes {ast.unparse(node.value)}",
                    )
            elif isinstance(node, ast.Match):
                _match(context, function, node)
            elif isinstance(node, ast.With):
                _suppressed(context, function, node)


def _plausible(value: ast.AST | None, *, is_order_word: bool) -> bool:
    """A definite type or status: a known word, or a member of such an enum that is not UNKNOWN."""
    word = constant(value)
    if isinstance(word, str):
        return word.lower() in _PLAUSIBLE
    if isinstance(value, ast.Attribute):
        owner = last_name(value.value)
        if value.attr == "value" and isinstance(value.value, ast.Attribute):
            return _plausible(value.value, is_order_word=is_order_word)
        if not value.attr.isupper() or _UNKNOWN.search(value.attr):
            return False
        return bool(_ENUM.search(snake(owner))) and (
            is_order_word or bool(_ORDER_ENUM.search(snake(owner)))
        )
    return False


def _get(context: Context, function: Function, node: ast.Call) -> None:
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr != "get" or len(node.args) != 2:
        return
    subject, default = node.args
    holder = snake(dotted(func.value))
    literal = constant(subject)
    word = snake(literal) if isinstance(literal, str) else snake(leaf_text(subject))
    if isinstance(literal, str) and _SETTINGS.search(holder.rpartition(".")[2]):
        return
    if isinstance(func.value, ast.Dict) and _SUBJECT.search(snake(function.name)):
        word = snake(function.name)
        literal = None
    about = bool(_SUBJECT.search(word) or _SUBJECT.search(holder.rpartition(".")[2]))
    if isinstance(literal, str) and not re.search(
        r"order_?(status|type)|^status$|time_in_force", word
    ):
        about = False
    if _is_compared_with_other(function, node, default) or _is_last_member(context, function, node):
        return
    if (about and _plausible(default, is_order_word=True)) or _is_kind(default):
        context.report(
            "T05",
            function.module,
            node,
            f"an unknown {word or 'value'} becomes {ast.unparse(default)}",
        )


def _is_compared_with_other(function: Function, node: ast.Call, default: ast.expr) -> bool:
    """`order.get("status", "open") == "closed"`: what is missing is not taken for closed."""
    parent = function.module.parents.get(node)
    if not isinstance(parent, ast.Compare) or not isinstance(parent.ops[0], (ast.Eq, ast.Is)):
        return False
    other = parent.comparators[0] if parent.left is node else parent.left
    return ast.unparse(other) != ast.unparse(default)


def _is_last_member(context: Context, function: Function, node: ast.Call) -> bool:
    """The table names every member of an enum of the tree but one: the default is that one's."""
    holder = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(holder, ast.Name):
        return False
    made = function.module.body.bindings.get(holder.id, [])
    table = made[0].expression if len(made) == 1 else None
    keys = table.keys if isinstance(table, ast.Dict) else []
    if not keys or not all(isinstance(key, ast.Attribute) for key in keys):
        return False
    scope = function.module.body
    refs = [context.resolver.expression(getattr(key, "value", None), scope) for key in keys]
    enum = refs[0].found if refs[0] is not None else None
    if enum is None or not any("Enum" in base for base in enum.outer_bases):
        return False
    members = {name for name in enum.attributes if name.isupper()}
    return len(members - {last_name(key) for key in keys}) <= 1


def _two_way(context: Context, function: Function, node: ast.IfExp) -> None:
    """One known word and a definite answer for all others."""
    test = node.test
    looks_up = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In)
    if looks_up and isinstance(node.body, ast.Subscript) and _is_answer(function, node.body, node):
        if _plausible(node.orelse, is_order_word=True):
            what = f"an unknown value becomes {ast.unparse(node.orelse)}"
            context.report("T05", function.module, node, what)
        return
    if _asks_raw(node.test) and _is_kind(node.body) and _is_kind(node.orelse):
        context.report(
            "T05", function.module, node, f"any other value becomes {ast.unparse(node.orelse)}"
        )


def _is_answer(function: Function, lookup: ast.Subscript | ast.Call, node: ast.expr) -> bool:
    """The table, what is assigned, or the function is called an order's status or type."""
    holder = lookup.value if isinstance(lookup, ast.Subscript) else lookup.func
    if isinstance(lookup, ast.Call) and isinstance(holder, ast.Attribute):
        holder = holder.value
    statement = function.module.statement(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    words = (last_name(holder), leaf_text(target) if target is not None else "", function.name)
    return any(_SUBJECT.search(snake(word)) for word in words)


def _begins_as(context: Context, function: Function, node: ast.If) -> None:
    """`status = "CANCELED"`, then `if raw == "live": status = "NEW"` and no else."""
    body = _block(function, node)
    before = body[body.index(node) - 1] if node in body and body.index(node) else None
    if not isinstance(before, ast.Assign) or not isinstance(before.targets[0], ast.Name):
        return
    name = before.targets[0].id
    if not (_SUBJECT.search(snake(name)) and _plausible(before.value, is_order_word=True)):
        return
    current, branches = node, 0
    while True:
        values = [s.value for s in current.body if isinstance(s, ast.Assign)]
        if not _asks_raw(current.test) or not any(
            _plausible(v, is_order_word=True) for v in values
        ):
            return
        branches += 1
        if len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If):
            current = current.orelse[0]
            continue
        break
    if branches > 1 and not current.orelse:
        what = f"any other value stays {ast.unparse(before)}"
        context.report("T05", function.module, before, what)


def _block(function: Function, node: ast.stmt) -> list[ast.stmt]:
    parent = function.module.parents.get(node)
    body = getattr(parent, "body", [])
    return body if isinstance(body, list) else []


def _absent(context: Context, function: Function, node: ast.If) -> None:
    """`found = MAP.get(raw)`, `if found is None: found = Status.NEW`; `if raw not in MAP: …`."""
    test = node.test
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return
    is_none = isinstance(test.ops[0], ast.Is) and constant(test.comparators[0]) is None
    looked_up = isinstance(test.left, ast.Name) and any(
        isinstance(b.expression, ast.Call) and last_name(b.expression.func) == "get"
        for b in function.bindings.get(test.left.id, [])
    )
    not_in = isinstance(test.ops[0], ast.NotIn) and isinstance(
        test.comparators[0], (ast.Name, ast.Attribute)
    )
    value = node.body[-1].value if isinstance(node.body[-1], (ast.Assign, ast.Return)) else None
    if ((is_none and looked_up) or not_in) and _is_kind(value):
        context.report(
            "T05",
            function.module,
            node.body[-1],
            f"an unknown value becomes {ast.unparse(node.body[-1])}",
        )


def _handler(context: Context, function: Function, node: ast.Try | ast.TryStar) -> None:
    parses = any(
        isinstance(inner, (ast.Call, ast.Subscript)) and _names_kind(inner)
        for statement in node.body
        for inner in ast.walk(statement)
    )
    for handler in node.handlers:
        for statement in handler.body:
            value: ast.AST | None = None
            if isinstance(statement, (ast.Return, ast.Assign)):
                value = statement.value
            if _is_kind(value) or (parses and _plausible(value, is_order_word=True)):
                context.report(
                    "T05",
                    function.module,
                    statement,
                    f"a value that cannot be read becomes {ast.unparse(statement)}",
                )


def _names_kind(node: ast.Call | ast.Subscript) -> bool:
    name = last_name(node.func if isinstance(node, ast.Call) else node.value)
    return bool(_ENUM.search(snake(name)) or _SUBJECT.search(snake(name)))


def _returned(body: list[ast.stmt]) -> ast.expr | None:
    last = body[-1] if body else None
    if isinstance(last, ast.Return):
        return last.value
    if isinstance(last, ast.Assign) and _SUBJECT.search(snake(leaf_text(last.targets[0]))):
        return last.value
    return None


def _asks_raw(test: ast.expr) -> str:
    """The subject of a comparison with a string, "" for any other condition."""
    if isinstance(test, ast.Compare) and len(test.comparators) == 1:
        right = test.comparators[0]
        values = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
        if (
            values
            and all(isinstance(constant(value), str) for value in values)
            and isinstance(test.ops[0], (ast.Eq, ast.In))
        ):
            return ast.unparse(test.left)
    return ""


def _chain(context: Context, function: Function, node: ast.If) -> None:
    """if raw == "A": … elif raw == "B": … else: a definite value."""
    if isinstance(function.module.parents.get(node), ast.If) and _is_elif(function, node):
        return
    subject = _asks_raw(node.test)
    if not subject:
        return
    kinds = 0
    current: ast.If = node
    while True:
        if _asks_raw(current.test) != subject:
            return
        kinds += _is_kind(_returned(current.body))
        if len(current.orelse) == 1 and isinstance(current.orelse[0], ast.If):
            current = current.orelse[0]
            continue
        break
    last: ast.stmt | None = current.orelse[-1] if current.orelse else _next(function, node)
    if last is None or not kinds:
        return
    if isinstance(last, (ast.Return, ast.Assign)) and _is_kind(_returned([last])):
        context.report(
            "T05", function.module, last, f"any other {subject} becomes {ast.unparse(last)}"
        )


def _is_elif(function: Function, node: ast.If) -> bool:
    parent = function.module.parents.get(node)
    return isinstance(parent, ast.If) and parent.orelse == [node]


def _is_kind(value: ast.AST | None) -> bool:
    """A member of an order's type or status, spelled as such."""
    return isinstance(value, ast.Attribute) and _plausible(value, is_order_word=False)


def _next(function: Function, node: ast.If) -> ast.stmt | None:
    """The statement after a chain whose branches all return, when it is the function's last."""
    body = function.body
    if node in body and body.index(node) == len(body) - 2:
        return body[-1] if isinstance(body[-1], ast.Return) else None
    return None


def _or_default(context: Context, function: Function, node: ast.AST) -> None:
    """`MAP.get(raw) or Status.NEW`, and `getattr(Status, raw, Status.NEW)`."""
    value: ast.AST | None = None
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        first = node.values[0]
        if isinstance(first, ast.Call) and last_name(first.func) == "get":
            value = node.values[-1]
            is_read = first.args and isinstance(constant(first.args[0]), str)
            if not is_read and _is_answer(function, first, node) and constant(value) is not None:
                value = value if _plausible(value, is_order_word=True) else None
                _invents(context, function, node, value)
                return
    elif isinstance(node, ast.Call) and last_name(node.func) == "getattr" and len(node.args) == 3:
        value = node.args[2]
    _invents(context, function, node, value if _is_kind(value) else None)


def _invents(context: Context, function: Function, node: ast.AST, value: ast.AST | None) -> None:
    if value is not None:
        what = f"an unknown value becomes {ast.unparse(node)}"
        context.report("T05", function.module, node, what)


def _match(context: Context, function: Function, node: ast.Match) -> None:
    last = node.cases[-1] if node.cases else None
    if last is None or not isinstance(last.pattern, ast.MatchAs) or last.pattern.pattern:
        return
    is_about = bool(_SUBJECT.search(snake(function.name))) or bool(
        _SUBJECT.search(snake(leaf_text(node.subject)))
    )

    def is_definite(value: ast.expr | None) -> bool:
        return _is_kind(value) or (is_about and _plausible(value, is_order_word=True))

    if any(is_definite(_returned(case.body)) for case in node.cases[:-1]) and is_definite(
        _returned(last.body)
    ):
        context.report(
            "T05",
            function.module,
            last.body[-1],
            f"any other value becomes {ast.unparse(last.body[-1])}",
        )


def _by_factory(context: Context, function: Function, node: ast.Call) -> None:
    """`ORDER_STATUS = defaultdict(lambda: "NEW", …)`."""
    made = node.args[0] if last_name(node.func) == "defaultdict" and node.args else None
    if not isinstance(made, ast.Lambda):
        return
    statement = function.module.statement(node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    about = any(_SUBJECT.search(snake(last_name(target))) for target in targets)
    if _is_kind(made.body) or (about and _plausible(made.body, is_order_word=True)):
        what = f"an unknown value becomes {ast.unparse(made.body)}"
        context.report("T05", function.module, node, what)


def _suppressed(context: Context, function: Function, node: ast.With) -> None:
    """`status = NEW`, then `with suppress(ValueError): status = OrderStatus(raw)`."""
    if not any("suppress" in ast.unparse(item.context_expr) for item in node.items):
        return
    for statement in node.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            continue
        value = statement.value
        if not isinstance(value, (ast.Call, ast.Subscript)) or not _names_kind(value):
            continue
        name = statement.targets[0].id
        for binding in function.bindings.get(name, []):
            first = binding.expression
            is_before = getattr(binding.node, "lineno", 0) < node.lineno
            if is_before and _plausible(first, is_order_word=bool(_SUBJECT.search(snake(name)))):
                what = f"a value that cannot be read stays {ast.unparse(first or value)}"
                context.report("T05", function.module, node, what)
