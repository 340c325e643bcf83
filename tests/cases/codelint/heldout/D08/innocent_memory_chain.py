"""Names that sound like input and output, three deep, on memory only."""

import io


class Buffer:
    def __init__(self):
        self.stream = io.BytesIO()

    def write(self, data):
        self.stream.write(data)

    def read(self):
        return self.stream.getvalue()


class Codec:
    def __init__(self):
        self.buffer = Buffer()

    def save(self, data):
        self.buffer.write(len(data).to_bytes(4, "big"))
        self.buffer.write(data)

    def load(self):
        return self.buffer.read()


async def roundtrip(data):
    codec = Codec()
    codec.save(data)
    return codec.load()
