"""M03 and M04: statistics of everything before a split, and splits at random."""

from __future__ import annotations

import ast
import re

from readiness.codelint.context import Context
from readiness.codelint.program import BindKind, CallSite, Function
from readiness.codelint.syntax import (
    argument,
    is_constant,
    last_name,
    leaf_text,
    names_in,
    snake,
)

__all__ = ["check"]

_HISTORY = re.compile(
    r"(^|_)(rows?|data(set)?|samples?|x|y|frames?|df|features?|labels?|candles|bars|index|indices|idx|"
    r"train\w*|order|perm\w*)(_|$|\s)"
)
_SCALERS = re.compile(
    r"(^|[._])(\w*scaler|\w*encoder|pca|imputer|normali[sz]er|\w*selector|"
    r"transformer|discretizer)$"
)
_SCALER_TYPES = (
    "sklearn.preprocessing.",
    "sklearn.decomposition.",
    "sklearn.impute.",
    "sklearn.feature_selection.",
)
_WHOLE = frozenset(
    f"sklearn.preprocessing.{name}"
    for name in ("scale", "minmax_scale", "robust_scale", "maxabs_scale", "quantile_transform")
)
_TRAIN = re.compile(r"train|fold|fit_|history|past|window|in_sample|_tr$|head|before|early|calib")
_SPLITS = frozenset(
    {"train_test_split", "TimeSeriesSplit", "KFold", "split_data", "random_split"}
    | {"StratifiedKFold", "split"}
)
_STATISTICS = frozenset({"mean", "std", "min", "max", "median", "quantile", "var"})


def check(context: Context) -> None:
    """Report what has seen the test rows before they were set apart."""
    for function in context.functions():
        for site in function.calls:
            _fitted_on_all(context, site)
            _random_split(context, site)
            _by_hand(context, site)


def _called(function: Function, node: ast.AST) -> str:
    """The name that the value is given, "" where it has none."""
    statement = function.module.statement(node)
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return snake(leaf_text(target))
    return ""


def _by_hand(context: Context, site: CallSite) -> None:
    """`(frame - frame.mean()) / frame.std()` of a whole frame that is split afterwards."""
    func = site.node.func
    if site.external in _WHOLE and site.node.args:
        data: ast.expr = site.node.args[0]
    elif site.name in _STATISTICS and isinstance(func, ast.Attribute) and not site.node.args:
        data = func.value
        if not isinstance(data, ast.Name) or not _scales(site, data.id):
            return
    else:
        return
    if _TRAIN.search(snake(ast.unparse(data))) or _is_slice(data):
        return
    if isinstance(data, ast.Name) and _bound_to_part(site.function, data.id):
        return
    if _splits(site.function):
        context.report(
            "M03",
            site.function.module,
            site.node,
            f"{ast.unparse(site.node)[:50]} has seen the rows that are split off later",
        )


def _scales(site: CallSite, name: str) -> bool:
    """The statistic is taken off, or divided out of, the same data."""
    statement = site.function.module.statement(site.node)
    targets = names_in(statement) if isinstance(statement, ast.Assign) else set()
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, (ast.Sub, ast.Div))
        and name in names_in(node.left)
        and (targets - {name}) & names_in(node) | ({name} & names_in(node.right))
        for node in site.function.nodes
    )


def _fitted_on_all(context: Context, site: CallSite) -> None:
    if site.name not in {"fit", "fit_transform"} or not site.node.args:
        return
    func = site.node.func
    if not isinstance(func, ast.Attribute):
        return
    kind = context.outside(func.value, site.function)
    if not kind.startswith(_SCALER_TYPES) and not _SCALERS.search(snake(site.receiver)):
        return
    data = site.node.args[0]
    if _joins_folds(data, site.function):
        what = f"{site.receiver} is fitted on train and test together"
        context.report("M03", site.function.module, site.node, what)
        return
    spelled = snake(ast.unparse(data))
    if (
        _TRAIN.search(spelled)
        or _is_slice(data)
        or (_TRAIN.search(snake(site.function.name)) and (not _splits(site.function)))
    ):
        return
    if isinstance(data, ast.Name) and _bound_to_part(site.function, data.id):
        return
    if _splits(site.function) or (
        _module_splits(site.function) and not _trains_itself(site.function)
    ):
        context.report(
            "M03",
            site.function.module,
            site.node,
            f"{site.receiver} is fitted on {ast.unparse(data)} before it is split",
        )


