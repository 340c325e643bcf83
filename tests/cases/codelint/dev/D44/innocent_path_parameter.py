"""`path` and `exists` of other things than the file system."""


class Route:
    def __init__(self, path, table):
        self.path = path
        self.table = table

    def exists(self, name):
        return name in self.table


async def resolve(route, redis):
    if not route.exists(route.path):
        return None
    return await redis.exists(route.path)
