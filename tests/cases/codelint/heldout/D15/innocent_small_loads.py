"""`loads` of small messages and `load` of our own objects."""

import json

import msgspec

DECODER = msgspec.json.Decoder(dict)


class Model:
    def __init__(self):
        self.rows = []

    def load(self, rows):
        self.rows = list(rows)


async def on_message(model: Model, text: str, blob: bytes):
    model.load(json.loads(text))
    return DECODER.decode(blob)
