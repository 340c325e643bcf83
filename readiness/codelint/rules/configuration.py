"""C01 to C05: modes, limits, keys, passwords and secrets in tracked files."""

from __future__ import annotations

import math
import re
from collections import Counter

from readiness.codelint.context import Context
from readiness.codelint.program import CallSite
from readiness.codelint.settings import Entry, python_entries, text_entries
from readiness.codelint.syntax import constant, last_name, snake

__all__ = ["check"]

_NO_LIMIT = frozenset({"null", "~", "none", "", "0", "-1", ".inf", "inf", "unlimited", "off"})
_FALSE = frozenset({"false", "no", "off", "0"})
_UNLIMITED = _NO_LIMIT - {"0", "off"}
_LIMIT = re.compile(
    r"notional|exposure|loss|drawdown|leverage|(^|_)(max|limit)(_|$).*(position|order|size|trade)|"
    r"(position|order|size|trade).*(^|_)(max|limit)(_|$)"
)
_RISK = re.compile(r"^(risk|risk_management|risk_limits|limits|risk_manager)$")
_SIZE = re.compile(
    r"notional|position_?size|max_position|position_max|order_(value|size)|exposure|"
    r"order_max|max_order|per_trade_max"
)
_LOSS = re.compile(r"loss|drawdown")
_KEY = re.compile(r"^(api_?key|apikey|access_key|key_id)$|(_api_key|_apikey)$")
_SECRET = re.compile(
    r"(^|_)(api_?key|apikey|secret|api_secret|secret_key|access_key|token|passphrase|private_key|"
    r"auth_token|bot_token|access_token|client_secret|webhook_url|password|passwd|pwd)$"
)
_PASSWORD = re.compile(r"(^|_)(password|passwd|pwd|pass)$")
_DEFAULTS = frozenset(
    {"postgres", "password", "admin", "root", "changeme", "change_me", "secret", "123456", "12345"}
    | {"1234", "12345678", "qwerty", "test", "guest", "default", "pass", "passw0rd", "letmein"}
    | {"trading", "trader", "bot", "user", "redis", "grafana", "toor", "mysecretpassword"}
)
_DSN = re.compile(r"\b[a-z][a-z0-9+]*://(?P<user>[^:/@\s'\"{}]*):(?P<password>[^@/\s'\"]+)@")
_SHAPES = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[baprs]-[A-Za-z0-9-]{20,}|"
    r"-----BEGIN (?:RSA |EC |OPENSSH |DSA )?PRIVATE KEY-----(?:\\n|\s)*(?:$|[\w+/=]{16})|"
    r"sk_live_[A-Za-z0-9]{20,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{16,}|"
    r"AIza[0-9A-Za-z_-]{35}|(?<![\w:])\d{8,10}:AA[A-Za-z0-9_-]{30,35}(?![\w-])|"
    r"hooks\.slack\.com/services/T\w+/B\w+/\w+|discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}"
)
_PLACEHOLDER = re.compile(
    r"^\s*$|\$\{|\{\{|^\$|<[^>]*>|your|example|changeme|change_me|placeholder|xxx|dummy|sample|"
    r"redacted|insert|replace|todo|none|null|test|fake|mock|\.\.\.|\*{3}|^env:|^vault:|%\(",
    re.IGNORECASE,
)
_LIVE_FLAGS = re.compile(r"^(testnet|sandbox|demo|use_testnet|is_testnet|paper|paper_trading)$")
_LIVE_HOSTS = re.compile(
    r"://(api\.(bybit|bytick)\.com|f?api\d?\.binance\.com|www\.okx\.com|stream\.bybit\.com)"
)
_LIVE_MODES = re.compile(r"^(environment|env|mode|network|trading_mode)$")


def check(context: Context) -> None:
    """Report dangerous settings and secrets in every tracked file."""
    for source in context.texts:
        entries = text_entries(source)
        _judge(context, entries)
        _limits(context, entries)
        _shapes(context, source.path, source.text)
    for module in context.program.modules.values():
        if module.is_test:
            continue
        _judge(context, list(python_entries(module)))
        _shapes(context, module.path, module.text)
        for function in module.functions:
            for site in function.calls:
                _environment_default(context, site)


def _judge(context: Context, entries: list[Entry]) -> None:
    for entry in entries:
        if entry.value is None:
            continue
        key = snake(entry.key.replace("-", "_"))
        if (
            re.search(r"(^|_)(hedge_mode|dual_side_position)$", key)
            and entry.value.lower() in _FALSE
        ):
            _report(context, "C01", entry, "hedge_mode is off")
        elif key == "position_mode" and snake(entry.value) in {
            "one_way",
            "oneway",
            "merged_single",
        }:
            _report(context, "C01", entry, f"the account is set to {entry.value}")
        _default_password(context, entry, key)
        if _is_secret(key, entry.value):
            _report(context, "C05", entry, f"{entry.keys[-1]} holds a secret")
    _live_keys(context, entries)


