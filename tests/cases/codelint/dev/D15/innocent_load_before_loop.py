"""The model is read before the loop starts."""

import asyncio

import onnxruntime


def load_session(path: str) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path)


async def serve(session: onnxruntime.InferenceSession, rows: asyncio.Queue) -> list:
    row = await asyncio.wait_for(rows.get(), timeout=10)
    return await asyncio.to_thread(session.run, None, {"input": row})


def main(path: str) -> None:
    session = load_session(path)
    asyncio.run(serve(session, asyncio.Queue(maxsize=100)))
