"""Recorder of raw frames: the loop only appends to memory, one thread writes files.

Frames that cannot be kept are counted; nothing waits for the disk.
"""

from __future__ import annotations

import gzip
import queue
import threading
import time
from dataclasses import dataclass
from pathlib import Path

FLUSH_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    ts_us: int
    source: str
    payload: bytes

    def line(self) -> bytes:
        return b"%d\t%s\t%s\n" % (self.ts_us, self.source.encode(), self.payload)


class DiskWriter(threading.Thread):
    """Owns the files; ends after the sentinel None."""

    def __init__(self, folder: Path, frames: queue.Queue[Frame | None]) -> None:
        super().__init__(name="recorder", daemon=True)
        self._folder = folder
        self._frames = frames
        self.written = 0
        self.error: OSError | None = None

    def run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._write_all()
        except OSError as error:
            self.error = error

    def _write_all(self) -> None:
        target = self._folder / f"frames-{int(time.time())}.tsv.gz"
        with gzip.open(target, "ab") as stream:
            flushed = time.monotonic()
            while True:
                try:
                    frame = self._frames.get(timeout=FLUSH_S)
                except queue.Empty:
                    stream.flush()
                    continue
                if frame is None:
                    return
                stream.write(frame.line())
                self.written += 1
                if time.monotonic() - flushed > FLUSH_S:
                    stream.flush()
                    flushed = time.monotonic()


class Recorder:
    def __init__(self, folder: Path, frames_max: int = 100_000) -> None:
        self._frames: queue.Queue[Frame | None] = queue.Queue(maxsize=frames_max)
        self._writer = DiskWriter(folder, self._frames)
        self.dropped = 0

    def start(self) -> None:
        self._writer.start()

    async def on_frame(self, source: str, payload: bytes) -> None:
        frame = Frame(ts_us=time.time_ns() // 1000, source=source, payload=payload)
        try:
            self._frames.put_nowait(frame)
        except queue.Full:
            self.dropped += 1

    def stop(self, timeout_s: float) -> None:
        """Write what is waiting, then end; raises what the disk raised."""
        self._frames.put(None, timeout=timeout_s)
        self._writer.join(timeout_s)
        if self._writer.error is not None:
            raise self._writer.error
        if self._writer.is_alive():
            raise TimeoutError(f"the recorder did not end within {timeout_s} s")
