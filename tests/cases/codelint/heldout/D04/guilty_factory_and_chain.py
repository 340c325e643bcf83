class Store:
    async def flush(self):
        return None

    def size(self):
        return 0


class Context:
    def __init__(self):
        self.store = Store()


def make_context() -> Context:
    return Context()


class App:
    def __init__(self):
        self.context = make_context()

    async def stop(self):
        if self.context.store.size():
            self.context.store.flush()  # expect: D04


async def run_once():
    context = make_context()
    context.store.flush()  # expect: D04
    return context
