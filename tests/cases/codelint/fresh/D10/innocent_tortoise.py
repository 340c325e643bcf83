"""Tortoise models: queries are lazy and awaited; a builder called execute touches no database."""

from tortoise import fields
from tortoise.models import Model


class Signal(Model):
    name = fields.CharField(max_length=40, pk=True)
    state = fields.CharField(max_length=10)


class Pipeline:
    def __init__(self, steps) -> None:
        self.steps = steps

    def execute(self, value: int) -> int:
        for step in self.steps:
            value = step(value)
        return value


class Service:
    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    async def score(self, value: int) -> int:
        return self.pipeline.execute(value)

    async def waiting(self) -> list[Signal]:
        return await Signal.filter(state="waiting").limit(10)
