"""Shielded: by asyncio, by anyio's scope; or started for somebody else."""

import asyncio

import anyio


async def leased(pool, job):
    connection = await pool.take()
    try:
        return await job(connection)
    finally:
        with anyio.CancelScope(shield=True):
            await pool.give_back(connection)


async def watched(socket, job):
    try:
        return await job(socket)
    finally:
        closing = asyncio.ensure_future(socket.unwatch())
        await asyncio.shield(closing)
