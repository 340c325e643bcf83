"""Whom a bot talks to: the addresses that it and its children are connected to."""

from __future__ import annotations

import ipaddress
import os

import psutil

from readiness.wire.offspring import offspring

__all__ = ["foreign_address", "remote_addresses"]


def remote_addresses(group: int, run: str = "") -> set[tuple[str, int]]:
    """Address and port of every connection of this process group, and of whatever carries the mark
    of this run; what is gone has none."""
    found: set[tuple[str, int]] = set()
    marked = offspring(run) if run else []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) != group and process not in marked:
                continue
            for connection in process.net_connections(kind="inet"):
                if connection.raddr:
                    found.add((connection.raddr.ip, connection.raddr.port))
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def foreign_address(group: int, run: str = "") -> str:
    """An address beyond this machine that the group or the run talks to; "" where there is none."""
    for address, port in sorted(remote_addresses(group, run)):
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return f"{address}:{port}"
    return ""
