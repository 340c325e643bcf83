"""read_text and exists of objects that are no paths."""


class Secret:
    def __init__(self, text):
        self._text = text

    def read_text(self):
        return self._text


class Flags:
    def __init__(self, names):
        self.names = set(names)

    def exists(self, name):
        return name in self.names


async def token(secret: Secret, flags: Flags):
    if flags.exists("token"):
        return secret.read_text().strip()
    return None
