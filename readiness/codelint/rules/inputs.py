"""M05, M06, M07: columns without an order, invented values, models that run code."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import Binding, CallSite, Function
from readiness.codelint.syntax import (
    argument,
    constant,
    dotted,
    is_constant,
    last_name,
    leaf_text,
    snake,
)

__all__ = ["check"]

_FEATURES = re.compile(
    r"feature|column|indicator|^names?$|^cols$|input|matrix|(^|_)row(_|$)|shared"
)
_PICKLES = frozenset(
    {"pickle.load", "pickle.loads", "joblib.load", "cloudpickle.load", "cloudpickle.loads"}
    | {"dill.load", "dill.loads", "pandas.read_pickle", "pickle.Unpickler", "_pickle.load"}
)
_NUMERIC = re.compile(
    r"(import|from) (numpy|pandas|polars|sklearn|torch|lightgbm|xgboost|catboost)|\.predict\("
)
_SET_METHODS = frozenset({"union", "intersection", "difference", "symmetric_difference"})
_ABSENT = re.compile(r"^(isna|isnull|isnan|isfinite|notna|notnull)$")
_ARRAYS = frozenset({"array", "asarray", "DataFrame", "fromiter", "tensor", "Series"})


def check(context: Context) -> None:
    """Report what a model is fed by accident."""
    numeric = {m for m in context.program.modules.values() if _NUMERIC.search(m.text)}
    for function in context.functions():
        is_numeric = function.module in numeric
        for site in function.calls:
            if is_numeric:
                _unordered(context, site)
                _frame_of_dict(context, site)
            _invented(context, site)
            _pickled(context, site)
        for node in function.nodes:
            if isinstance(node, (ast.ListComp, ast.GeneratorExp)) and is_numeric:
                _unordered_loop(context, function, node)
            elif isinstance(node, (ast.Assign, ast.IfExp)):
                _masked(context, function, node)
            elif isinstance(node, ast.Subscript) and is_numeric:
                _spread_set(context, function, node)


def _bindings(name: str, function: Function) -> list[Binding]:
    return function.bindings.get(name) or function.module.body.bindings.get(name, [])


def _called(function: Function, node: ast.AST) -> str:
    """The name that the value is given, "" where it has none."""
    statement = function.module.statement(node)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return snake(leaf_text(target))
    return ""


def _unordered_loop(
    context: Context, function: Function, node: ast.ListComp | ast.GeneratorExp
) -> None:
    """A list built over a set, or over the keys of a mapping that somebody else made."""
    parent = function.module.parents.get(node)
    if isinstance(parent, ast.Call) and last_name(parent.func) in {"sorted", "any", "all", "sum"}:
        return
    source = node.generators[0].iter
    words = f"{snake(function.name)} {_called(function, node)}".split()
    if _is_set(source, function):
        if any(_FEATURES.search(word) for word in words):
            context.report("M05", function.module, node, "the columns come in the order of a hash")
        return
    feeds = isinstance(parent, ast.Call) and last_name(parent.func) in _ARRAYS
    feeds |= isinstance(parent, ast.Return) and _is_feature_view(source)
    if not feeds:
        return
    base = source
    if isinstance(source, ast.Call) and last_name(source.func) in {"items", "values", "keys"}:
        base = source.func.value if isinstance(source.func, ast.Attribute) else source
    own_keys = isinstance(base, ast.Name) and (
        base is not source
        or any(
            isinstance(n, ast.Subscript) and dotted(n.value) == base.id for n in ast.walk(node.elt)
        )
    )
    if own_keys:
        context.report(
            "M05",
            function.module,
            node,
            f"the order of {dotted(base)} is whatever its producer made it",
        )


def _is_feature_view(source: ast.expr) -> bool:
    """`features.items()` or `.values()`: the values in the order of whoever made them."""
    return (
        isinstance(source, ast.Call)
        and last_name(source.func) in {"items", "values"}
        and bool(re.search(r"feature|indicator", snake(dotted(source.func).rpartition(".")[0])))
    )


def _frame_of_dict(context: Context, site: CallSite) -> None:
    """`pd.DataFrame([features])` whose columns nobody selects goes to the model as an array."""
    func = site.node.func
    if not site.name.startswith("predict") or not isinstance(func, ast.Attribute):
        return
    for value in site.node.args[:1]:
        plain = value
        if isinstance(value, ast.Call) and last_name(value.func) in {"to_numpy", "asarray"}:
            held = value.func.value if isinstance(value.func, ast.Attribute) else None
            plain = value.args[0] if value.args else (held or value)
        elif isinstance(value, ast.Attribute) and value.attr == "values":
            plain = value.value
        if not isinstance(plain, ast.Name):
            continue
        made = [b.expression for b in site.function.bindings.get(plain.id, [])]
        if made and all(_is_unordered_frame(expression) for expression in made):
            what = f"the columns of {plain.id} come in whatever order its producer made them"
            context.report("M05", site.function.module, site.node, what)


def _is_unordered_frame(node: ast.expr | None) -> bool:
    if not isinstance(node, ast.Call) or last_name(node.func) != "DataFrame" or not node.args:
        return False
    if any(keyword.arg == "columns" for keyword in node.keywords):
        return False
    rows = node.args[0]
    single = isinstance(rows, ast.List) and len(rows.elts) == 1
    return single and isinstance(rows, ast.List) and isinstance(rows.elts[0], ast.Name)


def _is_set(node: ast.AST | None, function: Function, depth: int = 0) -> bool:
    if depth > 3 or node is None:
        return False
    if isinstance(node, (ast.Set, ast.SetComp)):
        return True
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id in {"set", "frozenset"}
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SET_METHODS:
            return _is_set(node.func.value, function, depth + 1)
        return False
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.BitAnd, ast.BitOr)):
        return _is_set(node.left, function, depth + 1) or _is_set(node.right, function, depth + 1)
    if isinstance(node, ast.Attribute) and function.owner is not None:
        made = function.owner.attributes.get(node.attr, [])
        return dotted(node.value) in {"self", "cls"} and any(
            _is_set(b.expression, function, depth + 1) for b in made if b.kind.name == "VALUE"
        )
    if isinstance(node, ast.Name):
        return any(
            _is_set(binding.expression, function, depth + 1)
            for binding in _bindings(node.id, function)
            if binding.kind.name == "VALUE"
        )
    return False


def _spread_set(context: Context, function: Function, node: ast.Subscript) -> None:
    """`frame[[*NAMES]]` with a set of names."""
    if isinstance(node.slice, ast.List) and any(
        isinstance(element, ast.Starred) and _is_set(element.value, function)
        for element in node.slice.elts
    ):
        context.report("M05", function.module, node, "the columns come in the order of a hash")


def _unordered(context: Context, site: CallSite) -> None:
    function, name = site.function, site.name
    if not site.node.args or name not in {"list", "tuple"} | _ARRAYS:
        return
    value = site.node.args[0]
    parent = function.module.parents.get(site.node)
    if name in {"list", "tuple"} and _is_set(value, function):
        words = f"{snake(function.name)} {_called(function, site.node)} {snake(dotted(value))}"
        if any(_FEATURES.search(w) for w in words.split()) or (
            isinstance(parent, ast.Subscript) and parent.slice is site.node
        ):
            context.report(
                "M05", function.module, site.node, "the columns come in the order of a hash"
            )
    elif isinstance(value, ast.Call) and last_name(value.func) == "values" and not value.args:
        holder = snake(dotted(value.func).removesuffix(".values"))
        outer = parent.func if isinstance(parent, ast.Call) else None
        feeds = last_name(outer) in _ARRAYS or name != "list" or isinstance(parent, ast.List)
        if re.search(r"feat|indicator|inputs?$|(^|_)row$|payload|values", holder) and feeds:
            context.report(
                "M05",
                function.module,
                site.node,
                f"the order of {holder} is whatever its producer made it",
            )


def _invented(context: Context, site: CallSite) -> None:
    name, node = site.name, site.node
    fill = argument(node, "fill_value")
    guilty = False
    if name in {"fillna", "fill_null", "fill_nan"}:
        guilty = _fills(node)
    elif name in {"bfill", "backfill"} and isinstance(node.func, ast.Attribute):
        is_frame = name == "bfill" or "pandas" in site.function.module.text
        guilty = is_frame and not node.args and site.target is None
    elif name == "nan_to_num":
        guilty = True
    elif name == "interpolate" and isinstance(node.func, ast.Attribute):
        guilty = site.target is None
    elif name in {"SimpleImputer", "KNNImputer", "IterativeImputer"}:
        strategy = argument(node, "strategy")
        guilty = strategy is None or is_constant(strategy, "constant", "mean", "median")
    elif name == "replace" and node.args and dotted(node.args[0]).endswith((".nan", ".NaN")):
        guilty = len(node.args) > 1 and isinstance(constant(node.args[1]), (int, float))
    elif name in {"where", "mask"} and len(node.args) >= 2:
        asks = any(
            isinstance(n, ast.Call) and _ABSENT.search(last_name(n.func))
            for n in ast.walk(node.args[0])
        )
        guilty = asks and any(isinstance(constant(v), (int, float)) for v in node.args[1:])
    elif isinstance(constant(fill), (int, float)) and isinstance(node.func, ast.Attribute):
        guilty = name in {"pivot_table", "unstack", "reindex", "shift", "pivot"}
    if guilty:
        context.report(
            "M06", site.function.module, node, f"{ast.unparse(node)[:60]} invents values"
        )


def _fills(node: ast.Call) -> bool:
    value = argument(node, "value", position=0)
    number = constant(value)
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return True
    if is_constant(argument(node, "method"), "bfill", "backfill"):
        return True
    if is_constant(argument(node, "strategy"), "backward", "zero", "one", "mean", "min", "max"):
        return True
    if isinstance(value, ast.Dict):
        return any(isinstance(constant(v), (int, float)) for v in value.values)
    return isinstance(value, ast.Call) and last_name(value.func) in {"mean", "median"}


def _masked(context: Context, function: Function, node: ast.Assign | ast.IfExp) -> None:
    """`values[np.isnan(values)] = 0`, and `0 if isnan(value) else value`."""
    if isinstance(node, ast.IfExp):
        test, value = node.test, node.body
        if isinstance(test, ast.UnaryOp):
            value = node.orelse
        kept = node.orelse if value is node.body else node.body
        asks = isinstance(test, ast.Call) and last_name(test.func) in {"isnan", "isna", "isnull"}
        asks = asks and any(
            ast.dump(a) == ast.dump(kept) for n in ast.walk(test) for a in _given(n)
        )
    else:
        target, value = node.targets[0], node.value
        asks = isinstance(target, ast.Subscript) and any(
            isinstance(n, ast.Call) and _ABSENT.search(last_name(n.func))
            for n in ast.walk(target.slice)
        )
    if asks and isinstance(constant(value), (int, float)):
        context.report("M06", function.module, node, f"{ast.unparse(node)[:60]} invents values")


def _given(node: ast.AST) -> list[ast.expr]:
    return node.args if isinstance(node, ast.Call) else []


def _pickled(context: Context, site: CallSite) -> None:
    guilty = site.external in _PICKLES
    if site.external == "torch.load":
        guilty = not is_constant(argument(site.node, "weights_only"), True)
    elif site.external == "numpy.load":
        guilty = is_constant(argument(site.node, "allow_pickle"), True)
    if guilty:
        context.report(
            "M07", site.function.module, site.node, f"{site.external} runs what its input says"
        )
