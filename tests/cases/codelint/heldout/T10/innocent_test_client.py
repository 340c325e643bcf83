"""`get` and `connect` of local objects; Session of boto-like configuration."""


class Registry:
    def __init__(self):
        self.rows = {}

    def connect(self, name):
        return self.rows.setdefault(name, object())

    def get(self, name):
        return self.rows.get(name)


class Session:
    def __init__(self, user):
        self.user = user


def open_session(registry: Registry, user):
    session = Session(user)
    registry.connect(user)
    return session, registry.get(user)