def _report(context: Context, rule: str, entry: Entry, message: str) -> None:
    context.report_line(rule, entry.path, entry.line, message)


def _default_password(context: Context, entry: Entry, key: str) -> None:
    value = entry.value or ""
    if _PASSWORD.search(key) and _is_default(value):
        _report(context, "C04", entry, f"{entry.keys[-1]} is a default password")
        return
    match = _DSN.search(value)
    if match is not None and _is_default(match["password"]):
        _report(context, "C04", entry, "the address holds a default password")


def _is_default(value: str) -> bool:
    word = value.strip().lower()
    if word in _DEFAULTS:
        return True
    bare = re.sub(r"[\d!@#_\-]+$", "", word)
    return bool(bare) and bare in _DEFAULTS and len(word) <= 16


def _environment_default(context: Context, site: CallSite) -> None:
    """`os.environ.get("DB_PASSWORD", "postgres")` and DSN defaults."""
    if last_name(site.node.func) not in {"get", "getenv"} or len(site.node.args) != 2:
        return
    name, default = constant(site.node.args[0]), constant(site.node.args[1])
    if not isinstance(name, str) or not isinstance(default, str):
        return
    match = _DSN.search(default)
    if _PASSWORD.search(snake(name)) and default and not _is_empty(default):
        if _is_default(default):
            context.report(
                "C04", site.function.module, site.node, f"{name} falls back to a default password"
            )
    elif match is not None and _is_default(match["password"]):
        context.report(
            "C04",
            site.function.module,
            site.node,
            f"{name} falls back to an address with a default password",
        )
    elif _is_secret(snake(name), default):
        context.report("C05", site.function.module, site.node, f"{name} falls back to a secret")


def _is_empty(value: str) -> bool:
    return not value.strip()


def _entropy(value: str) -> float:
    """Shannon entropy in bits per character."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())


def _is_secret(key: str, value: str) -> bool:
    """A value that looks like a key, under a name that says so."""
    if not _SECRET.search(key) or re.search(
        r"hash|sha|digest|checksum|header|name|file|path|env|url"
        r"(?!s)|id$|public|prefix|pattern",
        key,
    ):
        return False
    text = value.strip()
    if len(text) < 14 or re.search(r"\s", text) or _PLACEHOLDER.search(text):
        return False
    if re.fullmatch(r"[A-Z][A-Z0-9_]*|[a-z][a-z_.\-]*|0x[0-9a-fA-F]+|/.*|https?://.*", text):
        return False
    has_both = re.search(r"\d", text) and re.search(r"[A-Za-z]", text)
    return bool(has_both) and _entropy(text) > 3.0


def _live_keys(context: Context, entries: list[Entry]) -> None:
    groups: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        if len(entry.keys) > 1:
            groups.setdefault(entry.group, []).append(entry)
    for group in groups.values():
        is_live = any(
            (_LIVE_FLAGS.search(snake(e.key)) and (e.value or "").lower() in _FALSE)
            or (
                _LIVE_MODES.search(e.key)
                and (e.value or "").lower() in {"live", "mainnet", "production", "prod"}
            )
            for e in group
        ) or any(_LIVE_HOSTS.search(e.value or "") for e in group)
        for entry in group:
            if (
                is_live
                and _KEY.search(snake(entry.key))
                and _is_secret(snake(entry.key), entry.value or "")
            ):
                _report(context, "C03", entry, "a live key stands in a tracked file")


def _limits(context: Context, entries: list[Entry]) -> None:
    for entry in entries:
        if entry.value is not None or not _RISK.search(snake(entry.key)) or len(entry.keys) > 3:
            continue
        inside = [e for e in entries if e.keys[: len(entry.keys)] == entry.keys and e is not entry]
        set_keys = [snake(e.key) for e in inside if (e.value or "").lower() not in _NO_LIMIT]
        if not any(e.value is not None for e in inside):
            continue
        missing = [
            name
            for name, pattern in (("a size limit", _SIZE), ("a loss limit", _LOSS))
            if not any(pattern.search(key) for key in set_keys)
        ]
        missing += [
            e.keys[-1]
            for e in inside
            if (e.value or "set").lower() in _UNLIMITED and _LIMIT.search(snake(e.key))
        ]
        if missing:
            _report(context, "C02", entry, f"{'.'.join(entry.keys)} lacks {' and '.join(missing)}")


def _shapes(context: Context, path: str, text: str) -> None:
    if not _SHAPES.search(text):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        match = _SHAPES.search(line)
        if match is not None and not re.search(r"example|EXAMPLE|xxxx|re\.compile|r\"", line):
            context.report_line("C05", path, number, "this has the shape of a known kind of secret")
