import pickle


def load_bundle(handle):
    return pickle.load(handle)


class Registry:
    def __init__(self):
        self.bundle = None

    async def refresh(self, handle):
        self.bundle = load_bundle(handle)  # expect: D15|D07