def _joins_folds(data: ast.expr, function: Function) -> bool:
    """`concat([train, test])`, in place or behind a name."""
    made = [data]
    if isinstance(data, ast.Name):
        made += [b.expression for b in function.bindings.get(data.id, []) if b.expression]
    return any(
        isinstance(value, ast.Call)
        and last_name(value.func) in {"concat", "vstack", "concatenate", "append", "r_", "hstack"}
        and any(re.search(r"train", snake(n)) for n in names_in(value))
        and any(re.search(r"test|valid|hold|eval", snake(n)) for n in names_in(value))
        for value in made
    )


def _trains_itself(function: Function) -> bool:
    """The function fits a model on the same rows: a final model has no fold to leak into."""
    fits = [site for site in function.calls if site.name in {"fit", "train"}]
    models = [s for s in fits if not _SCALERS.search(snake(ast.unparse(s.node.func)))]
    return bool(models)


def _is_slice(node: ast.expr) -> bool:
    return any(isinstance(inner, ast.Slice) for inner in ast.walk(node))


def _bound_to_part(function: Function, name: str) -> bool:
    bindings = function.bindings.get(name, [])
    if any(b.expression is None and b.kind is BindKind.VALUE for b in bindings):
        return True  # Unpacked from the result of a split.
    return any(
        binding.expression is not None
        and (
            _is_slice(binding.expression)
            or any(_TRAIN.search(snake(n)) for n in names_in(binding.expression))
        )
        for binding in function.bindings.get(name, [])
    )


def _splits(function: Function) -> bool:
    if any(site.name in _SPLITS for site in function.calls):
        return True
    cuts = [
        node
        for node in function.nodes
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
    ]
    lower = {
        ast.unparse(n.slice.lower)
        for n in cuts
        if isinstance(n.slice, ast.Slice) and n.slice.lower is not None
    }
    upper = {
        ast.unparse(n.slice.upper)
        for n in cuts
        if isinstance(n.slice, ast.Slice) and n.slice.upper is not None
    }
    return bool(lower & upper)


def _module_splits(function: Function) -> bool:
    return any(
        site.name in {"train_test_split", "TimeSeriesSplit"}
        for other in function.module.functions
        for site in other.calls
    )


def _handed(site: CallSite) -> str:
    return " ".join(snake(last_name(value)) for value in site.node.args)


def _random_split(context: Context, site: CallSite) -> None:
    name = site.name
    shuffle = argument(site.node, "shuffle")
    if name == "train_test_split":
        guilty = not is_constant(shuffle, False)
    elif name in {"KFold", "StratifiedKFold"}:
        guilty = is_constant(shuffle, True)
    elif name in {"ShuffleSplit", "StratifiedShuffleSplit", "random_split", "RepeatedKFold"}:
        guilty = True
    elif name == "sample":
        frac = argument(site.node, "frac")
        target = _called(site.function, site.node)
        guilty = frac is not None and (
            is_constant(frac, 1, 1.0) or bool(re.search(r"train|test|valid", target))
        )
    elif name == "cv" and site.external in {"lightgbm.cv", "xgboost.cv"}:
        guilty = not is_constant(shuffle, False) and argument(site.node, "folds") is None
    elif name in {"permutation", "shuffle"} and site.external.startswith(
        ("numpy", "sklearn", "random.")
    ):
        is_whole = site.external.startswith("sklearn") or _splits(site.function)
        if site.external.startswith("random.") and not _HISTORY.search(_handed(site)):
            return
        guilty = is_whole or bool(re.search(r"split|train|fold|dataset", snake(site.function.name)))
    else:
        return
    if guilty:
        context.report("M04", site.function.module, site.node, f"{name} mixes past and future")
