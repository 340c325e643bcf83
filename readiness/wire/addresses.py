"""Whom a bot talks to: the addresses that it and its children are connected to."""

from __future__ import annotations

import ipaddress
import os

import psutil

__all__ = ["foreign_address", "remote_addresses"]


def remote_addresses(group: int) -> set[tuple[str, int]]:
    """Address and port of every connection of this process group; what is gone has none."""
    found: set[tuple[str, int]] = set()
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) != group:
                continue
            for connection in process.net_connections(kind="inet"):
                if connection.raddr:
                    found.add((connection.raddr.ip, connection.raddr.port))
        except (psutil.Error, ProcessLookupError):
            continue
    return found


def foreign_address(group: int) -> str:
    """An address beyond this machine that the group talks to; "" where there is none."""
    for address, port in sorted(remote_addresses(group)):
        if not ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return f"{address}:{port}"
    return ""
