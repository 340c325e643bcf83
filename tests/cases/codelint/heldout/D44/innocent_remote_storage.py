"""An object store with the verbs of os.path."""


class Bucket:
    def __init__(self, client):
        self.client = client
        self.names = frozenset()

    def isfile(self, name):
        return name in self.names

    async def getsize(self, name):
        return await self.client.size(name)


async def usable(bucket: Bucket, name):
    return bucket.isfile(name) and await bucket.getsize(name) > 0
