"""Structured, rotated logs without secrets: one JSON object a line, in a file per process."""

from __future__ import annotations

import logging
import logging.handlers
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

__all__ = ["configure", "get_logger"]

_FILE_BYTES_MAX = 10_000_000
_FILES_KEPT = 5
_SECRET_KEY = re.compile(r"secret|password|passphrase|token|signature|api_?key|authorization", re.I)
_URL_PASSWORD = re.compile(r"(\w+://[^:/@\s]*:)[^@\s]+@")


def _without_secrets(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank out values under secret names and passwords inside connection strings."""
    for key, value in entry.items():
        if _SECRET_KEY.search(key):
            entry[key] = "***"
        elif isinstance(value, str) and "://" in value:
            entry[key] = _URL_PASSWORD.sub(r"\1***@", value)
    return entry


def configure(
    folder: Path | None, name: str, level: str = "INFO", *, is_lazy: bool = False
) -> None:
    """Send the logs of this process to `folder/name.log`; with None, warnings go to stderr.

    A lazy file appears with its first line. Raises OSError when the folder cannot be made, or
    the file, unless it is lazy, not be written.
    """
    handler: logging.Handler
    if folder is None:
        handler = logging.StreamHandler()
        handler.setLevel(logging.WARNING)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / f"{name}.log",
            maxBytes=_FILE_BYTES_MAX,
            backupCount=_FILES_KEPT,
            encoding="utf-8",
            delay=is_lazy,
        )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_secrets,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
