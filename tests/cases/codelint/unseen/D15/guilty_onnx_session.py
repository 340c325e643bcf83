"""One inference session per symbol, made when the symbol is first seen."""

import asyncio

import onnxruntime as ort


class Sessions:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = asyncio.Lock()
        self._sessions: dict[str, ort.InferenceSession] = {}

    async def of(self, symbol: str) -> ort.InferenceSession:
        async with self._lock:
            if symbol not in self._sessions:
                path = f"{self._folder}/{symbol}.onnx"
                self._sessions[symbol] = ort.InferenceSession(path)  # expect: D15
            return self._sessions[symbol]
