"""`predict` is a coroutine of a remote client; training is a synchronous program."""

from sklearn.linear_model import LogisticRegression


class RemoteModel:
    def __init__(self, channel):
        self.channel = channel

    async def predict(self, row):
        return await self.channel.call("predict", row, timeout=1)


async def decide(model: RemoteModel, row) -> bool:
    answer = await model.predict(row)
    return answer.direction == "up"


def train(features, target) -> LogisticRegression:
    model = LogisticRegression(max_iter=500)
    model.fit(features, target)
    return model
