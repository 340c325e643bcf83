"""Which calls of the standard library and of common packages stop the event loop.

Names are spelled as `resolve` spells them: dotted origin, `()` for the result of a call.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["blocking_rule", "is_pure"]

_EXACT = {
    "time.sleep": "D05",
    "builtins.input": "D05",
    "threading.Event.wait": "D05",
    "threading.Condition.wait": "D05",
    "threading.Barrier.wait": "D05",
    "threading.Thread.join": "D05",
    "multiprocessing.Process.join": "D05",
    "concurrent.futures.wait": "D05",
    "queue.Queue.get": "D05",
    "queue.LifoQueue.get": "D05",
    "queue.PriorityQueue.get": "D05",
    "queue.SimpleQueue.get": "D05",
    "queue.Queue.join": "D05",
    "multiprocessing.Queue.get": "D05",
    "multiprocessing.Queue().get": "D05",
    "gevent.sleep": "D05",
    "eventlet.sleep": "D05",
    "builtins.open": "D11",
    "io.open": "D11",
    "codecs.open": "D11",
    "gzip.open": "D11",
    "bz2.open": "D11",
    "lzma.open": "D11",
    "tarfile.open": "D11",
    "zipfile.ZipFile": "D11",
    "shelve.open": "D11",
    "tempfile.NamedTemporaryFile": "D11",
    "tempfile.TemporaryFile": "D11",
    "numpy.savez": "D11",
    "numpy.savetxt": "D11",
    "numpy.loadtxt": "D11",
    "numpy.genfromtxt": "D11",
    "numpy.save": "D11",
    "os.system": "D13",
    "os.popen": "D13",
    "os.wait": "D13",
    "os.waitpid": "D13",
    "pickle.load": "D15",
    "pickle.loads": "D15",
    "cloudpickle.load": "D15",
    "cloudpickle.loads": "D15",
    "dill.load": "D15",
    "dill.loads": "D15",
    "joblib.load": "D15",
    "torch.load": "D15",
    "torch.jit.load": "D15",
    "onnx.load": "D15",
    "onnxruntime.InferenceSession": "D15",
    "lightgbm.Booster": "D15",
    "numpy.load": "D15",
    "keras.models.load_model": "D15",
    "tensorflow.keras.models.load_model": "D15",
    "tensorflow.saved_model.load": "D15",
    "mlflow.pyfunc.load_model": "D15",
    "sqlite3.connect": "D14",
    "lightgbm.train": "D16",
    "scipy.optimize.minimize": "D16",
    "scipy.optimize.differential_evolution": "D16",
    "optuna.study.Study.optimize": "D16",
    "xgboost.train": "D16",
    "lightgbm.cv": "D16",
    "hashlib.scrypt": "D16",
    "hashlib.pbkdf2_hmac": "D16",
    "bcrypt.hashpw": "D16",
    "bcrypt.checkpw": "D16",
    "socket.create_connection": "D06",
    "socket.getaddrinfo": "D06",
    "socket.gethostbyname": "D06",
    "select.select": "D06",
    "websocket.create_connection": "D06",
    "ntplib.NTPClient.request": "D06",
}
_SUBPROCESS = frozenset({"run", "call", "check_call", "check_output", "getoutput"}) | {
    "getstatusoutput",
    "Popen",
}
_POPEN = frozenset({"wait", "communicate"})
_HTTP_VERBS = frozenset({"get", "post", "put", "delete", "patch", "head", "options", "request"}) | {
    "send",
    "stream",
    "urlopen",
    "urlretrieve",
    "getresponse",
    "open",
    "fetch",
}
_URL_CLIENTS = ("urllib.request.", "urllib3.", "http.client.HTTPConnection", "http.client.HTTPSC")
_DB_WORK = frozenset(
    {"execute", "executemany", "executescript", "fetchone", "fetchall", "fetchmany", "commit"}
    | {"rollback", "connect", "callproc", "copy_from", "copy_expert", "copy_to", "query", "scalar"}
    | {"scalars", "flush", "refresh", "ping", "execute_values", "execute_batch", "begin"}
    | {"create_all", "drop_all", "bulk_save_objects", "bulk_insert_mappings", "merge", "all"}
    | {"first", "one", "one_or_none", "count", "exec"}
)
_DB_LAZY = frozenset({"query", "all", "first", "one", "one_or_none", "count", "begin"})
_RECORD_WORK = frozenset(
    {"create", "save", "get", "get_or_none", "get_by_id", "get_or_create", "delete_instance"}
    | {"bulk_create", "create_table", "insert_many", "set_by_id"}
)
_STORES = {
    "influxdb_client": frozenset({"write", "query", "query_data_frame", "query_stream"}),
    "dataset": frozenset(
        {"insert", "upsert", "update", "find", "find_one", "all", "delete", "query"}
    ),
    "clickhouse_connect": frozenset({"query", "insert", "command", "query_df"}),
    "tinydb": frozenset({"insert", "search", "update", "upsert", "remove", "all", "get"}),
    "lmdb": frozenset({"get", "put", "begin"}),
}
_SQL_PACKAGES = frozenset(
    {"psycopg2", "pymysql", "MySQLdb", "mysql", "pyodbc", "cx_Oracle", "oracledb", "peewee"}
    | {"psycopg2cffi", "pg8000", "clickhouse_driver", "duckdb"}
)
_REMOTE_PACKAGES = frozenset({"boto3", "botocore", "smtplib", "ftplib", "paramiko", "twilio"}) | {
    "telebot",
    "alpaca_trade_api",
    "krakenex",
    "kucoin",
    "finnhub",
    "polygon",
    "gspread",
    "tweepy",
    "oandapyV20",
    "pika",
    "okx",
    "cbpro",
    "gate_api",
    "pybit",
    "pycoingecko",
    "slack_sdk",
    "poplib",
    "imaplib",
    "kiteconnect",
    "alpaca",
}
# Packages that ask another machine by some of their names only.
_ASKING = {
    "MetaTrader5": re.compile(
        r"^(copy_|order_|orders_|positions_|symbol|history_|account_|init|login)"
    ),
    "yfinance": re.compile(r"^(download|history|info|option_chain)"),
    "zmq": re.compile(r"^(recv|send|poll)"),
    "websocket": re.compile(r"^(recv|send|ping|connect|run_forever|create_connection)"),
    "kafka": re.compile(r"^(poll|flush|get|partitions_for)"),
    "web3": re.compile(r"^(get_|send_|call|estimate_|wait_for|block_number|gas_price)"),
}
_CONSTRUCTORS = frozenset({"HTTP", "client", "resource", "Session", "TeleBot", "WebSocket"})
_PATH_WORK = frozenset(
    {"read_text", "write_text", "read_bytes", "write_bytes", "open", "exists", "is_file"}
    | {"is_dir", "stat", "unlink", "mkdir", "rmdir", "rename", "replace", "touch", "iterdir"}
    | {"glob", "rglob", "resolve", "samefile", "symlink_to", "lstat", "chmod"}
)
_OS_PATH = frozenset({"exists", "isfile", "isdir", "getsize", "getmtime", "getctime", "islink"}) | {
    "realpath",
    "samefile",
    "lexists",
    "ismount",
    "getatime",
}
_OS_WORK = frozenset(
    {"listdir", "remove", "unlink", "makedirs", "mkdir", "rename", "replace", "rmdir", "scandir"}
    | {"stat", "walk", "fsync", "removedirs", "truncate", "link", "symlink", "chmod", "access"}
)
_SHUTIL = frozenset({"copy", "copy2", "copyfile", "copytree", "move", "rmtree", "make_archive"}) | {
    "disk_usage",
    "unpack_archive",
}
_TRAIN = frozenset({"predict", "predict_proba", "fit", "fit_transform", "fit_predict"}) | {
    "train",
    "cross_val_score",
    "predict_log_proba",
    "decision_function",
}
_ML_PACKAGES = frozenset(
    {"sklearn", "lightgbm", "xgboost", "catboost", "torch", "keras", "tensorflow", "statsmodels"}
    | {"onnxruntime", "transformers", "prophet", "joblib", "optuna"}
)
_REDIS_WORK = frozenset(
    {"get", "set", "hget", "hset", "hgetall", "publish", "lpush", "rpush", "lpop", "rpop", "blpop"}
    | {"brpop", "delete", "exists", "expire", "incr", "keys", "sadd", "smembers", "setex", "ping"}
    | {"zadd", "zrange", "xadd", "xread", "mget", "mset", "execute", "find", "find_one", "listen"}
    | {"insert_one", "insert_many", "update_one", "delete_one", "aggregate", "get_message"}
)
_READERS = (
    "read_csv",
    "read_parquet",
    "read_sql",
    "read_sql_query",
    "read_sql_table",
    "read_json",
    "read_excel",
    "read_hdf",
    "read_feather",
    "read_pickle",
)
_WRITERS = ("to_csv", "to_parquet", "to_sql", "to_excel", "to_hdf", "to_feather", "to_pickle")


def is_pure(external: str) -> bool:
    """Whether the outside name belongs to a package whose coroutine versions share its name."""
    return external.startswith(("aiohttp.", "aiofiles.", "anyio.", "trio.", "asyncpg.", "httpx.As"))


@lru_cache(maxsize=65536)
def blocking_rule(external: str) -> str:
    """The rule (D05 … D16, D44) that a call of this outside name breaks in a coroutine, or ""."""
    if not external or is_pure(external):
        return ""
    if external in _EXACT:
        return _EXACT[external]
    head = external.partition(".")[0].partition("(")[0]
    last = external.rpartition(".")[2]
    for question in (_http, _database, _files, _compute):
        rule = question(external, head, last)
        if rule:
            return rule
    return ""


def _http(external: str, head: str, last: str) -> str:
    if head == "requests" and last in _HTTP_VERBS:
        return "D06"
    if external.startswith("httpx.") and "Async" not in external and last in _HTTP_VERBS:
        return "D06"
    if external.startswith(_URL_CLIENTS) and last in _HTTP_VERBS:
        return "D06"
    if head == "socket" and last in {"connect", "recv", "send", "sendall", "accept", "recvfrom"}:
        return "D06"
    if head in _REMOTE_PACKAGES and "async" not in external.lower():
        is_method = "()" in external or external.count(".") >= 2
        if is_method and last not in _CONSTRUCTORS and last[:1].islower():
            return "D06"
    if (
        head == "ccxt"
        and "async_support" not in external
        and ".pro" not in external
        and last not in {"create_market", "load_time_difference"}
        and last.startswith(("fetch", "create", "cancel", "load_", "edit", "private"))
    ):
        return "D06"
    if head == "binance" and "Async" not in external and external.count(".") >= 3:
        is_client = ".Client." in external or re.search(
            r"\.(spot|um_futures|cm_futures)\.", external
        )
        return "D06" if is_client and last[:1].islower() else ""
    asking = _ASKING.get(head)
    if asking is not None and asking.search(last) and "sync" not in external.lower():
        return "D06"
    return ""


def _database(external: str, head: str, last: str) -> str:
    if head == "sqlite3" and last in _DB_WORK:
        return "D14"
    if head in _SQL_PACKAGES and last in _DB_WORK:
        return "D09"
    if head == "peewee" and last in _RECORD_WORK and ".Model." in external:
        return "D09"
    if head in _STORES and last in _STORES[head]:
        return "D09"
    if (
        head in {"psycopg", "psycopg_pool"}
        and "Async" not in external
        and last in _DB_WORK - _DB_LAZY
    ):
        return "D09"
    if head in {"redis", "pymongo"} and "asyncio" not in external and "Async" not in external:
        return "D09" if last in _REDIS_WORK and external.count(".") >= 2 else ""
    if (
        head in {"sqlalchemy", "sqlmodel"}
        and "async" not in external.lower()
        and _is_sync_session(external)
    ):
        return "D09" if last in _DB_WORK else ""
    return ""


def _is_sync_session(external: str) -> bool:
    return any(
        mark in external
        for mark in ("create_engine()", "sessionmaker", "Session", "scoped_session", "Connection")
    )


def _files(external: str, head: str, last: str) -> str:
    if head == "subprocess":
        if last in _SUBPROCESS:
            return "D13"
        return "D13" if "Popen" in external and last in _POPEN else ""
    if external.startswith(("pathlib.Path.", "pathlib.Path(", "pathlib.PosixPath")):
        return "D12" if last in _PATH_WORK and "open()" not in external else ""
    if external.startswith("os.path.") and last in _OS_PATH:
        return "D44"
    if head == "os" and external.count(".") == 1 and last in _OS_WORK:
        return "D44"
    if head == "shutil" and last in _SHUTIL:
        return "D44"
    if external.startswith("glob.") and last in {"glob", "iglob"}:
        return "D44"
    if head in {"pandas", "polars"} and last in (*_READERS, *_WRITERS):
        return "D09" if "sql" in last else "D11"
    return ""


def _compute(external: str, head: str, last: str) -> str:
    if head in _ML_PACKAGES:
        if head == "optuna":
            return "D16" if external == "optuna.create_study().optimize" else ""
        if last in _TRAIN or (head == "onnxruntime" and last == "run"):
            return "D16"
        return "D15" if last in {"load_model", "from_pretrained"} else ""
    return ""
