import orjson


class Checkpoint:
    def __init__(self, target):
        self.target = target

    async def save(self, state: dict) -> int:
        return open(self.target, "wb").write(orjson.dumps(state))  # expect: D11

    async def load(self) -> dict:
        return orjson.loads(open(self.target, "rb").read())  # expect: D11
